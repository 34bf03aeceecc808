"""One measurement in a process of its own: ``python -m benchmarks.one digits 1797 t-SNE`` prints JSON."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

import numpy as np

from benchmarks.methods import METHODS
from benchmarks.samples import sample
from pipeline.projection import descent
from pipeline.quality.kept import preservation
from pipeline.results import Features, Map

WARM = 200  # rows of a first run that is not measured: it imports and compiles, as the app's workers did before


def measure(data: str, n: int, method: str) -> dict[str, Any]:
    """Seconds of each stage, peak memory in MB, and how good the map or the groups are."""
    dataset, classes = sample(data, n)
    descent.warm()
    METHODS[method](sample("digits", WARM)[0])
    made, seconds = METHODS[method](dataset)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit  # before the scores below need any
    quality = _map(dataset.rows, made, classes) if made.ndim == 2 else _groups(made, classes)
    return {"data": data, "rows": n, "method": method, "seconds": seconds, "megabytes": memory, **quality}


def _map(rows: np.ndarray, positions: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    """Share of the 15 nearest neighbours kept, and leave-one-out accuracy of the 5 nearest on the map."""
    from sklearn.neighbors import NearestNeighbors

    values = np.asarray(rows, np.float32)
    kept = preservation(Features(values, ()), Map(np.asarray(positions, np.float32)), seed=0, threads=1)
    near = NearestNeighbors(n_neighbors=5).fit(positions).kneighbors(return_distance=False)
    votes = np.apply_along_axis(np.bincount, 1, classes[near], minlength=int(classes.max()) + 1)
    return {"kept": kept.details["preserved"], "accuracy": float((votes.argmax(axis=1) == classes).mean())}


def _groups(labels: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    """How well the groups agree with the classes: adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    return {"rand": float(adjusted_rand_score(classes, labels))}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
