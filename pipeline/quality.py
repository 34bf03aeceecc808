"""Numbers that say how far to trust a result."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.nearest import Points, search
from pipeline.results import Features, Map, Scores, silent

ROWS = 2000  # rows that are looked at
K = 15  # neighbours of each
MOST = 15  # groups that are tried


def preservation(original: Features, map_: Map, *, seed: int, threads: int, report: Any = silent) -> Scores:
    """Share of each sample's 15 nearest neighbours in the data that are among its 15 nearest on the map.

    ``per_row`` (n,) float32 is NaN for the rows that were not in the sample.
    """
    n = len(map_.positions)
    k, rows = min(K, n - 1), np.sort(np.random.default_rng(seed).permutation(n)[:ROWS])
    if k < 1:
        return Scores({"preserved": 1.0, "k": 0, "rows": n})
    report(0.0, "Comparing neighbours in the data and on the map")
    there, here = (search(Points.of(values), rows, k, threads)[0] for values in (original.values, map_.positions))
    kept = np.array([len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(there, here, strict=True)]) / k
    per_row = np.full(n, np.nan, np.float32)
    per_row[rows] = kept
    return Scores({"preserved": float(kept.mean()), "k": k, "rows": len(rows)}, per_row)


def proposal(features: Features, *, seed: int, report: Any = silent) -> Scores:
    """The number of k-means groups with the best silhouette, from 2 to 15, on at most 2,000 rows."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import euclidean_distances
    from threadpoolctl import threadpool_limits

    rows = np.sort(np.random.default_rng(seed).permutation(len(features.values))[:ROWS])
    values, silhouettes = Points.of(features.values[rows]).values, {}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer groups than asked for: none is empty below
        apart = euclidean_distances(values)
        for k in range(2, min(MOST, len(np.unique(values, axis=0)) - 1) + 1):
            report(k / MOST, f"Trying {k} groups")
            labels = np.unique(KMeans(k, n_init=1, random_state=seed).fit(values).labels_, return_inverse=True)[1]
            silhouettes[str(k)] = silhouette(apart, labels)
    best = max(silhouettes, key=lambda k: silhouettes[k], default="1")
    return Scores({"n_clusters": int(best), "silhouettes": silhouettes, "rows": len(rows)})


def silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette in [−1, 1] from all distances (n, n) and labels 0, 1, …; Rousseeuw 1987."""
    member = np.eye(int(labels.max()) + 1, dtype=apart.dtype)[labels]  # (n, groups)
    sizes, rows = member.sum(axis=0), np.arange(len(labels))
    sums = apart @ member
    inside = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    outside = means.min(axis=1)
    widths = (outside - inside) / np.maximum(np.maximum(inside, outside), np.finfo(apart.dtype).tiny)
    return float(np.where(sizes[labels] > 1, widths, 0.0).mean())


SEED = Parameter(
    "seed", "integer", 0, "Seed",
    "Which rows are looked at when there are too many for all.",
    low=0, high=2**31 - 1, usual=False,
)  # fmt: skip

PRESERVATION = Algorithm(
    "preservation", "Neighbours kept", preservation, (SEED,), ("original", "map"),
    threaded=True, steady=True,
    memory=lambda n, d: 12.0 * n * d + 2**28,
    explain=(
        "This is the share of each sample's 15 nearest neighbours in the data that are also among its 15 nearest on the map. "
        "Chance would give almost 0, a perfect map 1. "
        "Flat maps of real data reach between 0.2 and 0.6, because many dimensions do not fit into two. "
        "It is measured on 2,000 samples against all. "
        "A low value says: look at the neighbours on the card before you trust the map."
    ),
)  # fmt: skip

PROPOSAL = Algorithm(
    "proposal", "Proposed number of groups", proposal, (SEED,), ("features",),
    memory=lambda n, d: 16.0 * ROWS * (ROWS + d),
    paper="Rousseeuw: Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, 1987",
    explain=(
        "From 2 to 15 groups are tried with k-means, and the number with the best silhouette is proposed. "
        "The silhouette compares how near each sample is to its own group with how near to the next one. "
        "It is 1 when groups are tight and far apart, and about 0 when they touch. "
        "It is measured on at most 2,000 samples, in the features and not on the map. "
        "It is a start only: groups inside groups have no single right number."
    ),
)  # fmt: skip

ALGORITHMS = (PRESERVATION, PROPOSAL)
