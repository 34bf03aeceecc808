"""Five ways to scale columns: each is a shift and a divisor per column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm
from pipeline.embedding.reduction import PCA, reduced
from pipeline.results import Dataset, Features, silent

Scale = tuple[np.ndarray, np.ndarray, dict[str, Any]]  # shift (d,), divisor (d,) float64, details
BLOCK = 8192  # rows scaled at once in float64


def unscaled(rows: np.ndarray) -> Scale:
    """No shift, divisor one."""
    return np.zeros(rows.shape[1]), np.ones(rows.shape[1]), {}


def standard(rows: np.ndarray) -> Scale:
    """Mean and standard deviation of each column."""
    mean = rows.mean(axis=0, dtype=np.float64)
    squares = np.zeros(rows.shape[1])
    for part in _blocks(rows):
        squares += ((part - mean) ** 2).sum(axis=0)
    return mean, _divisor(rows, np.sqrt(squares / len(rows))), {}


def minmax(rows: np.ndarray) -> Scale:
    """Lowest value and range of each column."""
    low = rows.min(axis=0).astype(np.float64)
    return low, _divisor(rows, rows.max(axis=0) - low), {}


def robust(rows: np.ndarray) -> Scale:
    """Median and distance between the quartiles of each column.

    A column whose quartiles coincide is divided by its standard deviation instead.
    """
    low, middle, high = np.percentile(rows, (25, 50, 75), axis=0).astype(np.float64)
    between = high - low
    return middle, np.where(between > 0, between, standard(rows)[1]), {}


def pixels(rows: np.ndarray) -> Scale:
    """One divisor for all columns: 255 for bytes, else the largest value of the dataset."""
    largest = float(np.abs(rows).max(initial=0))
    divisor = 255.0 if 127 < largest <= 255 else largest or 1.0
    return np.zeros(rows.shape[1]), np.full(rows.shape[1], divisor), {"divisor": divisor}


def _divisor(rows: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The spread, and one for a constant column (whose spread may be a rounding error)."""
    return np.where((rows.max(axis=0) > rows.min(axis=0)) & (spread > 0), spread, 1.0)


def _blocks(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]


def _run(scale: Callable[[np.ndarray], Scale]) -> Callable[..., Features]:
    """A run for the algorithm that scales in this way."""

    def run(dataset: Dataset, *, pca: int | None, report: Any = silent) -> Features:
        """Features of the dataset's rows, scaled, then reduced by PCA if asked for."""
        report(0.0, "Scaling columns")
        shift, divisor, details = scale(dataset.rows)
        values = np.empty(dataset.rows.shape, np.float32)
        for start in range(0, len(values), BLOCK):
            values[start : start + BLOCK] = (dataset.rows[start : start + BLOCK] - shift) / divisor
        names = dataset.named("feature") or [f"pixel {i + 1}" for i in range(dataset.rows.shape[1])]  # of picture files
        return reduced(values, tuple(names), pca, details, report)

    return run


def _scaling(scale: Callable[[np.ndarray], Scale], name: str, title: str, explain: str) -> Algorithm:
    return Algorithm(name, title, _run(scale), (PCA,), ("dataset",), explain=explain, memory=lambda n, d: 24.0 * n * d)


STANDARD = _scaling(
    standard, "standard", "Standardised",
    "Every column is shifted to mean 0 and divided by its standard deviation. "
    "So each column counts the same, whatever its unit: metres and millimetres give one map. "
    "This is the right start for a table of measurements. "
    "A column that never changes becomes 0 and counts for nothing. "
    "Noise columns are lifted to full weight too, so leave out what you know to be useless.",
)  # fmt: skip
AS_IS = _scaling(
    unscaled, "as_is", "As they are",
    "The numbers are used exactly as they stand in the file. "
    "Columns with large numbers then decide the distances between samples. "
    "That is right for pictures, where all pixels share one scale. "
    "It is also right for embeddings from a model, whose lengths and angles carry meaning. "
    "For a table with mixed units choose Standardised.",
)  # fmt: skip
MINMAX = _scaling(
    minmax, "minmax", "From 0 to 1",
    "Every column is moved and stretched so that its lowest value is 0 and its highest is 1. "
    "Use it when the columns have natural limits, such as marks or percentages. "
    "One extreme value squeezes all others of its column together. "
    "If you have outliers, Robust or Standardised is safer. "
    "A column that never changes becomes 0.",
)  # fmt: skip
ROBUST = _scaling(
    robust, "robust", "Robust",
    "Every column is shifted by its median and divided by the distance between its quartiles. "
    "The median and the quartiles do not move when a few values are extreme. "
    "So outliers stay visible as outliers and do not squeeze the rest. "
    "Where half of a column is one and the same value, the standard deviation is used instead. "
    "Use it for measurements with errors or long tails.",
)  # fmt: skip
PIXELS = _scaling(
    pixels, "pixels", "Pixels from 0 to 1",
    "All values are divided by one number, so that pixels lie between 0 and 1. "
    "The number is 255 for ordinary pictures, otherwise the largest value in the dataset. "
    "Distances between pictures keep their proportions, because every pixel is divided alike. "
    "Maps therefore look as with As they are; only the numbers are handier. "
    "Choose it when you want to compare distances between picture datasets.",
)  # fmt: skip
