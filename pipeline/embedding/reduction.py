"""The initial PCA that every embedding offers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Parameter
from pipeline.components import principal
from pipeline.results import Features

USUAL = 50  # components kept unless another number is chosen


def most(n: int, d: int) -> int:
    """Most components that n rows × d columns have."""
    return min(d, n - 1)


def preset(n: int, d: int) -> int | None:
    """The usual number of components, or none when there is nothing to reduce."""
    m = min(USUAL, most(n, d))
    return m if 2 <= m < d else None


PCA = Parameter(
    "pca", "integer", preset, "Initial PCA",
    "How many principal components stand for the columns: fewer is faster and less noisy; none uses all columns.",
    low=2, high=most, absent="none",
)  # fmt: skip


def reduced(values: np.ndarray, columns: tuple[str, ...], m: int | None, details: dict[str, Any], report: Any) -> Features:
    """Features (n, m) of the first m principal components, or the values themselves when m is None."""
    if m is None:
        return Features(np.ascontiguousarray(values, np.float32), columns, details)
    report(0.5, f"Reducing {values.shape[1]:,} columns to {m}")
    scores, shares = principal(values, m)
    told = {**details, "variance": float(shares.sum()), "from": values.shape[1], "to": m}
    return Features(np.ascontiguousarray(scores, np.float32), tuple(f"PC {i + 1}" for i in range(m)), told)
