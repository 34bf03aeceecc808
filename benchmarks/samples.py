"""The data that is measured on: digits and MNIST, with their classes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from pipeline.results import Column, Dataset
from pipeline.samples.downloaded import DOWNLOADED, idx, load
from pipeline.store import digest
from tests.data import DATA

TRAIN = DOWNLOADED["mnist"]
TEST = dataclasses.replace(
    TRAIN,
    files={
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)


def sample(name: str, n: int) -> tuple[Dataset, np.ndarray]:
    """The first n rows of a shuffled data set, and their classes (n,)."""
    import polars as pl

    rows, classes = _digits() if name == "digits" else _mnist()
    chosen = np.random.default_rng(0).permutation(len(rows))[:n]
    rows = np.ascontiguousarray(rows[chosen])
    columns = tuple(Column(str(pixel), "feature", "number") for pixel in range(rows.shape[1]))
    side = int(rows.shape[1] ** 0.5)
    key = digest("rows", name, n)
    return Dataset(name, "image", rows, columns, pl.DataFrame(), key, picture=(side, side)), classes[chosen]


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.data.astype(np.uint8), found.target


def _mnist() -> tuple[np.ndarray, np.ndarray]:
    """All 70,000 pictures, from the tests' data or downloaded."""
    import pooch

    cache = Path(pooch.os_cache("cluster-explorer")) / "downloads"
    parts = []
    for part in (TRAIN, TEST):
        files = [DATA / "mnist" / name for name in part.files]
        parts.append(idx(files) if all(file.exists() for file in files) else load(part, None, cache, lambda sentence: None))
    return np.concatenate([pictures for pictures, _ in parts]), np.concatenate([classes for _, classes in parts])
