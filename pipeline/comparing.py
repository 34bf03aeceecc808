"""Two rows side by side: where their values differ most, how far apart they are and how near among all others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.results import Column, Dataset

BLOCK = 8192  # rows compared at a time


@dataclass(frozen=True)
class Line:
    """One column of two rows: both values, the second less the first, and how many standard deviations that is.

    ``difference`` and ``standard`` are None for what is no number, for a constant, and where a value is missing.
    """

    name: str
    first: Any
    second: Any
    difference: float | None = None
    standard: float | None = None
    constant: bool = False  # the column has one value alone

    @property
    def same(self) -> bool:
        """Whether both values are one."""
        return bool(self.first == self.second)


@dataclass(frozen=True)
class Between:
    """Distance of two rows, and which nearest row, counted from 1, the second is of the first and the first of the second."""

    distance: float
    of_first: int
    of_second: int


def lines(dataset: Dataset, first: int, second: int) -> list[Line]:
    """A line for each column but labels: the largest difference in standard deviations first, what is the same last."""
    held = zip(dataset.table.columns, dataset.table.row(first), dataset.table.row(second), strict=True)
    columns = {column.name: column for column in dataset.columns}
    targets = set(dataset.named("target"))
    made = [_line(columns.get(name), name, one, other) for name, one, other in held if name not in targets]
    return sorted(made, key=_rank)


def squared(values: np.ndarray, row: int) -> np.ndarray:
    """Squared Euclidean distances (n,) float64 of every row of ``values`` (n, d) from this one; to itself infinite."""
    point = values[row].astype(np.float32)
    found = np.empty(len(values), np.float64)
    for at in range(0, len(values), BLOCK):
        away = values[at : at + BLOCK] - point
        found[at : at + BLOCK] = np.einsum("ij,ij->i", away, away, dtype=np.float64)
    found[row] = np.inf
    return found


def between(values: np.ndarray, first: int, second: int) -> Between:
    """How far apart two different rows of ``values`` (n, d) are; of rows equally far, the earlier is the nearer one."""
    one, other = squared(values, first), squared(values, second)
    return Between(float(np.sqrt(one[second])), _place(one, second), _place(other, first))


def _place(away: np.ndarray, row: int) -> int:
    return 1 + int((away < away[row]).sum()) + int((away[:row] == away[row]).sum())


def _line(column: Column | None, name: str, first: Any, second: Any) -> Line:
    if column is None or column.kind != "number":
        return Line(name, first, second)
    if not column.deviation or column.low == column.high:
        return Line(name, first, second, constant=True)
    difference = float(second) - float(first) if _number(first) and _number(second) else math.nan
    if not math.isfinite(difference):
        return Line(name, first, second)
    return Line(name, first, second, difference, abs(difference) / column.deviation)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _rank(line: Line) -> tuple[int, float]:
    """Differences of numbers, then of words, then what is the same; in each the order of the file."""
    if line.standard:
        return 0, -line.standard
    return (2 if line.same else 1), 0.0
