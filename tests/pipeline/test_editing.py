"""Groups after what a person did to them."""

import numpy as np
import pytest

from pipeline import editing, stages
from pipeline.results import BY_HAND, Clusters, Edit, Problem
from pipeline.store import Store

KEY, OTHER = "a" * 40, "b" * 40


def groups():
    return Clusters(np.array([0, 1, 2, 1, -1], np.int32), np.full(5, 0.5, np.float32), {"inertia": 3.0})


def after(kind, rows=(), **details):
    return editing.edited(groups(), Edit(np.asarray(rows, np.int32), kind, KEY, details))


def test_a_name_is_kept_beside_what_was_known():
    made = after("name", code=1, name="  the \n sevens ")
    assert made.named() == ["Cluster 0", "the sevens", "Cluster 2"] and made.details["inertia"] == 3.0
    assert after("name", code=1, name="Cluster 1").details["names"] == {}


def test_an_empty_name_gives_the_number_back():
    named = after("name", code=2, name="x")
    back = editing.edited(named, Edit(np.empty(0, np.int32), "name", KEY, {"code": 2, "name": " "}))
    assert back.named() == groups().named()


def test_merged_groups_have_the_lowest_number_and_the_others_keep_theirs():
    named = after("name", code=2, name="twos")
    made = editing.edited(named, Edit(np.empty(0, np.int32), "merge", KEY, {"codes": [1, 0]}))
    assert made.labels.tolist() == [0, 0, 2, 0, -1] and made.named()[2] == "twos"


def test_gathered_rows_become_a_new_group_or_join_one():
    made = after("gather", rows=[0, 4], name="")
    assert made.labels.tolist() == [3, 1, 2, 1, 3] and made.strength.tolist() == [1, 0.5, 0.5, 0.5, 1]
    assert after("gather", rows=[0, 4], name="Cluster 2").labels.tolist() == [2, 1, 2, 1, 2]
    assert after("gather", rows=[4], name="odd").named() == ["Cluster 0", "Cluster 1", "Cluster 2", "odd"]


def test_labels_by_hand_begin_with_none():
    empty = editing.by_hand(3)
    assert empty.labels.tolist() == [-1, -1, -1] and empty.named() == []
    first = editing.edited(empty, Edit(np.array([1], np.int32), "gather", KEY, {"name": "good"}))
    second = editing.edited(first, Edit(np.array([2], np.int32), "gather", KEY, {"name": "bad"}))
    third = editing.edited(second, Edit(np.array([0], np.int32), "gather", KEY, {"name": "good"}))
    assert third.labels.tolist() == [0, 0, 1] and third.named() == ["good", "bad"]


@pytest.mark.parametrize("edit", [{"kind": "name", "code": 9, "name": "x"}, {"kind": "merge", "codes": [0, 7]}])
def test_groups_that_are_not_there_are_refused(edit):
    with pytest.raises(Problem, match="no longer there"):
        after(**edit)


def test_the_source_is_left_as_it_was():
    before = groups()
    editing.edited(before, Edit(np.array([0], np.int32), "gather", KEY, {"name": "x"}))
    assert before.labels.tolist() == groups().labels.tolist() and "names" not in before.details


def test_an_edit_is_applied_to_its_own_groups_alone_and_is_never_evicted(tmp_path):
    store, found = Store(tmp_path), [{"stage": "clustering", "algorithm": "kmeans"}]
    for key in (KEY, OTHER):
        store.put(key, groups(), owner="me", recipe=found)
    edit = Edit(np.array([0, 4], np.int32), "gather", KEY, {"name": "odd"})
    store.put("e" * 40, edit, owner="me", recipe=found)
    made = stages.edited(store, KEY, "e" * 40)
    assert store.get(made).labels.tolist() == [3, 1, 2, 1, 3]
    assert store.meta(made)["recipe"][-1]["algorithm"] == "gather"
    assert stages.edited(store, OTHER, "e" * 40) == OTHER
    store.put("f" * 40, editing.by_hand(5), owner="me", recipe=[{"stage": "edit", "algorithm": BY_HAND}])
    store.limit = 0
    store.prune(set())
    assert store.has("e" * 40) and store.has("f" * 40)  # nobody can compute them again
    assert not store.has(OTHER) and not store.has(made)  # these come again of the groups and the edit


def test_two_groups_never_have_one_name():
    with pytest.raises(Problem, match="Another group is called “Cluster 0” already"):
        after("name", code=2, name="Cluster 0")
    merged = after("merge", codes=[0, 1])  # number 1 is free, and so is its name
    made = editing.edited(merged, Edit(np.empty(0, np.int32), "name", KEY, {"code": 2, "name": "Cluster 1"}))
    assert made.named()[2] == "Cluster 1"


def test_a_new_group_never_has_the_name_of_one_that_went():
    named = after("name", code=2, name="foo")
    emptied = editing.edited(named, Edit(np.array([2], np.int32), "gather", KEY, {"name": "Cluster 0"}))
    made = editing.edited(emptied, Edit(np.array([4], np.int32), "gather", KEY, {"name": ""}))
    assert made.named()[made.labels[4]] == f"Cluster {made.labels[4]}"
