"""Rows found by number, label and words; what a selection is beside the rest."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipeline.contrast import shares, spread
from pipeline.finding import excerpt, find, names, naming
from pipeline.results import Column, Dataset, Target


@pytest.fixture
def dataset():
    table = pl.DataFrame({
        "x": [0.0] * 6,
        "code": [7, 12, 120, None, 3, 9],
        "note": ["Red APPLE", "a [pear]", "Äpfel", None, "apple pie", "pie"],
    })  # fmt: skip
    columns = (Column("x", "feature", "number"), Column("code", "id", "number"), Column("note", "text", "text"))
    target = Target("kind", "class", np.array([0, 1, 1, -1, 0, 2], np.int32), ("plain", "pie chart", "other"))
    return Dataset("some", "numeric", np.zeros((6, 1), np.float32), columns, table, "k", target)


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("apple", [4, 0]), ("äpfel", [2]), ("[pear]", [1]), (".", []), ("  PIE ", [5, 1, 2, 4]), ("12", [1, 2]),
        ("3", [3, 4]), ("row 5", [5]), ("0", [0, 2]), ("6", []), ("", []), ("none", []), ("1,000", []), ("9" * 12, []),
    ],
)  # fmt: skip
def test_rows_are_found_by_number_label_and_words(dataset, words, rows):
    assert find(dataset, words).rows.tolist() == rows


def test_the_column_that_held_the_words_is_told(dataset):
    found = find(dataset, "pie")
    assert [found.columns[place] if place >= 0 else "" for place in found.places] == ["note", "", "", "note"]


def test_numbers_that_rows_are_labelled_with_are_found_as_written(dataset):
    grades = np.array([5.1, 15.1, 5.125, np.nan, 4.0, 5.1], np.float32)
    apart = replace(dataset, target=Target("grade", "number", values=grades))  # labels of their own file
    assert find(apart, "5.1").rows.tolist() == [0, 5, 2, 1]
    table = dataset.table.with_columns(grade=pl.Series([5.1, 15.1, 5.125, None, 4.0, 5.1], dtype=pl.Float64))
    columns = (*dataset.columns, Column("grade", "target", "number"))
    inside = replace(apart, table=table, columns=columns)
    assert find(inside, "5.1").rows.tolist() == [0, 5, 2, 1]
    assert find(inside, "5.1").places.tolist() == [-1] * 4


def test_names_are_listed_in_the_order_of_the_file(dataset):
    found = names(dataset)
    assert (found.columns, found.rows.tolist(), found.places.tolist()) == (("note",), [0, 1, 2, 4, 5], [0] * 5)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ([("code", "id", "number"), ("note", "text", "text")], "note"),
        ([("note", "text", "text"), ("word", "id", "text")], "word"),
        ([("code", "id", "number"), ("shown", "hover", "text")], "shown"),  # names from a labels file
        ([("code", "id", "number"), ("shown", "hover", "category")], "code"),
        ([("shown", "hover", "category"), ("x", "feature", "number")], ""),
    ],
)
def test_the_column_that_names_the_rows(dataset, columns, named):
    assert naming(replace(dataset, columns=tuple(Column(*column) for column in columns))) == named


def test_without_such_a_column_there_are_no_names(dataset):
    assert names(replace(dataset, columns=dataset.columns[:1])).rows.tolist() == []


def test_an_excerpt_holds_what_was_found():
    text = "x" * 100 + " needle\n" + "y" * 100
    assert "needle y" in excerpt(text, "NEEDLE") and excerpt(text, "needle").startswith("…")
    assert excerpt("short", "or") == "short"


def test_shares_add_up_and_the_largest_difference_is_first():
    codes = np.array([0] * 50 + [1] * 30 + [2] * 10 + [-1] * 10)
    rows = np.r_[0:10, 50:80]
    told = shares(codes, rows, 8)
    assert [part.code for part in told] == [1, 0, -1, 2]
    assert sum(part.inside for part in told) == pytest.approx(1) and sum(part.outside for part in told) == pytest.approx(1)
    assert (told[0].count, told[0].inside, told[0].outside) == (30, 0.75, 0.0)
    assert len(shares(codes, rows, 2)) == 2
    assert shares(codes, np.empty(0, int), 8) == []
    assert [part.outside for part in shares(codes, np.arange(100), 8)] == [0.0] * 4


def test_the_same_rows_are_spread_over_a_selection_every_time():
    rows = np.arange(0, 1000, 3)
    few = spread(rows, 24)
    assert len(set(few.tolist())) == 24 and set(few.tolist()) <= set(rows.tolist()) and (np.diff(few) > 0).all()
    assert np.array_equal(few, spread(rows, 24)) and np.array_equal(spread(rows, 400), rows)
