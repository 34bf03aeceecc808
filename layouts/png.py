"""Small pictures: rows of numbers as PNG, one by one or many on a sheet."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import lru_cache
from typing import Any

import numpy as np

from pipeline.results import Dataset

SHEET = 16_000_000  # bytes of pixels on a sheet, before they are compressed
PART = 4096  # pictures scaled at once
KINDS = {1: 0, 3: 2, 4: 6}  # channels -> colour type of PNG


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of pixels (height, width) or (height, width, 1, 3 or 4) uint8."""
    height, width = pixels.shape[:2]
    kind = KINDS[pixels.shape[2] if pixels.ndim == 3 else 1]
    lines = np.zeros((height, 1 + pixels[0].size), np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pixels(dataset: Dataset, values: np.ndarray) -> np.ndarray:
    """Rows of values (m, d) as pictures (m, height, width[, channels]) uint8, on the scale of the whole dataset."""
    low, high = _extent(dataset)
    scaled = np.clip((np.asarray(values, np.float32) - low) * (255 / max(high - low, 1e-12)), 0, 255)
    shaped: np.ndarray = scaled.round().astype(np.uint8).reshape(len(values), *dataset.picture)
    return shaped


def sheet(dataset: Dataset, rows: np.ndarray) -> dict[str, Any]:
    """Pictures of these rows beside and below each other, as one PNG in an address.

    ``columns`` stand in each of its ``lines``, each ``tile`` pixels wide and high: where there are too many,
    every second or every k-th pixel is taken.
    """
    channels = dataset.picture[2:]
    step = int(np.ceil(np.sqrt(max(len(rows) * int(np.prod(dataset.picture)) / SHEET, 1))))
    parts = (rows[at : at + PART] for at in range(0, len(rows), PART))
    tiles = np.concatenate([pixels(dataset, dataset.rows[part])[:, ::step, ::step] for part in parts])
    high, wide = tiles.shape[1:3]
    columns = int(np.ceil(np.sqrt(len(rows))))
    lines = -(-len(rows) // columns)
    whole = np.zeros((lines * columns, *tiles.shape[1:]), np.uint8)
    whole[: len(rows)] = tiles
    laid = whole.reshape(lines, columns, high, wide, *channels).swapaxes(1, 2).reshape(lines * high, columns * wide, *channels)
    address = "data:image/png;base64," + base64.b64encode(png(laid)).decode()
    return {"address": address, "columns": columns, "lines": lines, "tile": [wide, high]}


@lru_cache(maxsize=8)
def _extent(dataset: Dataset) -> tuple[float, float]:
    """Lowest (at most 0) and highest value of a dataset."""
    return min(0.0, float(dataset.rows.min())), float(dataset.rows.max())
