"""How good groups are: apart in the data, and beside the labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm
from pipeline.nearest import Points
from pipeline.quality.groups import silhouette
from pipeline.quality.settings import SEED
from pipeline.results import Clusters, Dataset, Features, Scores, silent

ROWS = 5000  # rows whose silhouettes are computed
LABELS = 200  # classes of which a table is made


def agreement(dataset: Dataset, clusters: Clusters, original: Features, *, seed: int, report: Any = silent) -> Scores:
    """Silhouette of the groups in the original space, and what they share with the labels.

    ``details``: ``silhouette`` in [-1, 1] on at most 5,000 ``rows`` that are no noise (absent with fewer than
    two groups); with classes ``ari`` and ``ami`` (1 for equal, about 0 for chance; noise counts as a group, rows
    without a label are left out) and ``table``, the rows of each class (a line each) in noise and in each group.
    """
    details: dict[str, Any] = {}
    report(0.0, "Measuring how far the groups are apart")
    details |= _apart(original.values, clusters.labels, seed)
    target = dataset.target
    if target is not None and target.kind == "class":
        report(0.6, "Comparing the groups with the labels")
        details |= _alike(target.codes, clusters.labels, len(target.names))
    return Scores(details)


def _apart(values: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, Any]:
    from sklearn.metrics import euclidean_distances
    from threadpoolctl import threadpool_limits

    grouped = np.flatnonzero(labels >= 0)
    rows = np.sort(np.random.default_rng(seed).permutation(grouped)[:ROWS])
    codes = np.unique(labels[rows], return_inverse=True)[1]
    if codes.max(initial=0) < 1:
        return {"rows": len(rows)}
    with threadpool_limits(1):
        far = euclidean_distances(Points.of(values[rows]).values)
    return {"silhouette": silhouette(far, codes), "rows": len(rows)}


def _alike(codes: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, Any]:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    known = codes >= 0
    if not known.any():
        return {}
    named, found = codes[known], labels[known]
    scores = {
        "ari": float(adjusted_rand_score(named, found)),
        "ami": float(adjusted_mutual_info_score(named, found)),
        "labelled": int(known.sum()),
    }
    if classes > LABELS:
        return scores
    groups = int(labels.max(initial=-1)) + 2  # the first column is noise
    counts = np.bincount(named * groups + found + 1, minlength=classes * groups).reshape(classes, groups)
    return scores | {"table": counts.tolist()}


AGREEMENT = Algorithm(
    "agreement", "Groups beside data and labels", agreement, (SEED,), ("dataset", "clusters", "original"),
    whole_table=True,
    memory=lambda n, d: 12.0 * n * d + 12.0 * min(n, ROWS) ** 2,
    paper=(
        "Rousseeuw: Silhouettes, 1987; Hubert, Arabie: Comparing partitions, 1985; "
        "Vinh, Epps, Bailey: Information theoretic measures for clusterings comparison, 2010"
    ),
    explain=(
        "The silhouette compares how near each sample is to its own group with how near to the next one, in the data itself. "
        "It is 1 for tight groups far apart and about 0 where groups touch. "
        "With labels, the adjusted Rand index and the adjusted mutual information say how alike groups and classes are. "
        "Both are 1 when they are the same and about 0 when they agree by chance. "
        "A low agreement is no fault: the data may hold other groups than the labels name."
    ),
)  # fmt: skip
