"""Nearest neighbours by comparing every pair."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm, Parameter
from pipeline.nearest import METRIC, WIDTHS, Points, search
from pipeline.results import Features, Neighbors, silent


def run(features: Features, *, metric: str, k: int, threads: int, report: Any = silent) -> Neighbors:
    """The k nearest other rows of every row, the same bits with any number of threads."""
    rows = np.arange(len(features.values))
    return Neighbors(*search(Points.of(features.values, metric), rows, k, threads, report=report))


K = Parameter(
    "k", "integer", WIDTHS[0], "Neighbours",
    "How many of each sample's nearest neighbours are found.",
    low=lambda n, d: min(1, n - 1), high=lambda n, d: n - 1,
)  # fmt: skip

EXACT = Algorithm(
    "exact", "Exact neighbours", run, (METRIC, K), ("features",),
    threaded=True, steady=True,
    memory=lambda n, d: 8.0 * n * d + 12.0 * n * 320 + 2**28,
    paper="Johnson, Douze, Jégou: Billion-scale similarity search with GPUs, IEEE Transactions on Big Data 2021",
    explain=(
        "Every sample is compared with every other, and the nearest ones are kept. "
        "Maps, groups and the card all build on these neighbours, so they are computed once and shared. "
        "Nothing is guessed: these are the true nearest neighbours in the chosen distance. "
        "A sample is never its own neighbour, but an exact copy of it is its nearest. "
        "The time grows with the square of the number of samples."
    ),
)  # fmt: skip
