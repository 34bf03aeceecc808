"""What a selection of rows is made of, beside the rows outside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Share:
    """How frequent one class is: ``count`` rows and ``inside`` (0 to 1) of the selection, ``outside`` of the rest."""

    code: int
    count: int
    inside: float
    outside: float


def shares(codes: np.ndarray, rows: np.ndarray, most: int) -> list[Share]:
    """The classes whose shares differ most, the largest difference first.

    ``codes`` (n,) int, −1 for none; ``rows`` (m,) the selected ones, each once. Classes of which the
    selection has nothing are told too: that they are missing may be the point.
    """
    if not len(rows):
        return []
    total = np.bincount(codes + 1)
    held = np.bincount(codes[rows] + 1, minlength=len(total))
    inside, outside = held / len(rows), (total - held) / max(len(codes) - len(rows), 1)
    order = np.lexsort((np.arange(len(total)), -held, -np.abs(inside - outside)))
    told = [int(at) for at in order if total[at]][:most]
    return [Share(at - 1, int(held[at]), float(inside[at]), float(outside[at])) for at in told]


def spread(rows: np.ndarray, most: int, seed: int = 0) -> np.ndarray:
    """Up to ``most`` of the rows, by chance but always the same, in their order."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
