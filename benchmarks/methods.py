"""What is compared: every stage of ours, and the peers as they come."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pipeline import stages
from pipeline.results import Dataset
from pipeline.store import Store

COMPONENTS = 50  # both sides start from the same so many principal components
GROUPS = 10
Made = tuple[np.ndarray, dict[str, float]]  # positions (n, 2) or labels (n,), and seconds of every stage


def ours(stage: str, name: str, settings: dict[str, Any]) -> Callable[[Dataset], Made]:
    """A run through the pipeline, as the app does it."""

    def run(dataset: Dataset) -> Made:
        seconds: Counter[str] = Counter()

        def left(ended: str, taken: float, key: str) -> None:
            seconds[ended] += taken

        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            key = "0" * 40
            store.put(key, dataset, owner="everyone", recipe=[])
            features = {"algorithm": "as_is", "settings": {"pca": COMPONENTS}}
            recipe = {"dataset": key, "embedding": features, stage: {"algorithm": name, "settings": settings}}
            work = stages.Work(store, left=left, threads=psutil.cpu_count() or 1)
            result = store.get(stages.run(work, recipe, stage))
            return np.array(getattr(result, "positions" if stage == "projection" else "labels")), dict(seconds)

    return run


def peer(fit: Callable[[np.ndarray], np.ndarray], stage: str = "projection") -> Callable[[Dataset], Made]:
    """A library's own defaults on scikit-learn's principal components."""

    def run(dataset: Dataset) -> Made:
        started = time.perf_counter()
        values = _components(dataset.rows, COMPONENTS)
        reduced = time.perf_counter()
        made = fit(values)
        return np.asarray(made), {"embedding": reduced - started, stage: time.perf_counter() - reduced}

    return run


def _components(rows: np.ndarray, m: int) -> np.ndarray:
    from sklearn.decomposition import PCA

    return PCA(min(m, *rows.shape), random_state=0).fit_transform(rows.astype(np.float32))


def _pca(values: np.ndarray) -> np.ndarray:
    from sklearn.decomposition import PCA

    return PCA(2).fit_transform(values)


def _tsne(values: np.ndarray) -> np.ndarray:
    from openTSNE import TSNE

    return TSNE().fit(values)


def _tsne_of_sklearn(values: np.ndarray) -> np.ndarray:
    from sklearn.manifold import TSNE

    return TSNE().fit_transform(values)


def _umap(values: np.ndarray) -> np.ndarray:
    from umap import UMAP

    return UMAP().fit_transform(values)


def _kmeans(values: np.ndarray) -> np.ndarray:
    from sklearn.cluster import KMeans

    return KMeans(GROUPS).fit_predict(values)


METHODS: dict[str, Callable[[Dataset], Made]] = {
    "PCA": ours("projection", "pca", {}),
    "PCA, scikit-learn": peer(_pca),
    "t-SNE": ours("projection", "tsne", {}),
    "t-SNE, fast similarities": ours("projection", "tsne", {"similarities": "fast"}),
    "t-SNE, openTSNE": peer(_tsne),
    "t-SNE, scikit-learn": peer(_tsne_of_sklearn),
    "UMAP": ours("projection", "umap", {}),
    "UMAP, umap-learn": peer(_umap),
    "k-means": ours("clustering", "kmeans", {"n_clusters": GROUPS}),
    "k-means, scikit-learn": peer(_kmeans, "clustering"),
}
