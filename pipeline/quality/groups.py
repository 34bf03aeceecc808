"""How many groups to propose, by silhouette."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm
from pipeline.nearest import Points
from pipeline.quality.settings import SEED
from pipeline.results import Features, Scores, silent

ROWS = 2000  # rows that are looked at
MOST = 15  # groups that are tried


def proposal(features: Features, *, seed: int, report: Any = silent) -> Scores:
    """The number of k-means groups with the best silhouette, from 2 to 15, on at most 2,000 rows.

    ``details`` hold silhouette and inertia (the squared distances to the means) for each number tried, the inertia also
    of one group, and the number where its curve bends most, ``elbow``.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import euclidean_distances
    from threadpoolctl import threadpool_limits

    rows = np.sort(np.random.default_rng(seed).permutation(len(features.values))[:ROWS])
    near = Points.of(features.values[rows])
    values, silhouettes = near.values, {}
    inertia = {"1": float(((values - values.mean(axis=0)) ** 2).sum()) * near.scale**2}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer groups than asked for: none is empty below
        apart = euclidean_distances(values)
        for k in range(2, min(MOST, len(np.unique(values, axis=0)) - 1) + 1):
            report(k / MOST, f"Trying {k} groups")
            fitted = KMeans(k, n_init=1, random_state=seed).fit(values)
            silhouettes[str(k)] = silhouette(apart, np.unique(fitted.labels_, return_inverse=True)[1])
            inertia[str(k)] = float(fitted.inertia_) * near.scale**2
    best = max(silhouettes, key=lambda k: silhouettes[k], default="1")
    found = {"n_clusters": int(best), "silhouettes": silhouettes, "inertia": inertia, "rows": len(rows)}
    return Scores(found | ({"elbow": elbow(inertia)} if len(inertia) > 2 else {}))


def elbow(inertia: dict[str, float]) -> int:
    """The number of groups whose inertia lies furthest below the straight line from the first to the last; Thorndike 1953."""
    tried, values = [int(k) for k in inertia], np.array(list(inertia.values()))
    line = np.linspace(values[0], values[-1], len(values))
    return tried[int(np.argmax(line - values))]


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


PROPOSAL = Algorithm(
    "proposal", "Proposed number of groups", proposal, (SEED,), ("features",), version=3,
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
