"""Rows of a dataset by what a person types: their number, their label, or any of their words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.exporting import labels
from pipeline.results import Dataset, Role, Target

WORDED: tuple[Role, ...] = ("id", "text", "hover", "group")  # roles of the columns that are looked through
AROUND = 24  # letters shown before what was found
LONGEST = 80  # letters shown of a text
MISSED, NAMED = -2, -1
INSIDE, START, WHOLE = 1, 2, 3  # where in a name the words stand; the later, the better


@dataclass(frozen=True, eq=False)
class Found:
    """``rows`` (m,) int32, one asked for by its number first; ``places`` (m,): which of ``columns`` held the words.

    A place of −1 is the row's number or its label.
    """

    rows: np.ndarray
    places: np.ndarray
    columns: tuple[str, ...]


def find(dataset: Dataset, words: str) -> Found:
    """Rows whose number is the words, or whose label, id, text, hover or group holds them, in any case of letters.

    First what is the words, then what begins with them, then what holds them; in each the order of the file.
    """
    columns = tuple(name for role in WORDED for name in dataset.named(role))
    wanted, count = words.strip().lower(), len(dataset.rows)
    places, ranks = np.full(count, MISSED, np.int32), np.zeros(count, np.int8)
    if not wanted:
        return Found(np.empty(0, np.int32), np.empty(0, np.int32), columns)
    for place in range(len(columns) - 1, NAMED - 1, -1):  # the first column that holds the words is told, and a label before all
        held = _holding(dataset.column(columns[place]), wanted) if place > NAMED else _labelled(dataset, wanted)
        places[held > 0] = place
        ranks = np.maximum(ranks, held)
    rows = np.flatnonzero(places > MISSED)
    rows = rows[np.argsort(-ranks[rows], kind="stable")]
    number = re.fullmatch(r"(?:row\s*)?(\d{1,3}(?:,\d{3})+|\d{1,12})", wanted)
    asked = int(number[1].replace(",", "")) if number else count
    if asked < count:
        rows, places[asked] = np.concatenate([[asked], rows[rows != asked]]), NAMED
    return Found(rows.astype(np.int32), places[rows], columns)


def names(dataset: Dataset) -> Found:
    """Every row that has a name, in the order of the file; none when no column names the rows."""
    column = naming(dataset)
    rows = np.flatnonzero(dataset.column(column).is_not_null().to_numpy()) if column else np.empty(0, np.int32)
    return Found(rows.astype(np.int32), np.zeros(len(rows), np.int32), (column,) if column else ())


def naming(dataset: Dataset) -> str:
    """The column that names the rows: one of words before one of numbers, an id before a text, a text before what is shown."""
    kinds = {column.name: column.kind for column in dataset.columns}
    ids, texts = dataset.named("id"), dataset.named("text")
    shown = [name for name in dataset.named("hover") if kinds[name] == "text"]
    worded = [name for name in ids if kinds[name] != "number"]
    return next(iter([*worded, *texts, *shown, *ids]), "")


def written(dataset: Dataset, target: Target, rows: slice = slice(None)) -> pl.Series:
    """The numbers that rows are labelled with: as the file has them where they are one of its columns."""
    if target.name in dataset.named("target"):
        return dataset.column(target.name)[rows]
    return labels(replace(target, values=target.values[rows]))


def excerpt(text: str, words: str) -> str:
    """The part of a text that stands around the words, on one line."""
    at = max(text.lower().find(words.strip().lower()) - AROUND, 0)
    cut = " ".join(text[at : at + LONGEST].split())
    return ("…" if at else "") + cut + ("…" if at + LONGEST < len(text) else "")


def _holding(column: pl.Series, wanted: str) -> np.ndarray:
    """How well each value holds the words: 0, ``INSIDE``, ``START`` or ``WHOLE``, (n,) int8."""
    lower = column.cast(pl.String).str.to_lowercase().fill_null("")
    held = lower.str.contains(wanted, literal=True).to_numpy().astype(np.int8)
    return np.asarray(held + lower.str.starts_with(wanted).to_numpy() + (lower == wanted).to_numpy())


def _labelled(dataset: Dataset, wanted: str) -> np.ndarray:
    """The same of labels; a number is looked for as it is written."""
    target = dataset.target
    if target is None:
        return np.zeros(len(dataset.rows), np.int8)
    if target.kind == "number":
        return _holding(written(dataset, target), wanted)
    held = _holding(pl.Series([*target.names, ""], dtype=pl.String), wanted)
    return np.asarray(held[target.codes])
