"""Small datasets, and a store to run them in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import stages
from pipeline.results import Column, Dataset
from pipeline.store import Store, digest

OWNER = "tests"


def dataset(rows: np.ndarray, kind: str = "numeric", picture: tuple[int, ...] = ()) -> Dataset:
    """A dataset of these feature rows, with two more columns x and y that hold positions."""
    table = pl.DataFrame(
        {f"c{i}": rows[:, i] for i in range(rows.shape[1])}
        | {"x": np.arange(len(rows)) * 0.5, "y": np.arange(len(rows)) ** 2.0}
    )
    columns = [Column(f"c{i}", "feature", "number") for i in range(rows.shape[1])]
    columns += [Column("x", "position", "number"), Column("y", "position", "number")]
    key = digest("rows", np.ascontiguousarray(rows).tobytes(), str(rows.dtype))
    return Dataset("tiny", kind, rows, tuple(columns), table, key, picture=picture)


def groups(n: int = 60, d: int = 5, seed: int = 0) -> np.ndarray:
    """Rows (n, d) float32 of three round groups, shuffled."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 6, (3, d))
    return (centres[rng.integers(0, 3, n)] + rng.normal(0, 1, (n, d))).astype(np.float32)


def kinds() -> dict[str, Dataset]:
    """One tiny dataset of each kind: a table, and pictures as bytes."""
    pictures = np.random.default_rng(1).integers(0, 256, (40, 12)).astype(np.uint8)
    return {"table": dataset(groups()), "pictures": dataset(pictures, "image", (3, 4))}


def stored(folder: Path, data: Dataset, name: str = "data") -> tuple[Store, str]:
    """A store that holds the dataset, and its key."""
    store, key = Store(folder / "store"), digest("dataset", name)
    store.put(key, data, owner=OWNER, recipe=[{"stage": "dataset", "name": data.name}])
    return store, key


def recipe(key: str, **steps: Any) -> dict[str, Any]:
    """A recipe for every stage: as they are, PCA, k-means; steps are ``stage=(algorithm, settings)``."""
    usual = {
        "embedding": ("as_is", {}),
        "neighbors": ("exact", {}),
        "projection": ("pca", {}),
        "clustering": ("kmeans", {"n_clusters": 3}),
        "quality": ("preservation", {}),
    }
    made = {stage: {"algorithm": name, "settings": settings} for stage, (name, settings) in (usual | steps).items()}
    return {"dataset": key, **made}


def made(folder: Path, data: Dataset, stage: str, name: str, settings: dict[str, Any] | None = None, **work: Any) -> Any:
    """The result of one algorithm on a dataset, run as the app runs it, in a store of its own."""
    store, key = stored(folder, data)
    return store.get(stages.run(stages.Work(store, **work), recipe(key, **{stage: (name, settings or {})}), stage))
