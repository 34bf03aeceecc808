"""What is shown of groups is what the recipe asks for, whichever job ends when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from callbacks import editing, exploring, following, grouping, history, opening
from callbacks.house import House
from callbacks.workspace import EMPTY
from pipeline import stages
from pipeline.results import Target
from tests.callbacks.rooms import points, put, recipe

ME = "m" * 40


def step(count: int) -> dict[str, Any]:
    return {"algorithm": "kmeans", "settings": {"n_clusters": count}}


def made(house: House, asked: dict[str, Any]) -> dict[str, str]:
    """What a worker makes of a recipe."""
    work = stages.Work(house.store)
    judged = {**asked, "quality": {"algorithm": "agreement", "settings": {}}}
    return {"clustering": stages.run(work, asked, "clustering"), "quality.agreement": stages.run(work, judged, "quality")}


@pytest.fixture
def state(house: House, asking: Any) -> dict[str, Any]:
    """A page that shows a map with three groups."""
    asking("m")
    asked = {**recipe(put(house, points(60), ME)), "clustering": step(3)}
    results = {"projection": stages.run(stages.Work(house.store), asked, "projection"), **made(house, asked)}
    empty = {**EMPTY, "id": house.workspaces.new(ME), "jobs": {}, "filters": [], "look": {}}
    return {**empty, "dataset": asked["dataset"], "recipe": asked, "results": results}


def _groups_of(house: House, state: dict[str, Any]) -> str:
    """Key of the groups before any edit."""
    plain = {**state["recipe"], "clustering": {**state["recipe"]["clustering"], "edits": []}}
    return str(stages.find(house.store, plain, "clustering"))


def ended(house: House, state: dict[str, Any], asked: dict[str, Any]) -> None:
    """The job of this recipe ends, and the page looks at its record."""
    following._take(house, state, "group", {"state": "finished", "results": made(house, asked)})


def test_a_job_that_was_left_changes_nothing(house, state):
    shown = dict(state["results"])
    state["recipe"] = {**state["recipe"], "clustering": step(5)}
    assert grouping.regrouped(house, state)["lane"] == "group"
    asked = dict(state["recipe"])
    state["recipe"] = {**state["recipe"], "clustering": step(3)}
    assert grouping.regrouped(house, state) is None and state["jobs"] == {}  # shown at once, and the job is left
    state["jobs"]["group"] = "a job of another tab"
    ended(house, state, asked)
    assert state["results"] == shown and state["jobs"] == {}


def test_undo_while_groups_are_being_measured_stays_undone(house, state):
    def edit(now: dict[str, Any]) -> None:
        now.update({name: value for name, value in state.items() if name not in ("id", "version")})

    house.workspaces.change(ME, state["id"], edit)
    merged = house.workspaces.change(
        ME, state["id"], lambda now: editing._merge(house, now, now["results"]["clustering"], [0, 1]) and None
    )
    asked = dict(merged["recipe"])
    back = house.workspaces.change(ME, state["id"], lambda now: history._go(house, now, history.undone, "nothing") and None)
    assert back["results"] == state["results"] and back["jobs"] == {} and back["redo"]
    after = house.workspaces.change(ME, state["id"], lambda now: ended(house, {**now, "jobs": {"group": "x"}}, asked))
    assert after["results"] == state["results"] and after["redo"]


def test_groups_of_one_dataset_never_come_to_another(house, state):
    asked = {**state["recipe"], "clustering": step(4)}
    state["recipe"] = asked
    grouping.regrouped(house, state)
    opening.opened(house, state, put(house, points(45), ME, key="2" * 40))
    assert state["results"] == {} and "group" not in state["jobs"]
    state["jobs"]["group"] = "late"
    ended(house, state, asked)
    assert state["results"] == {}


def test_other_labels_are_measured_anew(house, state):
    first = house.dataset(state["dataset"])
    codes = np.roll(first.target.codes, 1)
    key = put(house, replace(first, target=Target("other", "class", codes, ("u", "v", "w"))), ME, key="3" * 40)
    opening.opened(house, state, key)
    start = opening.follow_up(house, state)
    assert "quality.agreement" not in state["results"] and start["lane"] == "group"
    ended(house, state, state["recipe"])
    table = np.array(house.store.get(state["results"]["quality.agreement"]).details["table"])
    labels = house.store.get(state["results"]["clustering"]).labels
    expected = [[int(((codes == row) & (labels == column)).sum()) for column in range(3)] for row in range(3)]
    assert (table[:, -3:] == expected).all() or (table[:, :3] == expected).all()


def test_filters_by_groups_go_with_the_groups(house, state):
    own = {"by": "cluster", "names": ["Cluster 0"], "of": state["results"]["clustering"]}
    state["filters"], shown = [own, {"by": "words", "words": "1"}], {"projection": state["results"]["projection"]}
    other = {part: state["recipe"][part] for part in ("dataset", "embedding", "projection")}
    exploring.shown(house, state, other, shown)
    assert state["results"].get("clustering") and len(state["filters"]) == 2  # the same features, so the same groups
    exploring.shown(house, state, {**other, "embedding": {"algorithm": "minmax", "settings": {}}}, shown)
    assert "clustering" not in state["results"] and [one["by"] for one in state["filters"]] == ["words"]


def test_groups_by_hand_that_were_evicted_are_made_again(house, state):
    editing._groups(house, state, state["results"]["clustering"], "name", {"code": 1, "name": "ones"})
    named = state["results"]["clustering"]
    state["results"].update(made(house, dict(state["recipe"])))
    assert not grouping.evicted(house, state) and grouping.measured(house, state) is None
    house.store.remove([named])
    assert grouping.evicted(house, state) and grouping.measured(house, state) is None  # at once: the edit is kept
    assert state["results"]["clustering"] == named and house.store.get(named).named()[1] == "ones"
    house.store.remove([named, _groups_of(house, state)])
    assert grouping.measured(house, state)["lane"] == "group"  # a worker finds the groups again, and the edit follows
