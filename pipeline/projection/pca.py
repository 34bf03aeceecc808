"""The map of the first principal components."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm
from pipeline.components import principal
from pipeline.projection.settings import DIMENSIONS
from pipeline.results import Features, Map, silent


def run(features: Features, *, dimensions: int, report: Any = silent) -> Map:
    """Positions along the first principal components; ``explained_variance_ratio`` is in the details."""
    report(0.0, "Finding the directions of largest spread")
    scores, shares = principal(features.values, dimensions)
    positions = scores.astype(np.float32)
    report(1.0, "Directions found", positions)
    return Map(positions, details={"explained_variance_ratio": shares.tolist()})


PCA = Algorithm(
    "pca", "PCA", run, (DIMENSIONS,), ("features",),
    memory=lambda n, d: 16.0 * n * d + 24.0 * min(n, d) ** 2,
    paper="Pearson: On lines and planes of closest fit to systems of points in space, 1901",
    explain=(
        "PCA turns the data so that its largest spread lies along the first axis and the next largest along the second. "
        "It is a straight projection: no point is moved, so distances on the map are never larger than the real ones. "
        "The share of the variance that the axes explain says how much of the data the map shows. "
        "It is fast, has no chance in it, and shows the broad outline. "
        "Groups that bend or overlap in these directions stay hidden: t-SNE and UMAP find those."
    ),
)  # fmt: skip
