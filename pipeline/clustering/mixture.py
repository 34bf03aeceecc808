"""Gaussian mixture by scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.clustering.kmeans import N_CLUSTERS, SEED
from pipeline.clustering.settings import ON, by_size, points
from pipeline.nearest import Points
from pipeline.results import Clusters, Features, Map, silent

FLOOR = 1e-4  # added to every variance, as a share of the mean variance, so that no group shrinks to a point


def run(source: Features | Map, *, n_clusters: int, covariance: str, on: str, seed: int, report: Any = silent) -> Clusters:
    """K groups as bell-shaped clouds; ``strength`` is the probability that a row belongs to its group.

    ``details`` hold the Bayesian information criterion (lower is better).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    report(0.0, f"Fitting {n_clusters} clouds")
    values = Points.of(points(source)).values.astype(np.float64)
    values /= np.sqrt(values.var(axis=0).mean()) or 1.0
    k = min(n_clusters, len(values))
    if len(values) < 2:
        return Clusters(np.zeros(len(values), np.int32), np.ones(len(values), np.float32), {"sizes": [1], "n_clusters": 1})
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = GaussianMixture(k, covariance_type=covariance, reg_covar=FLOOR, random_state=seed).fit(values)
        likely = fitted.predict_proba(values)
        criterion = float(fitted.bic(values))
    labels, sizes = by_size(likely.argmax(axis=1))
    details = {"sizes": sizes, "n_clusters": len(sizes), "bic": criterion}
    return Clusters(labels, np.clip(likely.max(axis=1), 0.0, 1.0).astype(np.float32), details)


COVARIANCE = Parameter(
    "covariance", "choice", "diag", "Clouds",
    "Which shapes the clouds may have: along the columns, round, or tilted any way (slow in many dimensions).",
    choices=(("diag", "Along columns"), ("spherical", "Round"), ("full", "Tilted")),
)  # fmt: skip

MIXTURE = Algorithm(
    "mixture", "Gaussian mixture", run, (N_CLUSTERS, COVARIANCE, ON, SEED), ("on",),
    memory=lambda n, d: 40.0 * n * d + 16.0 * n * 50 + 3 * 8.0 * 50 * d * d,
    seconds=lambda n, d, settings: 1e-6 * n * d,
    paper="Dempster, Laird, Rubin: Maximum likelihood from incomplete data via the EM algorithm, 1977",
    explain=(
        "A Gaussian mixture takes the samples for points drawn from several bell-shaped clouds, and finds the clouds. "
        "Clouds may overlap and be of different size and width, where k-means would cut half-way. "
        "Strength is the probability that a sample belongs to its group, so uncertain samples show. "
        "It finds a good answer near its start, which the seed decides. "
        "Where groups are no clouds, it covers one group by several."
    ),
)  # fmt: skip
