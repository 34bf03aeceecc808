"""k-means on small batches of rows, by scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

from pipeline.algorithm import Algorithm, Parameter
from pipeline.clustering.kmeans import N_CLUSTERS, SEED
from pipeline.clustering.settings import ON, by_size, margin, points
from pipeline.nearest import Points
from pipeline.results import Clusters, Features, Map, silent

STARTS = 3  # the best of so many starts is kept


def run(source: Features | Map, *, n_clusters: int, batch_size: int, on: str, seed: int, report: Any = silent) -> Clusters:
    """K groups around means that small random batches of rows have moved; ``strength`` as of k-means."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    report(0.0, f"Forming {n_clusters} groups")
    near = Points.of(points(source))
    with threadpool_limits(1), warnings.catch_warnings():  # one thread: the sums are added in one order
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than groups: the details tell it
        fitted = MiniBatchKMeans(n_clusters, batch_size=batch_size, n_init=STARTS, random_state=seed).fit(near.values)
    labels, sizes = by_size(fitted.labels_)
    details = {"sizes": sizes, "inertia": float(fitted.inertia_) * near.scale**2, "n_clusters": len(sizes)}
    return Clusters(labels, margin(near.values, fitted.cluster_centers_), details)


BATCH_SIZE = Parameter(
    "batch_size", "integer", 1024, "Batch",
    "How many samples each step looks at: more is steadier, fewer is faster.",
    low=16, high=16_384, usual=False,
)  # fmt: skip

MINIBATCH = Algorithm(
    "minibatch", "Mini-batch k-means", run, (N_CLUSTERS, BATCH_SIZE, ON, SEED), ("on",),
    memory=lambda n, d: 12.0 * n * d + 4.0 * n * 50,
    paper="Sculley: Web-scale k-means clustering, 2010",
    explain=(
        "Mini-batch k-means is k-means in a hurry: each step moves the centres by a small random batch of samples. "
        "The groups are nearly those of k-means, and it is several times faster on large tables. "
        "Each sample belongs to the nearest centre, and every sample gets a group. "
        "Another seed gives slightly different groups. "
        "Take k-means itself where it is quick enough."
    ),
)  # fmt: skip
