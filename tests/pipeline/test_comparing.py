"""Two rows beside each other: what differs most, how far apart, how near among all others."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipeline.comparing import between, lines, squared
from pipeline.results import Column, Dataset

NAMES = ("small", "large", "still", "word", "flag", "label", "even", "gap")


@pytest.fixture
def dataset():
    table = pl.DataFrame({
        "small": [0.0, 0.3, 0.1], "large": [100.0, 900.0, 100.0], "still": [7, 7, 7], "word": ["a", "a", "b"],
        "flag": [True, False, True], "label": ["x", "y", "x"], "even": [4, 4, 5], "gap": [1.0, None, 2.0],
    })  # fmt: skip
    deviations = {"small": 0.1, "large": 400.0, "even": 0.5, "gap": 0.5, "still": 1e-17}
    columns = tuple(
        Column(name, "target" if name == "label" else "feature", "number" if name in deviations else "category",
               deviation=deviations.get(name), low=7.0 if name == "still" else 0.0, high=7.0 if name == "still" else 9.0)
        for name in NAMES
    )  # fmt: skip
    return Dataset("some", "numeric", np.zeros((3, 4), np.float32), columns, table, "k")


def test_the_largest_difference_in_deviations_is_first(dataset):
    found = lines(dataset, 0, 1)
    assert [line.name for line in found] == ["small", "large", "flag", "gap", "still", "word", "even"]
    assert [line.difference for line in found[:2]] == [pytest.approx(0.3), 800.0]
    assert [line.standard for line in found[:2]] == [pytest.approx(3), 2.0]
    assert lines(dataset, 1, 0)[1].difference == -800.0 and lines(dataset, 1, 0)[1].standard == 2.0


def test_what_has_no_difference(dataset):
    found = {line.name: line for line in lines(dataset, 0, 1)}
    assert [(found[name].difference, found[name].same) for name in ("word", "flag", "gap")] == [
        (None, True), (None, False), (None, False)
    ]  # fmt: skip
    assert found["still"].constant and found["still"].difference is None
    assert (found["even"].difference, found["even"].standard, found["even"].constant) == (0.0, 0.0, False)


def test_numbers_too_large_to_subtract_have_no_difference(dataset):
    table = dataset.table.with_columns(large=pl.Series([-1.7e308, 1.7e308, 0.0]))
    found = {line.name: line for line in lines(replace(dataset, table=table), 0, 1)}
    assert found["large"].difference is None and not found["large"].same


@pytest.mark.parametrize("n", [2, 50, 20_000])
def test_places_among_the_nearest_are_those_of_all_distances(n):
    values = np.random.default_rng(n).normal(size=(n, 5)).astype(np.float32)
    first, second = 0, n - 1
    away = [np.linalg.norm(values.astype(float) - values[row].astype(float), axis=1) for row in (first, second)]
    found = between(values, first, second)
    assert found.distance == pytest.approx(away[0][second], rel=1e-5)
    assert (found.of_first, found.of_second) == ((away[0] < away[0][second]).sum(), (away[1] < away[1][first]).sum())


def test_of_rows_equally_far_the_earlier_is_nearer():
    values = np.array([[0], [1], [-2], [1], [5]], np.float32)
    assert [between(values, 0, row).of_first for row in (1, 3)] == [1, 2]
    assert [between(np.zeros((4, 2), np.float32), 2, row).of_first for row in (0, 1, 3)] == [1, 2, 3]


def test_a_row_is_not_its_own_neighbour():
    away = squared(np.array([[0, 0], [3, 4]], np.uint8), 1)
    assert away.tolist() == [25.0, np.inf]
