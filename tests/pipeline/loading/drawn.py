"""Pictures drawn for the tests, and zips of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline import loading
from pipeline.results import Dataset


def pixels(width: int = 24, height: int = 20, seed: int = 0, colour: bool = True) -> np.ndarray:
    """A smooth random picture."""
    chance = np.random.default_rng(seed)
    small = Image.fromarray(chance.integers(0, 256, (4, 4, 3) if colour else (4, 4), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def saved(picture: np.ndarray | Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    """The bytes of a picture file."""
    made = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(made, kind, **how)
    return made.getvalue()


def some(count: int = 6, folders: tuple[str, ...] = ("cats", "dogs"), kind: str = "PNG", **shape: Any) -> dict[str, bytes]:
    """Different pictures by their paths, spread over folders."""
    return {f"{folders[i % len(folders)]}/{i}.{kind.lower()}": saved(pixels(seed=i + 1, **shape), kind) for i in range(count)}


def zipped(file: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def unpacked(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder of these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def load(file: Path, limits: loading.Limits | None = None, **choices: Any) -> Dataset:
    """The dataset of a zip or a folder."""
    return loading.load(file, file.name, choices=choices, root="test", limits=limits or loading.Limits())


def told(dataset: Dataset) -> dict[str, Any]:
    """Notices by their codes."""
    return {notice.code: notice for notice in dataset.notices}


def shown(dataset: Dataset, row: int) -> Image.Image:
    """The picture that a person sees of a row."""
    return Image.open(io.BytesIO(dataset.originals["bytes"][row]))
