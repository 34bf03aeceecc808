"""The figures of the preview: what a column looks like in a dozen numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.values import Values
from pipeline.results import Column, Role

BINS = 16
TOP = 8  # most frequent values that are shown


def column_of(values: Values, role: Role) -> Column:
    """The column with count, missing, mean, deviation, quartiles, range and histogram, all exact."""
    series = values.series
    if values.kind != "number":
        return _words(values, role)
    present = series.drop_nulls().to_numpy()
    missing = len(series) - len(present)
    if len(present) == 0:
        return Column(values.name, role, "number", 0, missing)
    figures = _counted(present) if present.dtype == np.uint8 else _sorted(present)
    return Column(values.name, role, "number", len(present), missing, **figures)


def _counted(present: np.ndarray) -> dict[str, Any]:
    """Figures of bytes, from how often each of the 256 values occurs."""
    counts = np.bincount(present, minlength=256)
    value = np.arange(256)
    total = int(counts.sum())
    mean = float(counts @ value) / total
    seen = np.flatnonzero(counts)
    low, high = int(seen[0]), int(seen[-1])
    below = np.cumsum(counts)
    places = [(total - 1) * share for share in (0.25, 0.5, 0.75)]
    at = [(int(np.searchsorted(below, int(p), "right")), int(np.searchsorted(below, int(np.ceil(p)), "right"))) for p in places]
    quartiles = tuple(a + (b - a) * (p - int(p)) for (a, b), p in zip(at, places, strict=True))
    inside = np.arange(low, high + 1)
    bins = np.histogram(inside, BINS, (low, high), weights=counts[low : high + 1])[0] if high > low else _single(total)
    deviation = float(np.sqrt(counts @ (value - mean) ** 2 / total))
    return _figures(mean, deviation, low, quartiles, high, bins)


def _sorted(present: np.ndarray) -> dict[str, Any]:
    """Figures of any numbers; sums in double precision, scaled so that the largest numbers do not overflow."""
    low, high = float(present.min()), float(present.max())
    scale = max(abs(low), abs(high)) or 1.0
    part = present / scale
    quartiles = np.quantile(part, (0.25, 0.5, 0.75)) * scale
    bins = _bins(part, low / scale, high / scale) if high > low else _single(len(present))
    return _figures(float(part.mean()) * scale, float(part.std()) * scale, low, tuple(quartiles), high, bins)


def _bins(part: np.ndarray, low: float, high: float) -> np.ndarray:
    """How many numbers lie in each bin; of a range so narrow that its bins have no edges, in each share of it."""
    if high - low > BINS * BINS * np.finfo(float).eps:
        return np.histogram(part, BINS, (low, high))[0]
    return np.bincount(np.minimum((part - low) / ((high - low) or 1.0) * BINS, BINS - 1).astype(int), minlength=BINS)


def _figures(
    mean: float, deviation: float, low: float, quartiles: tuple[float, ...], high: float, bins: np.ndarray
) -> dict[str, Any]:
    return {
        "mean": mean,
        "deviation": deviation,
        "low": float(low),
        "quartiles": tuple(float(quartile) for quartile in quartiles),
        "high": float(high),
        "histogram": tuple(int(count) for count in bins),
    }


def _single(count: int) -> np.ndarray:
    bins = np.zeros(BINS, int)
    bins[0] = count
    return bins


def _words(values: Values, role: Role) -> Column:
    """Count, missing, and the most frequent values."""
    series = values.series
    words = series.cast(pl.String)
    present = words.filter((words.str.strip_chars() != "").fill_null(False))
    missing = len(series) - len(present)
    if values.kind == "text" and present.n_unique() == len(present):
        return Column(values.name, role, values.kind, len(present), missing)
    top = present.value_counts(sort=True).head(TOP)
    counts = tuple(int(count) for count in top[:, 1])
    return Column(
        values.name, role, values.kind, len(present), missing, histogram=counts, top=tuple(word[:200] for word in top[:, 0])
    )
