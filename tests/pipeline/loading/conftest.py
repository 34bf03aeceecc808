"""Shorthands for loading what a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import loading
from pipeline.results import Dataset

Load = Callable[..., Dataset]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Load text or bytes as a file, or a file as it is; further words are choices."""

    def load(
        content: str | bytes | Path, name: str = "table.csv", limits: loading.Limits | None = None, **choices: object
    ) -> Dataset:
        file = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str | bytes):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return loading.load(file, file.name, choices=choices, root="test", limits=limits or loading.Limits())

    return load


@pytest.fixture
def labelled(tmp_path: Path) -> Load:
    """Add the labels of a file that is written for it."""

    def label(dataset: Dataset, content: str | bytes | Path, name: str = "labels.csv", **choices: object) -> Dataset:
        file = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str | bytes):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return loading.with_labels(dataset, file, file.name, choices=choices, limits=loading.Limits())

    return label
