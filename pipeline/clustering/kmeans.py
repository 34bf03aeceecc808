"""k-means by scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

from pipeline.algorithm import Algorithm, Parameter
from pipeline.clustering.settings import ON, by_size, margin, points
from pipeline.nearest import Points
from pipeline.results import Clusters, Features, Map, silent

STARTS = 3  # the best of so many starts is kept


def run(source: Features | Map, *, n_clusters: int, on: str, seed: int, report: Any = silent) -> Clusters:
    """The k groups with the smallest squared distances to their means.

    ``strength`` is the margin (b − a) / b between the distances a to the nearest and b to the
    second nearest mean: 1 at the mean itself, 0 half-way to the next group.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    report(0.0, f"Forming {n_clusters} groups")
    near = Points.of(points(source))  # centred and shrunk, so that no sum overflows
    with threadpool_limits(1), warnings.catch_warnings():  # one thread: the sums are added in one order
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than groups: the details tell it
        fitted = KMeans(n_clusters, n_init=STARTS, random_state=seed).fit(near.values)
    labels, sizes = by_size(fitted.labels_)
    details = {"sizes": sizes, "inertia": float(fitted.inertia_) * near.scale**2, "n_clusters": len(sizes)}
    return Clusters(labels, margin(near.values, fitted.cluster_centers_), details)


N_CLUSTERS = Parameter(
    "n_clusters", "integer", 10, "Groups",
    "How many groups to form; count the islands that you see and try one more and one fewer.",
    low=lambda n, d: min(2, n), high=lambda n, d: min(50, n), step=1,
)  # fmt: skip
SEED = Parameter(
    "seed", "integer", 0, "Seed",
    "Where chance starts: the same seed gives the same groups.",
    low=0, high=2**31 - 1, usual=False,
)  # fmt: skip

KMEANS = Algorithm(
    "kmeans", "k-means", run, (N_CLUSTERS, ON, SEED), ("on",),
    memory=lambda n, d: 12.0 * n * d + 4.0 * n * 50,
    paper="Lloyd: Least squares quantization in PCM, 1982; Arthur, Vassilvitskii: k-means++, 2007",
    explain=(
        "k-means divides the samples into as many groups as you say. "
        "Each group has a centre, and every sample belongs to the nearest centre; the centres move until nothing changes. "
        "It likes round groups of similar size, and cuts long or bent ones into pieces. "
        "Every sample gets a group, even one that fits nowhere: a low strength tells you so. "
        "It is fast, so try several numbers of groups."
    ),
)  # fmt: skip
