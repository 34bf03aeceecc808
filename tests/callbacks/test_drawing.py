"""What colours the map: labels, groups, strength, or any column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from callbacks import colouring
from callbacks.house import House
from layouts import figures
from pipeline import traits
from pipeline.results import Clusters
from tests.pipeline import samples

WORDS = ["b", "a", None, "b"]


@pytest.fixture
def drawn(house: House, monkeypatch: pytest.MonkeyPatch) -> dict:
    rows = np.arange(8, dtype=np.float32).reshape(4, 2)
    data = samples.dataset(rows)
    table = data.table.with_columns(pl.Series("words", WORDS), pl.Series("many", [f"w{i}" for i in range(4)]))
    key, groups = "d" * 40, "c" * 40
    house.store.put(key, replace(data, table=table), owner="me", recipe=[])
    found = Clusters(np.array([0, 0, -1, 1], np.int32), np.array([1, 0.5, 0, 0.25], np.float32), {})
    house.store.put(groups, found, owner="me", recipe=[])
    monkeypatch.setattr(House, "owner", lambda self: "me")
    return {"dataset": key, "clusters": None, "groups": groups}


def colours(house, drawn, by, clusters=None):
    return colouring.colours(house, {"dataset": drawn["dataset"], "clusters": clusters, "by": by}, 4)


def test_a_column_of_words(house, drawn):
    codes, names, palette = colours(house, drawn, "column: words")
    assert names == ["a", "b"] and codes.tolist() == [1, 0, -1, 1] and len(set(palette)) == 2


def test_a_column_of_numbers_in_steps(house, drawn):
    codes, names, palette = colours(house, drawn, "column: c0")
    assert codes.tolist() == sorted(codes.tolist()) and len(names) == len(palette) and codes[0] == 0


def test_rare_words_share_a_colour(house, drawn, monkeypatch):
    monkeypatch.setattr(colouring, "CLASSES", 3)
    codes, names, _ = colours(house, drawn, "column: many")
    assert len(names) == 3 and names[-1] == "2 others" and (codes == 2).sum() == 2


def test_strength_leaves_noise_without_a_colour(house, drawn):
    codes, _, _ = colours(house, drawn, "strength", drawn["groups"])
    assert codes[2] == -1 and codes[0] > codes[1] > codes[3] == 0


def test_a_column_that_is_not_there_falls_back_to_the_labels(house, drawn):
    codes, names, _ = colours(house, drawn, "column: nowhere")
    assert names == ["all rows"] and codes.tolist() == [0, 0, 0, 0]


def test_groups_give_shapes_whatever_the_colours_are(house, drawn):
    asked = {"dataset": drawn["dataset"], "clusters": None, "beside": drawn["groups"], "look": {"second": "cluster"}}
    sizes, shapes, words = colouring.second(house, asked, 4)
    assert sizes is None and shapes.tolist() == [0, 0, len(figures.SHAPES), 1]
    assert words == ["Shape, cluster:", "● Cluster 0", "◆ Cluster 1"]
    assert colouring.second(house, asked | {"beside": None}, 4) == (None, None, [])


def test_of_many_labels_the_largest_have_a_shape_of_their_own(house, drawn):
    codes = np.array([0, 1, 1, 2, 3, 3, 4, 5, -1], np.int32)
    few = traits.largest(traits.Trait("kind", codes, tuple("abcdef")), 4)
    assert few.names == ("a", "b", "d", "3 others") and few.codes.tolist() == [0, 1, 1, 3, 2, 2, 3, 3, -1]
    assert traits.largest(few, 4) is few
