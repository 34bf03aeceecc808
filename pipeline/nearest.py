"""Nearest neighbours: exact search, distances, and which neighbours step suits how many rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.algorithm import Parameter, Settings
from pipeline.results import silent

WIDTHS = (16, 96, 320)  # numbers of neighbours that are computed; consumers use the first columns
EXACT_ROWS = 100_000  # up to here every pair is compared
SPARE = 8  # more candidates than asked for, so that rounding in the search loses no neighbour
BLOCK = 4096  # rows searched at once

METRIC = Parameter(
    "metric", "choice", "euclidean", "Distance",
    "What near means: straight-line distance, the angle between samples, or the sum of differences.",
    choices=(("euclidean", "Straight line"), ("cosine", "Angle (cosine)"), ("manhattan", "Sum of differences")),
    usual=False,
)  # fmt: skip


def step(metric: str, k: int, n: int) -> Settings:
    """The neighbours step for k neighbours of n rows: k is rounded up, so that nearby settings share it."""
    width = next((width for width in WIDTHS if width >= k), WIDTHS[-1])
    method = "exact" if n <= EXACT_ROWS else "approximate"
    return {"algorithm": method, "settings": {"metric": metric, "k": min(width, n - 1)}}


@dataclass(frozen=True, eq=False)
class Points:
    """Rows as a search wants them: ``values`` (n, d) float32 within [−1, 1] or so, times ``scale`` the distances."""

    values: np.ndarray
    metric: str
    scale: float

    @classmethod
    def of(cls, rows: np.ndarray, metric: str = "euclidean") -> Points:
        """Points of rows (n, d) float32: centred and shrunk by a power of two, for cosine first made of length one.

        Centring keeps the digits of small distances. For cosine a row of zeros gets a direction of
        its own: at distance one from all others, and zero from other rows of zeros.
        """
        largest = float(np.abs(rows).max(initial=0.0))
        scale = 2.0 ** math.frexp(largest)[1]  # squares neither overflow nor vanish
        values = rows / np.float32(scale) if scale < np.finfo(np.float32).max else rows * np.float32(1 / scale)
        if metric == "cosine":
            length, scale = np.linalg.norm(values, axis=1, keepdims=True), 1.0
            values = np.hstack([values, length == 0]) / np.where(length > 0, length, 1)
        centre = values.mean(axis=0, dtype=np.float64).astype(np.float32)
        return cls(np.ascontiguousarray(values - centre, np.float32), metric, scale)

    def index(self, rows: int | None = None) -> Any:
        """A faiss index that compares with every one of the first so many points (all unless said)."""
        import faiss

        index = faiss.IndexFlat(self.values.shape[1], faiss.METRIC_L1 if self.metric == "manhattan" else faiss.METRIC_L2)
        index.add(self.values[:rows])
        return index

    def between(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Distances (m, c) float32 from the points ``rows`` (m,) to the points ``others`` (m, c)."""
        far = np.empty(others.shape, np.float32)
        size = max(1, 2**22 // max(1, others.shape[1] * self.values.shape[1]))  # about 16 MB at once
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            far[part] = _apart(self.values[rows[part], None], self.values[others[part]], self.metric) * self.scale
        return far


def search(
    points: Points, rows: np.ndarray, k: int, threads: int = 1, index: Any = None, report: Any = silent
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (m, k) int32 and distances (m, k) float32 of the k points nearest to each of ``rows``, never the row itself.

    Distances are computed anew from the differences, so that duplicates are at distance exactly
    0 from each other; ties are in order of row number. A place that the index (all points unless
    one is given) left empty is −1 at an infinite distance.
    """
    import faiss

    faiss.omp_set_num_threads(threads)
    index = points.index() if index is None else index
    indices = np.empty((len(rows), k), np.int32)
    distances = np.empty((len(rows), k), np.float32)
    for start in range(0, len(rows), BLOCK):
        here = rows[start : start + BLOCK]
        found = index.search(points.values[here], min(k + 1 + SPARE, index.ntotal))[1]
        part = slice(start, start + len(here))
        indices[part], distances[part] = _sorted(points, here, found, k)
        report((start + len(here)) / len(rows), f"Finding neighbours · {start + len(here):,} of {len(rows):,}")
    return indices, distances


def _sorted(points: Points, rows: np.ndarray, found: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of the candidates ``found`` (m, c), by true distance, then by row number."""
    far = points.between(rows, found)
    far[(found == rows[:, None]) | (found < 0)] = np.inf
    order = np.lexsort((found, far), axis=1)[:, :k]
    nearest, distances = np.take_along_axis(found, order, 1), np.take_along_axis(far, order, 1)
    return np.where(np.isinf(distances), -1, nearest), distances


def _apart(left: np.ndarray, right: np.ndarray, metric: str) -> Any:
    apart = right - left
    if metric == "manhattan":
        return np.abs(apart).sum(axis=2)
    squared = np.einsum("mcd,mcd->mc", apart, apart)
    return squared / 2 if metric == "cosine" else np.sqrt(squared)  # 1 − cos of vectors of length one
