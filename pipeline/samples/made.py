"""Sets that need no network: scikit-learn's real tables, and points drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.algorithm import Parameter

Labelled = tuple[np.ndarray, list[str]]  # values (n, d) and one label a row


@dataclass(frozen=True)
class Drawn:
    """Points at random: ``make(n, seed=…, **settings)`` gives values (n, d) and labels."""

    make: Callable[..., Labelled]
    parameters: tuple[Parameter, ...]


def table(name: str) -> tuple[list[str], np.ndarray, list[str]]:
    """Column names, values (n, d) and labels of a table that scikit-learn brings along."""
    from sklearn import datasets

    found: Any = getattr(datasets, f"load_{name}")()
    labels = [str(found.target_names[code]) for code in found.target]
    if name == "digits":  # pictures: pixels from 0 to 1, numbered columns
        return [str(pixel) for pixel in range(64)], found.data / 16, [f"Digit {label}" for label in labels]
    return [str(column) for column in found.feature_names], found.data, labels


def _blobs(n: int, *, centers: int, columns: int, spread: float, seed: int) -> Labelled:
    from sklearn.datasets import make_blobs

    rows, codes = make_blobs(n, n_features=columns, centers=centers, cluster_std=spread, random_state=seed)[:2]
    return rows, [f"Blob {code + 1}" for code in codes]


def _moons(n: int, *, noise: float, seed: int) -> Labelled:
    from sklearn.datasets import make_moons

    rows, codes = make_moons(n, noise=noise, random_state=seed)
    return rows, [("upper", "lower")[code] for code in codes]


def _circles(n: int, *, noise: float, factor: float, seed: int) -> Labelled:
    from sklearn.datasets import make_circles

    rows, codes = make_circles(n, noise=noise, factor=factor, random_state=seed)
    return rows, [("outer", "inner")[code] for code in codes]


def _swiss_roll(n: int, *, noise: float, hole: bool, seed: int) -> Labelled:
    from sklearn.datasets import make_swiss_roll

    rows, along = make_swiss_roll(n, noise=noise, hole=hole, random_state=seed)
    return rows, [f"{value:.4f}" for value in np.atleast_1d(along)]  # a single point comes without its axis


NOISE = Parameter("noise", "number", 0.05, "Noise", "Deviation of the points from their shape.", low=0, high=100)
BLOBS = (
    Parameter("centers", "integer", 5, "Number of blobs", "How many blobs there are.", low=1, high=100),
    Parameter("columns", "integer", 10, "Number of columns", "How many numbers a row has.", low=1, high=1_000),
    Parameter("spread", "number", 1.0, "Spread", "Deviation of the points from the centre of their blob.", low=0, high=100),
)
FACTOR = Parameter("factor", "number", 0.5, "Factor", "Radius of the inner circle as a share of the outer.", low=0, high=0.99)
HOLE = Parameter("hole", "flag", False, "Hole", "Whether the roll has a hole, yes or no.")

TABLES = ("digits", "iris", "wine", "breast_cancer")
DRAWN = {
    "blobs": Drawn(_blobs, BLOBS),
    "moons": Drawn(_moons, (NOISE,)),
    "circles": Drawn(_circles, (NOISE, FACTOR)),
    "swiss_roll": Drawn(_swiss_roll, (NOISE, HOLE)),
}
