"""Roles changed by a person, and what that leaves as it was."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import loading
from pipeline.results import Problem

TABLE = "name,a,b,c,class\n" + "".join(f"n{i},{i * 1.5},{i % 7},{i % 2},{'uv'[i % 2]}\n" for i in range(20))


def test_a_role_that_leaves_the_features_alone_leaves_rows_and_key(loaded):
    dataset = loaded(TABLE)
    made = loading.with_roles(dataset, {"class": "hover", "name": "text"})
    assert made.rows is dataset.rows and made.rows_key == dataset.rows_key and made.target is None
    assert made.named("text") == ["name"] and loading.with_roles(made, {"class": "target"}).target.names == ("u", "v")


def test_fewer_features_and_back(loaded):
    dataset = loaded(TABLE)
    fewer = loading.with_roles(dataset, {"b": "left out"})
    assert fewer.rows.shape == (20, 2) and fewer.rows_key != dataset.rows_key
    back = loading.with_roles(fewer, {"b": "feature"})
    assert back.rows_key == dataset.rows_key and np.array_equal(back.rows, dataset.rows)
    assert loaded(TABLE, **{"role:b": "left out"}).rows_key == fewer.rows_key


def test_a_number_as_label(loaded):
    made = loading.with_roles(loaded(TABLE), {"a": "target"})
    assert made.target.kind == "number" and made.named("hover") == ["class"] and made.rows.shape == (20, 2)


def test_positions_by_role(loaded):
    made = loading.with_roles(loaded(TABLE), {"a": "position", "b": "position"})
    assert made.details["positions"] == ["a", "b"]
    assert loading.with_roles(made, {"b": "feature"}).details["positions"] == []


def test_separate_labels_stay(loaded, labelled):
    dataset = labelled(loaded(TABLE), "\n".join("xyz"[i % 3] for i in range(20)))
    assert loading.with_roles(dataset, {"b": "left out"}).target.names == ("x", "y", "z")
    assert loading.with_roles(dataset, {"class": "target"}).target.names == ("u", "v")


@pytest.mark.parametrize("roles", [{"name": "feature"}, {"nobody": "feature"}, {"a": "king"}, dict.fromkeys("abc", "hover")])
def test_impossible_roles(loaded, roles):
    with pytest.raises(Problem):
        loading.with_roles(loaded(TABLE), roles)
