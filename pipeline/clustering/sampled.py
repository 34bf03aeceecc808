"""Large tables for clusterers whose time or memory grows with the square of the rows: group a sample, assign the rest."""

from __future__ import annotations

import numpy as np

BLOCK = 8192


def chosen(n: int, most: int, seed: int) -> np.ndarray:
    """Rows of n that are grouped themselves, in order: all, or a seeded sample of ``most``."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def assigned(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Place (n,) among ``rows`` of each row's nearest one of them; a row of the sample is its own."""
    nearest = np.empty(len(values), np.int64)
    nearest[rows] = np.arange(len(rows))
    rest = np.setdiff1d(np.arange(len(values)), rows, assume_unique=True)
    if len(rest):
        import faiss

        index = faiss.IndexFlatL2(values.shape[1])
        index.add(np.ascontiguousarray(values[rows]))
        for start in range(0, len(rest), BLOCK):
            part = rest[start : start + BLOCK]
            nearest[part] = index.search(np.ascontiguousarray(values[part]), 1)[1][:, 0]
    return nearest
