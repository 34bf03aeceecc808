"""What every kind of file is read into, before anything is decided about its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipeline.loading.headings import DATA
from pipeline.loading.words import counted, listed
from pipeline.results import Notice

Row = Callable[[int], str]  # index of a row → the row as it is counted in the file, in words: row 4


def counted_from(first: int) -> Row:
    """The words for rows whose first is this one in the file."""
    return lambda index: f"row {index + first:,}"


@dataclass
class Sheet:
    """A table as it was read: number columns hold numbers, all others text as it stands in the file.

    ``heading`` says whether the file names its columns, ``unnamed`` which of them it leaves empty;
    ``row(i)`` names the row with index i as it is counted in the file. ``labels`` and ``picture`` are set
    by files that tell them (.npz, arrays with more than two dimensions).
    """

    frame: pl.DataFrame
    heading: bool = True
    unnamed: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    row: Row = field(default_factory=lambda: counted_from(2))
    labels: np.ndarray | pl.Series | None = None
    picture: tuple[int, ...] = ()
    decimal: str = "."


def without_nameless(sheet: Sheet) -> list[Notice]:
    """Take away columns with neither name nor values, such as a separator behind every row makes; the word on all nameless."""
    names = [name for name in sheet.frame.columns if name in sheet.unnamed]
    empty = [name for name in names if _blank(sheet.frame[name])]
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


def _blank(column: pl.Series) -> bool:
    if column.dtype == pl.String:
        return bool((column.fill_null("").str.strip_chars() == "").all())
    return column.null_count() == len(column)
