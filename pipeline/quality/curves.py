"""Curves that help to choose the one setting that a density clusterer hangs on."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.nearest import Points
from pipeline.quality.settings import SEED
from pipeline.radius import by_distance, knee
from pipeline.results import Features, Map, Scores, silent

POINTS = 120  # of a curve
ROWS = 3000  # rows that the sweep looks at
TRIED = 12  # sizes that the sweep tries

ON = Parameter(
    "on", "choice", "features", "Of",
    "Whether the features or the positions on the map are looked at.",
    choices=(("features", "Features"), ("map", "Map")),
)  # fmt: skip
MIN_SAMPLES = Parameter(
    "min_samples", "integer", 5, "Dense from",
    "How many samples must lie within the radius, itself included, to make a place dense.",
    low=1, high=lambda n, d: max(1, min(100, n)),
)  # fmt: skip


def distances(source: Features | Map, *, min_samples: int, on: str, report: Any = silent) -> Scores:
    """The sorted distances of a seeded sample of rows to their row number 2 x min_samples, and the knee of that curve."""
    values = source.positions if isinstance(source, Map) else source.values
    report(0.0, "Measuring distances to near samples")
    far = by_distance(np.ascontiguousarray(values, np.float32), min_samples)
    shown = far[np.linspace(0, len(far) - 1, min(POINTS, len(far))).round().astype(int)]
    return Scores({"distances": [float(value) for value in shown], "eps": knee(far), "rows": len(far)})


def sweep(source: Features | Map, *, on: str, seed: int, report: Any = silent) -> Scores:
    """Groups and share of noise that HDBSCAN finds for a dozen smallest sizes, on at most 3,000 rows.

    ``sizes`` are those of the whole table: on a sample they are tried in proportion.
    """
    from sklearn.cluster import HDBSCAN
    from threadpoolctl import threadpool_limits

    every = source.positions if isinstance(source, Map) else source.values
    rows = np.sort(np.random.default_rng(seed).permutation(len(every))[:ROWS])
    values, share = Points.of(every[rows]).values, len(rows) / len(every)
    sizes, groups, noise = [], [], []
    for i, size in enumerate(_sizes(len(rows))):
        report(i / TRIED, f"Trying groups of {size / share:,.0f} and more")
        with threadpool_limits(1):
            labels = HDBSCAN(min_cluster_size=size, min_samples=size, n_jobs=1, copy=True).fit_predict(values)
        sizes.append(round(size / share))
        groups.append(int(labels.max(initial=-1)) + 1)
        noise.append(float((labels < 0).mean()))
    return Scores({"sizes": sizes, "groups": groups, "noise": noise, "rows": len(rows)})


def _sizes(n: int) -> list[int]:
    """Smallest sizes to try on n rows: few at first, each about a third more than the one before."""
    if n < 4:
        return []
    return sorted({int(size) for size in np.geomspace(2, max(2, n // 4), TRIED).round()})


DISTANCES = Algorithm(
    "distances", "Distances to near samples", distances, (MIN_SAMPLES, ON), ("on",),
    memory=lambda n, d: 12.0 * n * d + 2**28,
    paper="Ester, Kriegel, Sander, Xu: A density-based algorithm for discovering clusters, 1996",
    explain=(
        "For a sample of rows, the distance to a near row is measured, and the distances are sorted. "
        "Rows inside groups have near rows close by, and noise has them far away. "
        "Where the curve turns upwards, its knee, lies a radius that parts the two. "
        "It is measured on at most 2,000 samples."
    ),
)  # fmt: skip

SWEEP = Algorithm(
    "sweep", "Groups by smallest size", sweep, (ON, SEED), ("on",),
    memory=lambda n, d: 12.0 * n * d + 24.0 * ROWS**2,
    paper="Campello, Moulavi, Sander: Density-based clustering based on hierarchical density estimates, 2013",
    explain=(
        "HDBSCAN is run with a dozen smallest group sizes, and the groups and the noise that it finds are counted. "
        "The count often stays the same over a range and then jumps. "
        "A size in the middle of such a range is a safe choice. "
        "It is tried on at most 3,000 samples, with sizes in proportion."
    ),
)  # fmt: skip
