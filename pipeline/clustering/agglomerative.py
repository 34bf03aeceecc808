"""Agglomerative clustering by scikit-learn; of large tables a sample is grouped and the rest assigned."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.clustering.kmeans import N_CLUSTERS, SEED
from pipeline.clustering.sampled import assigned, chosen
from pipeline.clustering.settings import ON, by_size, margin, points
from pipeline.nearest import Points
from pipeline.results import Clusters, Features, Map, silent

ROWS = 5_000  # rows that are grouped themselves; the others follow their nearest one of them


def run(source: Features | Map, *, n_clusters: int, linkage: str, on: str, seed: int, report: Any = silent) -> Clusters:
    """K groups made by joining the two nearest ones again and again; ``strength`` as of k-means, by the groups' means.

    Beyond 5,000 rows a seeded sample is grouped, and every other row follows its nearest row in it.
    """
    from sklearn.cluster import AgglomerativeClustering
    from threadpoolctl import threadpool_limits

    report(0.0, f"Joining samples into {n_clusters} groups")
    values = Points.of(points(source)).values
    rows = chosen(len(values), ROWS, seed)
    found = np.zeros(len(rows), np.int64)
    if len(rows) > 1:
        with threadpool_limits(1):
            found = AgglomerativeClustering(min(n_clusters, len(rows)), linkage=linkage).fit(values[rows]).labels_
    report(0.8, "Assigning the other samples")
    labels, sizes = by_size(found[assigned(values, rows)])
    centres = np.stack([values[labels == code].mean(axis=0, dtype=np.float64) for code in range(len(sizes))])
    details = {"sizes": sizes, "n_clusters": len(sizes), "grouped": len(rows)}
    return Clusters(labels, margin(values, centres.astype(np.float32)), details)


LINKAGE = Parameter(
    "linkage", "choice", "ward", "Nearness",
    "What near means for groups: least spread, the mean distance, the farthest or the nearest pair.",
    choices=(("ward", "Least spread"), ("average", "Mean"), ("complete", "Farthest"), ("single", "Nearest")),
)  # fmt: skip

AGGLOMERATIVE = Algorithm(
    "agglomerative", "Agglomerative", run, (N_CLUSTERS, LINKAGE, ON, SEED), ("on",),
    memory=lambda n, d: 12.0 * n * d + 40.0 * min(n, ROWS) ** 2,
    seconds=lambda n, d, settings: 1e-9 * min(n, ROWS) ** 2 * d + 1e-4 * n,
    paper="Ward: Hierarchical grouping to optimize an objective function, 1963",
    explain=(
        "Every sample starts as a group of its own, and the two nearest groups are joined until as many are left as you say. "
        "With least spread the groups are compact like those of k-means; with the nearest pair they may be long chains. "
        "What was joined once stays joined. "
        "It needs no start by chance. "
        "Beyond 5,000 samples a part is grouped and each other sample follows its nearest one."
    ),
)  # fmt: skip
