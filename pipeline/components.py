"""Principal components, the same bits whatever the number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 8192  # rows per block: sums are added block by block, in order, in float64
SOLVED_WHOLE = 2000  # above this many rows and columns the leading components are found by a randomised method


def principal(values: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, m) float64 on the first m components, and their shares of the variance (m,) float64.

    Components that the data does not have (fewer columns, fewer rows, no spread) are zero. The
    sign of each makes its largest score positive.
    """
    from threadpoolctl import threadpool_limits

    n, d = values.shape
    mean = values.mean(axis=0, dtype=np.float64)
    with threadpool_limits(1):
        solve = _by_columns if d <= min(n, SOLVED_WHOLE) else _by_rows if n <= SOLVED_WHOLE else _randomised
        scores = solve(values, mean, min(m, n, d))
    total = sum(float(((part - mean) ** 2).sum()) for part in _blocks(values))
    shares = (scores**2).sum(axis=0) / total if total > 0 else np.zeros(scores.shape[1])
    highest = scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])]
    scores *= np.where(highest < 0, -1.0, 1.0)
    missing = m - scores.shape[1]
    return np.pad(scores, ((0, 0), (0, missing))), np.pad(shares, (0, missing))


def _by_columns(values: np.ndarray, mean: np.ndarray, m: int) -> np.ndarray:
    """Scores from the (d, d) covariance."""
    covariance = np.zeros((values.shape[1],) * 2)
    for part in _blocks(values):
        centred = part - mean
        covariance += centred.T @ centred
    vectors = np.linalg.eigh(covariance)[1][:, ::-1][:, :m]
    return np.concatenate([(part - mean) @ vectors for part in _blocks(values)], dtype=np.float64)


def _by_rows(values: np.ndarray, mean: np.ndarray, m: int) -> Any:
    """Scores from the (n, n) products of the rows, when there are more columns than rows."""
    centred = values - mean
    found, vectors = np.linalg.eigh(centred @ centred.T)
    return vectors[:, ::-1][:, :m] * np.sqrt(np.maximum(found[::-1][:m], 0.0))


def _randomised(values: np.ndarray, mean: np.ndarray, m: int) -> Any:
    """Scores by a randomised method with a fixed seed (Halko, Martinsson, Tropp 2011)."""
    from sklearn.utils.extmath import randomized_svd

    left, found, _ = randomized_svd(values - mean, m, n_iter=7, random_state=0)
    return left * found


def _blocks(values: np.ndarray) -> list[np.ndarray]:
    return [values[start : start + BLOCK] for start in range(0, len(values), BLOCK)]
