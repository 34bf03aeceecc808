"""What was read as missing among numbers, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from pipeline.loading.sheet import Row
from pipeline.loading.words import counted, listed, numbered, quoted
from pipeline.results import Notice, Option


@dataclass
class Repaired:
    """Of a column of numbers: the words for "missing" with their counts, and the indices of rows with infinite numbers.

    ``rounded`` counts the numbers that were written with more digits than a number holds, like ``example``.
    """

    tokens: Counter[str] = field(default_factory=Counter)
    infinite: list[int] = field(default_factory=list)
    rounded: int = 0
    example: str = ""

    def add(self, other: Repaired, rows: int) -> None:
        """Take in what was read as missing in the next part of the column, which has so many rows above it."""
        self.tokens.update(other.tokens)
        self.infinite += [rows + place for place in other.infinite]
        self.rounded, self.example = self.rounded + other.rounded, self.example or other.example


def repairs(repaired: dict[str, Repaired], row: Row) -> list[Notice]:
    """A notice for all columns with words for "missing", one for all with infinite numbers, one for all rounded ones."""
    told = []
    tokens = sum((each.tokens for each in repaired.values()), Counter[str]())
    if tokens:
        words = ", ".join(f"{quoted(word)} ({count:,})" for word, count in tokens.most_common(4))
        columns = [name for name, each in repaired.items() if each.tokens]
        words = f"{words} among the numbers of {_columns(columns)} {'means' if len(tokens) == 1 else 'mean'} “missing”."
        told.append(Notice("missing marks", words, tokens.total(), _texts(columns)))
    endless = {name: each.infinite for name, each in repaired.items() if each.infinite}
    if endless:
        told.append(_infinite(endless, row))
    long = {name: each for name, each in repaired.items() if each.rounded}
    if long:
        count, example = sum(each.rounded for each in long.values()), next(iter(long.values())).example
        what = f"{counted(count, 'number')} in {_columns(list(long))}"
        words = f"{what} with more digits than numbers hold ({quoted(example)}): rounded."
        told.append(Notice("rounded", words, count, _texts(long)))
    return told


def _infinite(endless: dict[str, list[int]], row: Row) -> Notice:
    count, places = sum(map(len, endless.values())), sorted({place for places in endless.values() for place in places})
    rows = numbered([row(place) for place in places[:4]])
    words = f"{counted(count, 'infinite value')} in {_columns(list(endless))}, {rows}: read as missing."
    return Notice("infinite", words, count, _texts(endless))


def _texts(columns: Collection[str]) -> tuple[Option, ...]:
    """The way back to the cells as they stand in the file."""
    return (Option("Read as text", {f"type:{name}": "text" for name in columns}),)


def _columns(names: list[str]) -> str:
    return f"column {quoted(names[0])}" if len(names) == 1 else f"{counted(len(names), 'column')} ({listed(names)})"
