"""Groups by hand, filters and looks, as the page asks for them: kept, undone, refused in words."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from callbacks import editing, filtering, looking
from callbacks.colouring import colours, second
from callbacks.house import House
from callbacks.workspace import EMPTY
from layouts import figures
from pipeline import stages
from pipeline.results import Clusters, Problem
from tests.callbacks.rooms import points, put, recipe

ME = "m" * 40


@pytest.fixture
def state(house: House, asking: Any) -> dict[str, Any]:
    """A page that shows a map with three groups."""
    asking("m")
    key = put(house, points(60), ME)
    asked = {**recipe(key), "clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}
    made = {stage: stages.run(stages.Work(house.store), asked, stage) for stage in ("projection", "clustering")}
    empty = {**EMPTY, "id": house.workspaces.new(ME), "jobs": {}, "results": made, "filters": [], "look": {}}
    return {**empty, "dataset": key, "recipe": asked}


def chosen(state: dict[str, Any], rows: list[int]) -> dict[str, Any]:
    return {"dataset": state["dataset"], "rows": base64.b64encode(np.array(rows, "<i4").tobytes()).decode()}


def groups(house: House, state: dict[str, Any], part: str = "clustering") -> Clusters:
    found = house.store.get(state["results"][part])
    assert isinstance(found, Clusters)
    return found


def test_a_name_a_merge_and_a_group_follow_one_another_and_are_made_again_from_the_recipe(house, state):
    first = state["results"]["clustering"]
    editing._groups(house, state, first, "name", {"code": 1, "name": "ones"})
    editing._groups(house, state, state["results"]["clustering"], "gather", {"name": "mine"}, np.array([3, 4], np.int32))
    before = groups(house, state)
    editing._groups(house, state, state["results"]["clustering"], "merge", {"codes": [0, 2]})
    after = groups(house, state)
    assert after.named()[1] == "ones" and after.named()[3] == "mine" and after.labels[[3, 4]].tolist() == [3, 3]
    assert not (after.labels == 2).any() and ((before.labels == 2) <= (after.labels == 0)).all()
    assert stages.find(house.store, state["recipe"], "clustering") == state["results"]["clustering"] != first
    assert state["jobs"]["group"]  # how good the new groups are is asked for


def test_edits_of_groups_that_have_gone_are_refused(house, state):
    old = state["results"]["clustering"]
    editing._groups(house, state, old, "name", {"code": 1, "name": "ones"})
    with pytest.raises(Problem, match="changed meanwhile"):
        editing._groups(house, state, old, "name", {"code": 1, "name": "twos"})
    with pytest.raises(Problem, match="Tick two"):
        editing._merge(house, state, state["results"]["clustering"], [1])


def test_a_selection_becomes_a_group_only_where_there_are_groups(house, state):
    editing._gather(house, state, chosen(state, [1, 2]), "")
    assert groups(house, state).labels[[1, 2]].tolist() == [3, 3]
    state["results"].pop("clustering")
    with pytest.raises(Problem, match="no groups yet"):
        editing._gather(house, state, chosen(state, [1, 2]), "")


def test_labels_by_hand_colour_the_map_and_need_a_name(house, state):
    editing._label(house, state, chosen(state, [1, 2]), "good")
    editing._label(house, state, chosen(state, [2, 3]), "bad")
    assert state["colour"] == "hand" and groups(house, state, "labels").named() == ["good", "bad"]
    drawn = {"dataset": state["dataset"], "clusters": state["results"]["labels"], "by": "hand"}
    codes, names, _ = colours(house, drawn, 60)
    assert codes[:5].tolist() == [-1, 0, 1, 1, -1] and names == ["good", "bad"]
    with pytest.raises(Problem, match="Write the label"):
        editing._label(house, state, chosen(state, [1]), "")


def test_two_people_who_edit_alike_keep_their_own(house, state, asking):
    source = state["results"]["clustering"]
    mine = editing._kept(house, source, "name", {"code": 1, "name": "ones"}, None)
    house.store.put("9" * 40, house.store.get(source), owner="everyone", recipe=[])
    asking("x")
    assert editing._kept(house, "9" * 40, "name", {"code": 1, "name": "ones"}, None) != mine
    with pytest.raises(Problem):
        editing._kept(house, source, "name", {"code": 1, "name": "ones"}, None)


def test_filters_add_up_and_one_that_leaves_nothing_is_refused(house, state):
    filtering._add(house, state, "label", {"names": ["a", "b"]})
    filtering._add(house, state, "column: x0", {"low": 0.0, "high": None})
    filtering._isolate(house, state, chosen(state, list(range(40))))
    dataset = house.dataset(state["dataset"])
    passing = filtering.shown(house, state, 60)
    expected = (dataset.target.codes < 2) & (dataset.rows[:, 0] >= 0) & (np.arange(60) < 40)
    assert passing.tolist() == expected.tolist()
    with pytest.raises(Problem, match="No row passes"):
        filtering._add(house, state, "column: x0", {"low": 1e6, "high": None})
    filtering._remove(state, 0)
    assert [one["by"] for one in state["filters"]] == ["column: x0", "rows"]
    filtering._remove(state, -1)
    assert state["filters"] == []


def test_a_filter_keeps_the_groups_that_it_was_made_for(house, state):
    filtering._add(house, state, "cluster", {"names": ["Cluster 0"]})
    before = filtering.shown(house, state, 60)
    assert (before == (groups(house, state).labels == 0)).all()
    editing._groups(house, state, state["results"]["clustering"], "merge", {"codes": [0, 1]})
    assert state["filters"] == []  # it was of groups that are no longer shown


def test_an_empty_filter_is_refused(house, state):
    with pytest.raises(Problem, match="Say what to show"):
        filtering._add(house, state, "label", {"names": []})


def test_a_second_column_sets_sizes_or_shapes(house, state):
    drawn = {"dataset": state["dataset"], "clusters": None, "look": {"second": "column: x1"}}
    sizes, shapes, said = second(house, drawn, 60)
    values = house.dataset(state["dataset"]).rows[:, 1]
    assert shapes is None and np.argmax(sizes) == np.argmax(values) and said[0].startswith("Size, x1")
    sizes, shapes, said = second(house, {**drawn, "look": {"second": "label"}}, 60)
    assert sizes is None and shapes.tolist() == house.dataset(state["dataset"]).target.codes.tolist()
    assert said == ["Shape, kind:", "● a", "◆ b", "■ c"]
    assert second(house, {**drawn, "look": {"second": "column: note"}}, 60)[1].max() < len(figures.MARKS)


def test_what_a_map_can_be_coloured_by(house, state):
    names = [option["value"] for option in looking.traits_of(house.dataset(state["dataset"]), by_hand=True)]
    assert names[:4] == ["label", "hand", "cluster", "strength"] and "column: note" in names
