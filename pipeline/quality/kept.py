"""How much of each sample's neighbourhood a map keeps."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm
from pipeline.nearest import Points, search
from pipeline.quality.settings import SEED
from pipeline.results import Features, Map, Scores, silent

ROWS = 2000  # rows that are looked at
K = 15  # neighbours of each


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
