"""Maps that need no optimising: PCA and positions from the file."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

from pipeline.results import Column, Problem
from tests.pipeline import samples


def test_pca_tells_the_variance_of_each_axis(tmp_path):
    made = samples.made(tmp_path, samples.dataset(samples.groups(60, 5)), "projection", "pca", {"dimensions": 3})
    shares = made.details["explained_variance_ratio"]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    assert 0.9 < sum(shares) <= 1


def test_pca_of_one_column_lies_on_a_line(tmp_path):
    made = samples.made(tmp_path, samples.dataset(samples.groups(60, 1)), "projection", "pca")
    assert made.positions[:, 0].std() > 0
    assert not made.positions[:, 1].any()


def test_positions_of_the_file_are_the_map(tmp_path):
    made = samples.made(tmp_path, samples.dataset(samples.groups(10)), "projection", "given")
    np.testing.assert_array_equal(made.positions, np.column_stack([np.arange(10) / 2, np.arange(10) ** 2]))
    assert made.details["columns"] == ["x", "y"]


def test_a_file_without_positions_is_no_map(tmp_path):
    data = samples.dataset(samples.groups(10))
    columns = tuple(Column(c.name, "hover" if c.name == "x" else c.role, c.kind) for c in data.columns)
    with pytest.raises(Problem, match="two or three position columns and there are 1"):
        samples.made(tmp_path, dataclasses.replace(data, columns=columns), "projection", "given")


def test_a_missing_position_is_said_with_its_row(tmp_path):
    data = samples.dataset(samples.groups(10))
    x = pl.Series("x", [0.0, 1.0, None, *range(7)], pl.Float64)
    with pytest.raises(Problem, match="Row 3 has no position in x, y"):
        samples.made(tmp_path, dataclasses.replace(data, table=data.table.with_columns(x)), "projection", "given")
