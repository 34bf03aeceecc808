"""Distances to near rows, and the radius at the knee of their curve."""

from __future__ import annotations

from typing import Any

import numpy as np

SAMPLE = 2000  # rows whose distances are measured


def by_distance(values: np.ndarray, min_samples: int) -> np.ndarray:
    """Sorted distances of a seeded sample of the rows to their row number 2 x min_samples (itself counted).

    Usual rows then have twice the rows around them that they need, so that groups do not crumble.
    """
    rows = np.random.default_rng(0).permutation(len(values))[:SAMPLE]
    k = min(2 * min_samples, len(values))
    return np.sort(search(values).kneighbors(values[rows], n_neighbors=k)[0][:, -1])


def knee(far: np.ndarray) -> float:
    """The distance furthest below the straight line from the curve's start to its end.

    Ester et al. 1996; Satopää et al. 2011. 1 when all rows are copies of each other: any radius does.
    """
    positive = far[far > 0]
    if not len(positive):
        return 1.0
    rise = (far - far[0]) / (far[-1] - far[0]) if far[-1] > far[0] else far * 0
    return float(max(far[np.argmax(np.linspace(0, 1, len(far)) - rise)], positive[0]))


def search(values: np.ndarray) -> Any:
    """A search for near rows: a tree in few dimensions, every row otherwise."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(algorithm="kd_tree" if values.shape[1] <= 3 else "brute").fit(values)
