"""What every kind of file is read into, before anything is decided about its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.headings import DATA
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Notice, Option, Problem

Row = Callable[[int], str]  # index of a row → the row as it is counted in the file, in words: row 4


def counted_from(first: int) -> Row:
    """The words for rows whose first is this one in the file."""
    return lambda index: f"row {index + first:,}"


@dataclass
class Sheet:
    """A table as it was read: number columns hold numbers, all others text as it stands in the file.

    ``heading`` says whether the file names its columns, ``unnamed`` which of them it leaves empty;
    ``row(i)`` names the row with index i as it is counted in the file. ``labels`` and ``picture`` are set
    by files that tell them (.npz, arrays with more than two dimensions). ``nul`` is False when there are no NUL characters.
    """

    frame: pl.DataFrame
    heading: bool = True
    unnamed: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    row: Row = field(default_factory=lambda: counted_from(2))
    labels: np.ndarray | pl.Series | None = None
    picture: tuple[int, ...] = ()
    decimal: str = "."
    nul: bool = True


def without_nameless(sheet: Sheet) -> list[Notice]:
    """Take away columns with neither name nor values, such as a separator behind every row makes; the word on all nameless."""
    names = [name for name in sheet.frame.columns if name in sheet.unnamed]
    empty = [name for name in names if _blank(sheet.frame[name].alias(""))]
    told, first = [], sheet.frame.columns[0]
    if empty and len(empty) < sheet.frame.width:
        sheet.frame = sheet.frame.drop(empty)
        words = f"{counted(len(empty), 'column')} with neither name nor values left out."
        told.append(Notice("blank columns", words, len(empty)))
    others = [name for name in sheet.frame.columns if name in sheet.unnamed and name != first]
    if others:
        words = f"{counted(len(others), 'column')} without a name: called {listed(others)}."
        told.append(Notice("unnamed columns", words, len(others), (DATA,) if sheet.heading else ()))
    return told


def without_nul(sheet: Sheet, name: str, choices: dict[str, Any]) -> list[Notice]:
    """Leave out NUL characters in cells when a person wants that, told with their number; else raise Problem for the first."""
    count = 0
    for column in sheet.frame.iter_columns() if sheet.nul else ():
        cells = column.alias("")
        found = cells.str.contains("\0", literal=True).arg_true() if column.dtype == pl.String else None
        if found is None or not len(found):
            continue
        if choices.get("nul") != "leave out":
            raise Problem(
                f"{name} has a NUL character in {sheet.row(int(found[0]))}, column {quoted(column.name)} "
                f"({quoted(column[int(found[0])])}). Save the file anew as CSV UTF-8, or leave such characters out.",
                (Option("Leave NUL characters out", {"nul": "leave out"}),),
            )
        count += len(found)
        sheet.frame = sheet.frame.with_columns(cells.str.replace_all("\0", "", literal=True).alias(column.name))
    return [Notice("nul", f"{counted(count, 'cell')} with NUL characters: they are left out.", count)] if count else []


def _blank(column: pl.Series) -> bool:
    if column.dtype == pl.String:
        return bool((column.fill_null("").str.strip_chars() == "").all())
    return column.null_count() == len(column)
