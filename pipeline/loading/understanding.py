"""What the values of a column are: numbers, categories, text, dates or flags; and what had to be mended for that."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.loading.digits import inexact
from pipeline.loading.numbers import narrowest, sentinel
from pipeline.loading.repairs import Repaired, repairs
from pipeline.loading.sheet import Row
from pipeline.loading.spellings import Words, identifier, spelt
from pipeline.loading.values import Found, Values, kind_of_words
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Notice, Option

MARKS = {"comma": ",", "point": "."}  # types that tell the decimal mark of one column
MANY = 3  # columns up to which each has its own notice


def understood(column: pl.Series, row: Row, choices: dict[str, Any], missing: tuple[str, ...], decimal: str) -> Found:
    """The column's kind and values, with a notice for everything that is not as it stands in the file."""
    name, column = column.name, column.alias("")
    chosen = str(choices.get(f"type:{name}", ""))
    if chosen == "text" and column.dtype.is_numeric():
        column = column.cast(pl.String)
    if chosen == "number" and column.dtype.is_integer() and inexact(column):
        column = column.cast(pl.Float64)
    values, notices = _understood(name, column, row, chosen, missing, MARKS.get(chosen, decimal))
    return (values, notices) if values.kind != "number" else _without_marks(values, notices, missing)


def _understood(name: str, column: pl.Series, row: Row, chosen: str, missing: tuple[str, ...], decimal: str) -> Found:
    if column.dtype == pl.Boolean:
        return Values(name, "flag", column), []
    if column.dtype.is_numeric():
        return _number(name, column, row)
    if column.dtype != pl.String:
        return Values(name, "date", column.cast(pl.String)), []
    cells = column.set((column.str.strip_chars() == "").fill_null(False), None)
    if chosen != "text" and cells.null_count() < len(cells):
        found = spelt(Words(name, cells, row, missing, decimal, chosen == "number"))
        if found is not None:
            return found
    return Values(name, kind_of_words(cells), column), []


def _number(name: str, column: pl.Series, row: Row) -> Found:
    """Numbers: whole ones that lose digits as floats look like identifiers, infinite ones are missing."""
    if column.dtype.is_integer():
        if not inexact(column):
            return Values(name, "number", narrowest(column)), []
        text = column.cast(pl.String)
        return Values(name, "text", text), [identifier(name, text)]
    if column.is_finite().all():
        return Values(name, "number", column), []
    infinite = column.is_infinite().fill_null(False).arg_true().to_list()
    finite = column.set(~column.is_finite().fill_null(True), None)
    return Values(name, "number", finite), repairs({name: Repaired(infinite=infinite)}, row)


def _without_marks(values: Values, notices: list[Notice], missing: tuple[str, ...]) -> Found:
    """Numbers that a person calls a mark for "missing" are missing; one that looks like such a mark is asked about."""
    series, name = values.series, values.name
    spelt = [mark for mark in missing if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", str(mark))]
    marks = [float(mark) for mark in spelt]
    marked = series.cast(pl.Float64).is_in(marks).fill_null(False) if marks else pl.Series([False])
    if marked.any():
        count, words = int(marked.sum()), ", ".join(f"“{mark:g}”" for mark in marks)
        values = replace(values, series=series.set(marked, None))
        told = f"{counted(count, 'cell')} of column {quoted(name)} with {words}: read as missing."
        option = Option("Read them as numbers", {"missing": [mark for mark in missing if mark not in spelt]})
        notices = [*notices, Notice("missing marks", told, count, (option,))]
    mark = sentinel(values.series)
    if mark is None:
        return values, notices
    count = int((values.series == mark).sum())
    told = f"{counted(count, 'cell')} of column {quoted(name)} with {mark}, far from all others: read as numbers."
    option = Option(f"{mark} means “missing”", {"missing": [*missing, str(mark)]})
    return values, [*notices, Notice("missing numbers", told, count, (option,), asks=True)]



def gathered(columns: list[Values], about: list[list[Notice]]) -> list[Notice]:
    """The notices about columns, ``about`` each; the same one about many columns is told once, with one answer for all."""
    same: dict[tuple[Any, ...], list[tuple[str, Notice]]] = {}
    for column, told in zip(columns, about, strict=True):
        for notice in told:
            alike = (notice.code, notice.asks, tuple(way.label for way in notice.options))
            same.setdefault(alike, []).append((column.name, notice))
    made = list[Notice]()
    for group in same.values():
        once = len(group) > MANY or (len(group) > 1 and group[0][1].code == "missing numbers")
        made += [_together(group)] if once else [notice for _, notice in group]
    return made


def _together(group: list[tuple[str, Notice]]) -> Notice:
    """One notice for all of a kind: the words of the first, the names of the others."""
    (_, first), others = group[0], [name for name, _ in group[1:]]
    words = f"{first.text} The same goes for {counted(len(others), 'other column')} ({listed(others)})."
    ways = []
    for place, way in enumerate(first.options):
        chosen: dict[str, Any] = {}
        for _, notice in group:
            chosen |= notice.options[place].choices
        ways.append(replace(way, choices=chosen))
    return replace(first, text=words, count=sum(notice.count for _, notice in group), options=tuple(ways))
