"""Which rows pass a filter: by class, number, words or choice."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import filtering, traits
from pipeline.results import Clusters, Column, Problem, Target
from tests.pipeline import samples

ROWS = np.arange(12, dtype=np.float32).reshape(6, 2)


def data(target=None):
    made = samples.dataset(ROWS)
    words = pl.Series("kind", ["a", "b", None, "a", "c", "b"])
    table = made.table.with_columns(words, pl.Series("size", [1.0, 2.0, None, 4.0, 5.0, 6.0]))
    columns = (*made.columns, Column("kind", "hover", "category"), Column("size", "hover", "number"))
    return replace(made, table=table, columns=columns, target=target)


def rows(asked, target=None, **more):
    return np.flatnonzero(filtering.passing(data(target), asked, **more)).tolist()


def test_words_of_a_column_and_rows_without_one():
    assert rows({"by": "column: kind", "names": ["a", "c"]}) == [0, 3, 4]
    assert rows({"by": "column: kind", "names": [filtering.NONE]}) == [2]
    assert rows({"by": "column: kind", "names": []}) == []


def test_a_range_includes_its_ends_and_never_what_is_missing():
    assert rows({"by": "column: size", "low": 2, "high": 5}) == [1, 3, 4]
    assert rows({"by": "column: size", "low": None, "high": 4}) == [0, 1, 3]
    assert rows({"by": "column: size", "low": 5, "high": None}) == [4, 5]


def test_an_end_written_as_it_is_seen_includes_its_rows():
    target = Target("y", "number", values=np.array([5.1, 5.1, 5.2, 5.3, 5.4, 5.5], np.float32))
    assert rows({"by": "label", "low": 5.1, "high": 5.2}, target) == [0, 1, 2]


def test_labels_groups_noise_and_strength():
    target = Target("y", "class", np.array([0, 1, -1, 0, 1, 0], np.int32), ("yes", "no"))
    groups = Clusters(np.array([0, 0, 1, -1, 1, 0], np.int32), np.linspace(0, 1, 6).astype(np.float32))
    assert rows({"by": "label", "names": ["no"]}, target) == [1, 4]
    assert rows({"by": "cluster", "names": ["Cluster 1", filtering.NONE]}, clusters=groups) == [2, 3, 4]
    assert rows({"by": "strength", "low": 0.5, "high": None}, clusters=groups) == [4, 5]  # noise belongs nowhere


def test_words_and_chosen_rows():
    assert rows({"by": "words", "words": "C"}) == [4]
    assert rows({"by": "rows", "count": 2}, rows=np.array([5, 1], np.int32)) == [1, 5]


def test_what_the_data_have_not_is_refused():
    for by in ("label", "cluster", "column: nowhere"):
        with pytest.raises(Problem, match="Take this filter away"):
            rows({"by": by, "names": ["x"]})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"by": "column: size", "low": 2.0, "high": None}, "size ≥ 2"),
        ({"by": "column: size", "low": None, "high": 0.5}, "size ≤ 0.5"),
        ({"by": "column: size", "low": 2.0, "high": 1000.0}, "size: 2 to 1,000"),
        ({"by": "column: size", "low": 1234567, "high": None}, "size ≥ 1,234,567"),
        ({"by": "label", "names": ["a", ""]}, "label: a or none"),
        ({"by": "hand", "names": ["a"]}, "label by hand: a"),
        ({"by": "rows", "count": 1}, "1 chosen row"),
        ({"by": "words", "words": "<b>"}, "holds “<b>”"),
    ],
)
def test_a_filter_in_words(asked, words):
    assert filtering.said(asked) == words


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), min_size=1, max_size=40), st.integers(2, 6))
def test_every_row_has_the_class_of_its_own_word(words, most):
    table = pl.DataFrame({"word": pl.Series(words, dtype=pl.String)})
    made = samples.dataset(np.zeros((len(words), 1), np.float32))
    trait = traits.trait(replace(made, table=table), "column: word", most=most)
    for word, code in zip(words, trait.codes.tolist(), strict=True):
        assert (code == -1) == (word is None)
        assert code == -1 or trait.names[code] == word or "others" in trait.names[code]
    assert len(trait.names) <= most


def test_what_the_menu_counts_as_others_is_what_passes():
    words = [f"w{i:03}" for i in range(100)] + ["w000"] * 5
    made = samples.dataset(np.arange(len(words), dtype=np.float32)[:, None])
    made = replace(made, table=made.table.with_columns(pl.Series("kind", words)))
    offered = traits.trait(made, "column: kind", most=filtering.MOST)
    counts = np.bincount(offered.codes, minlength=len(offered.names))
    assert "others" in offered.names[-1]
    for name, count in zip(offered.names, counts, strict=True):
        assert filtering.passing(made, {"by": "column: kind", "names": [name]}).sum() == count
