"""HDBSCAN by scikit-learn; of large tables a sample is grouped and the rest assigned."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.clustering.kmeans import SEED
from pipeline.clustering.sampled import assigned, chosen
from pipeline.clustering.settings import ON, by_size, points
from pipeline.nearest import Points
from pipeline.results import Clusters, Features, Map, silent

ROWS = 10_000  # rows that are grouped themselves; the others follow their nearest one of them


def run(
    source: Features | Map,
    *,
    min_cluster_size: int,
    min_samples: int | None,
    cluster_selection_method: str,
    on: str,
    seed: int,
    report: Any = silent,
) -> Clusters:
    """Groups that persist over many densities, −1 for noise; ``strength`` is the probability of membership.

    Beyond 10,000 rows a seeded sample is grouped (with sizes in proportion), and every other row
    takes group and strength of its nearest row in the sample.
    """
    from sklearn.cluster import HDBSCAN as Estimator
    from threadpoolctl import threadpool_limits

    values = Points.of(points(source)).values
    rows = chosen(len(values), ROWS, seed)
    share = len(rows) / len(values)
    smallest = min(max(2, round(min_cluster_size * share)), len(rows))
    few = min(max(1, round((min_samples or min_cluster_size) * share)), len(rows))
    report(0.1, f"Looking for groups of {min_cluster_size:,} and more")
    if len(rows) < 2:  # nothing to compare with
        return Clusters(np.full(len(values), -1, np.int32), np.zeros(len(values), np.float32), _details([], -1, rows, values))
    kept = {"min_cluster_size": smallest, "min_samples": few, "cluster_selection_method": cluster_selection_method}
    with threadpool_limits(1):
        fitted = Estimator(**kept, algorithm="auto", n_jobs=1, copy=True).fit(values[rows])
    report(0.8, "Assigning the other samples")
    nearest = assigned(values, rows)
    labels, sizes = by_size(fitted.labels_[nearest])
    strength = np.where(labels < 0, 0.0, fitted.probabilities_[nearest]).astype(np.float32)
    return Clusters(labels, np.clip(strength, 0.0, 1.0), _details(sizes, int((labels < 0).sum()), rows, values))


def _details(sizes: list[int], noise: int, rows: np.ndarray, values: np.ndarray) -> dict[str, Any]:
    return {"sizes": sizes, "noise": noise if noise >= 0 else len(values), "n_clusters": len(sizes), "grouped": len(rows)}


PARAMETERS = (
    Parameter(
        "min_cluster_size", "integer", lambda n, d: max(5, n // 100), "Smallest group",
        "How many samples make a group: fewer than that are noise or part of a larger one.",
        low=2, high=lambda n, d: max(2, min(1000, n // 2)), step=1,
    ),
    Parameter(
        "min_samples", "integer", None, "Dense from",
        "How many near samples make a place dense: more call more samples noise; auto takes the smallest group.",
        low=1, high=lambda n, d: max(1, min(100, n)), absent="auto", usual=False,
    ),
    Parameter(
        "cluster_selection_method", "choice", "eom", "Choose",
        "Take the groups that persist longest, or the smallest ones at the ends of the tree.",
        choices=(("eom", "Persistent"), ("leaf", "Smallest")), usual=False,
    ),
)  # fmt: skip

HDBSCAN = Algorithm(
    "hdbscan", "HDBSCAN", run, (*PARAMETERS, ON, SEED), ("on",),
    memory=lambda n, d: 12.0 * n * d + 24.0 * min(n, ROWS) ** 2,
    seconds=lambda n, d, settings: 5e-9 * min(n, ROWS) ** 2 * d + 1e-4 * n,
    paper="Campello, Moulavi, Sander: Density-based clustering based on hierarchical density estimates, 2013",
    explain=(
        "HDBSCAN tries every density at once and keeps the groups that persist over many of them. "
        "It finds their number by itself, groups may be of any shape and of different density, and the rest is noise. "
        "The one setting that matters is how many samples make a group; results can jump where it crosses a group's size. "
        "Strength tells how firmly a sample belongs. "
        "Beyond 10,000 samples a part is grouped and each other sample follows its nearest one."
    ),
)  # fmt: skip
