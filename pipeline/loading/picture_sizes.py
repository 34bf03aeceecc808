"""The one size that all pictures of a dataset are brought to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median_high
from typing import Any

from pipeline.loading.decoding import Header
from pipeline.loading.limits import Limits
from pipeline.loading.words import counted
from pipeline.results import Option, Problem

SIZES = (64, 32, 16)  # pixels of the longer side, the usual one first
USUAL = 0.1  # share of the pictures from which the most frequent size decides the shape of all
KEPT = ((5_000, 512), (20_000, 256), (100_000, 128))  # up to so many pictures, so many pixels of those shown


@dataclass(frozen=True)
class Plan:
    """``width``, ``height`` and ``colour`` of all pictures; ``kept``: the longer side of those shown.

    ``usual`` is the most frequent size of the files, ``fits`` the sizes of SIZES that could be chosen instead;
    ``drained`` says that a person took the colours away.
    """

    width: int
    height: int
    colour: bool
    kept: int
    usual: tuple[int, int]
    fits: tuple[int, ...]
    drained: bool


def planned(headers: list[Header], name: str, choices: dict[str, Any], limits: Limits) -> Plan:
    """The size for all, as large as the limit of cells allows unless a person chose one; raises Problem."""
    count = len(headers)
    coloured = not all(each.grey for each in headers)
    colour = coloured and choices.get("picture_colour") != "grey"
    usual = _usual(headers)
    shapes = {side: _shape(usual, side) for side in SIZES}

    def fits(side: int, colour: bool) -> bool:
        width, height = shapes[side]
        return count * width * height * (3 if colour else 1) <= limits.cells

    allowed = [side for side in SIZES if fits(side, colour)]
    side = _chosen(choices.get("picture_size")) or (allowed[0] if allowed else SIZES[-1])
    if side not in allowed:
        raise _too_many(name, count, shapes[side], colour, limits, [(each, colour) for each in allowed], fits)
    different = tuple(each for each in allowed if shapes[each] != shapes[side])
    kept = next(pixels for most, pixels in KEPT if count <= most)
    return Plan(*shapes[side], colour, kept, usual, different, coloured and not colour)


def _chosen(size: Any) -> int:
    if size is None:
        return 0
    if size not in SIZES:
        raise Problem(f"Pictures can be read at {', '.join(map(str, SIZES))} pixels; {size} is none of these.")
    return int(size)


def _usual(headers: list[Header]) -> tuple[int, int]:
    """The most frequent size; a square of the middle size when hardly any two pictures are alike."""
    sizes = Counter((each.width, each.height) for each in headers)
    usual, count = max(sizes.items(), key=lambda item: (item[1], item[0]))
    if count >= USUAL * len(headers):
        return usual
    longer = median_high(max(each.width, each.height) for each in headers)
    return longer, longer


def _shape(usual: tuple[int, int], side: int) -> tuple[int, int]:
    """A size with ``side`` pixels at most on its longer side; small pictures are not blown up."""
    scale = min(1.0, side / max(usual))
    return max(1, round(usual[0] * scale)), max(1, round(usual[1] * scale))


def _too_many(
    name: str, count: int, shape: tuple[int, int], colour: bool, limits: Limits, ways: list[tuple[int, bool]], fits: Any
) -> Problem:
    """More values than are read, with the sizes that would do."""
    ways = ways or [(side, False) for side in SIZES if colour and fits(side, False)][:1]
    options = tuple(
        Option(f"Read them at {side} pixels" + ("" if also == colour else " in grey"),
               {"picture_size": side} | ({} if also == colour else {"picture_colour": "grey"}))
        for side, also in ways
    )  # fmt: skip
    values = count * shape[0] * shape[1] * (3 if colour else 1)
    look = "in colour" if colour else "in grey"
    return Problem(
        f"{name} has {counted(count, 'picture')}, which at {shape[0]} × {shape[1]} pixels {look} are {values:,} values; at most "
        f"{limits.cells:,} are read. " + ("Read them smaller." if options else "Take a part of them."), options,
    )  # fmt: skip
