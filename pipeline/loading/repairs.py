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
    """Of a column of numbers: the words for "missing" with their counts, and the indices of rows with infinite numbers."""

    tokens: Counter[str] = field(default_factory=Counter)
    infinite: list[int] = field(default_factory=list)


def repairs(repaired: dict[str, Repaired], row: Row) -> list[Notice]:
    """A notice for all columns with words for "missing", and one for all with infinite numbers."""
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
