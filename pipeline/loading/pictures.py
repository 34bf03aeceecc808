"""Recognises flattened pictures among tables of numbers."""

from __future__ import annotations

import re

from pipeline.loading.digits import extent
from pipeline.loading.values import Values
from pipeline.results import Notice, Option

SHAPES: dict[int, tuple[int, ...]] = {64: (8, 8), 784: (28, 28), 1024: (32, 32), 3072: (32, 32, 3)}
PIXEL = re.compile(r"(pixel|px|p|pix|pixels?)[ _.]?\d+([ _.x]\d+)*|\d+x\d+|column \d+|\d+", re.I)


def recognised(features: list[Values], choice: object) -> tuple[tuple[int, ...], list[Notice]]:
    """Shape of the pictures that the feature columns are, or () when they are none."""
    shape = SHAPES.get(len(features))
    if choice is False:
        return (), []
    if isinstance(choice, list | tuple):
        return (tuple(int(side) for side in choice), []) if _product(choice) == len(features) else ((), [])
    if shape is None or not all(PIXEL.fullmatch(column.name) for column in features) or not _pixel_values(features, shape):
        return (), []
    words = f"Every row is a picture of {' × '.join(str(side) for side in shape)} pixels."
    return shape, [Notice("pictures", words, len(features), (Option("These are plain numbers", {"picture": False}),))]


def _pixel_values(features: list[Values], shape: tuple[int, ...]) -> bool:
    """Whether all values lie between 0 and 1, or are whole numbers from 0 to 16 (8 × 8) or to 255."""
    series = [column.series for column in features]
    if any(column.kind != "number" or column.series.null_count() for column in features):
        return False
    lows, highs = zip(*(extent(column) for column in series), strict=True)
    low, high = min(lows), max(highs)
    whole = all(column.dtype.is_integer() or bool((column.floor() == column).all()) for column in series)
    if low < 0 or high <= 0:
        return False
    return high <= 1 or (whole and high <= (16 if shape == (8, 8) else 255))


def _product(sides: list[int] | tuple[int, ...]) -> int:
    total = 1
    for side in sides:
        total *= int(side)
    return total
