"""DBSCAN in blocks of rows, so that memory stays bounded whatever the radius."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.clustering.settings import ON, by_size, points
from pipeline.radius import by_distance, knee, search
from pipeline.results import Clusters, Features, Map, silent

PAIRS = 2**24  # most pairs of rows that are looked at in one block


def run(
    source: Features | Map, *, eps: float | None, min_samples: int, on: str, threads: int, report: Any = silent
) -> Clusters:
    """Groups of dense rows, with −1 for noise.

    A row with at least min_samples rows within eps (itself included) is dense; dense rows within
    eps of each other share a group; a sparse row joins its nearest dense row within eps.
    ``strength`` is the number of rows within eps, as a share of the most in its group; 0 for noise.
    """
    from threadpoolctl import threadpool_limits

    values = np.ascontiguousarray(points(source), np.float32)
    with threadpool_limits(threads):
        radius = eps if eps is not None else knee(by_distance(values, min_samples))
        report(0.1, f"Counting samples within {radius:.3g}")
        counts = np.concatenate([[len(found) for found in near] for _, near, _ in _within(values, values, radius)])
        dense = np.flatnonzero(counts >= min_samples)
        report(0.5, "Joining dense places")
        labels, sizes = by_size(_joined(values, dense, radius))
    details = {"sizes": sizes, "eps": float(radius), "noise": int((labels < 0).sum()), "n_clusters": len(sizes)}
    return Clusters(labels, _density(counts, labels), details)


def _within(values: np.ndarray, centres: np.ndarray, radius: float) -> Any:
    """Per block of rows: their numbers, and for each row the centres within the radius and their distances."""
    near_to, size = search(centres), max(1, PAIRS // len(centres))
    for start in range(0, len(values), size):
        far, near = near_to.radius_neighbors(values[start : start + size], radius)
        yield np.arange(start, start + len(near)), near, far


def _joined(values: np.ndarray, dense: np.ndarray, radius: float) -> np.ndarray:
    """Group (n,) of each row, −1 for noise: dense rows by their links, others by their nearest dense row."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    group, nearest = np.arange(len(dense)), np.full(len(values), -1)
    if not len(dense):
        return nearest
    place = np.full(len(values), -1)
    place[dense] = np.arange(len(dense))
    for rows, near, far in _within(values, values[dense], radius):
        for row, found, apart in zip(rows, near, far, strict=True):
            nearest[row] = found[np.lexsort((found, apart))[0]] if len(found) else -1
        inner = place[rows] >= 0
        left, right = np.repeat(place[rows[inner]], [len(found) for found in near[inner]]), np.concatenate([[], *near[inner]])
        links = coo_array((np.ones(len(left), bool), (group[left], group[right.astype(int)])), (len(dense),) * 2)
        group = connected_components(links, directed=False)[1][group]
    nearest[dense] = np.arange(len(dense))
    return np.where(nearest < 0, -1, group[nearest])


def _density(counts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    most = np.zeros(int(labels.max(initial=-1)) + 2)  # the last place is for noise
    np.maximum.at(most, labels, counts)
    return np.where(labels < 0, 0.0, counts / most[labels]).astype(np.float32)


PARAMETERS = (
    Parameter(
        "eps", "number", None, "Radius",
        "How far apart two samples may be to count as neighbours; auto finds the knee of the distances.",
        low=1e-6, absent="auto", logarithmic=True,
    ),
    Parameter(
        "min_samples", "integer", 5, "Dense from",
        "How many samples must lie within the radius, itself included, to make a place dense.",
        low=1, high=lambda n, d: max(1, min(100, n)), step=1,
    ),
)  # fmt: skip

DBSCAN = Algorithm(
    "dbscan", "DBSCAN", run, (*PARAMETERS, ON), ("on",),
    threaded=True, steady=True,
    memory=lambda n, d: 12.0 * n * d + 24.0 * PAIRS,
    paper="Ester, Kriegel, Sander, Xu: A density-based algorithm for discovering clusters, 1996",
    explain=(
        "DBSCAN looks for dense places and joins those that touch into groups. "
        "It finds the number of groups by itself, and groups may have any shape. "
        "Samples in thin places belong to no group and are called noise. "
        "The radius decides everything: too small and all is noise, too large and all is one group. "
        "In many dimensions distances become alike and it finds little; on the map it works better, with the map's distortions."
    ),
)  # fmt: skip
