"""Going back and forth through the states of a workspace."""

from callbacks.history import redone, undone
from callbacks.workspace import EMPTY, Workspaces


def walked(tmp_path, *edits):
    rooms = Workspaces(tmp_path)
    name = rooms.new("me")
    for edit in edits:
        rooms.change("me", name, lambda state, edit=edit: state.update(edit))
    return rooms, name


def go(rooms, name, find):
    found = find(rooms.states("me", name))
    if found is None:
        return None
    return rooms.change("me", name, lambda state: state.update(found))


def shown(key, colour="label"):
    return {"dataset": "d", "results": {"projection": key}, "colour": colour}


def test_back_and_forth_again(tmp_path):
    rooms, name = walked(tmp_path, shown("one"), shown("two"), shown("two", "cluster"))
    assert go(rooms, name, undone)["colour"] == "label"
    assert go(rooms, name, undone)["results"] == {"projection": "one"}
    assert go(rooms, name, undone) is None
    assert go(rooms, name, redone)["results"] == {"projection": "two"}
    assert go(rooms, name, redone)["colour"] == "cluster"
    assert go(rooms, name, redone) is None


def test_a_new_step_ends_the_way_forth_and_keeps_the_way_back(tmp_path):
    rooms, name = walked(tmp_path, shown("one"), shown("two"))
    go(rooms, name, undone)
    rooms.change("me", name, lambda state: state.update(shown("three")))
    assert go(rooms, name, redone) is None
    assert go(rooms, name, undone)["results"] == {"projection": "one"}
    assert go(rooms, name, undone) is None


def test_states_on_the_way_of_a_run_are_passed_over(tmp_path):
    running = {"jobs": {"explore": "key"}}
    rooms, name = walked(tmp_path, shown("one"), running, {**shown("half"), **running}, {**shown("two"), "jobs": {}})
    assert go(rooms, name, undone)["results"] == {"projection": "one"}
    assert go(rooms, name, redone)["results"] == {"projection": "two"}


def test_what_is_said_and_what_runs_is_no_step(tmp_path):
    rooms, name = walked(tmp_path, shown("one"), {"said": "hello"}, {"problem": "oh"}, {"jobs": {}})
    assert go(rooms, name, undone) is None
    assert {"at", "redo"} <= set(EMPTY)


def test_groups_changed_by_hand_are_a_step_while_they_are_being_measured(tmp_path):
    def step(key, *edits, **more):
        return {**shown("map"), "results": {"clustering": key}, "recipe": {"clustering": {"edits": list(edits)}}, **more}

    running = {"jobs": {"group": "key"}}
    rooms, name = walked(tmp_path, step("none"), step("named", "e", **running), step("merged", "e", "f", **running), {"jobs": {}})
    assert go(rooms, name, undone)["results"] == {"clustering": "named"}
    assert go(rooms, name, undone)["results"] == {"clustering": "none"}
    assert go(rooms, name, redone)["results"] == {"clustering": "named"}


def test_measures_that_arrive_after_a_step_back_are_no_step(tmp_path):
    rooms, name = walked(tmp_path, shown("one"), shown("two"), shown("three"))
    go(rooms, name, undone)
    rooms.change("me", name, lambda state: state["results"].update({"quality.map": "measured"}))
    assert go(rooms, name, undone)["results"] == {"projection": "one"}
    assert go(rooms, name, redone)["results"]["projection"] == "two"
    assert go(rooms, name, redone)["results"] == {"projection": "three"}
