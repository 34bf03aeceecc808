"""Rows of a dataset by what a person types: their number, their label, or any of their words."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.results import Dataset, Role

WORDED: tuple[Role, ...] = ("id", "text", "hover", "group")  # roles of the columns that are looked through
AROUND = 24  # letters shown before what was found
LONGEST = 80  # letters shown of a text
MISSED, NAMED = -2, -1


@dataclass(frozen=True, eq=False)
class Found:
    """``rows`` (m,) int32, one asked for by its number first; ``places`` (m,): which of ``columns`` held the words.

    A place of −1 is the row's number or its label.
    """

    rows: np.ndarray
    places: np.ndarray
    columns: tuple[str, ...]


def find(dataset: Dataset, words: str) -> Found:
    """Rows whose number is the words, or whose label, id, text, hover or group holds them, in any case of letters."""
    columns = tuple(name for role in WORDED for name in dataset.named(role))
    wanted, count = words.strip().lower(), len(dataset.rows)
    places = np.full(count, MISSED, np.int32)
    if not wanted:
        return Found(np.empty(0, np.int32), np.empty(0, np.int32), columns)
    for place in range(len(columns) - 1, -1, -1):  # the first column that holds the words is told
        places[_holding(dataset.table[columns[place]], wanted)] = place
    places[_labelled(dataset, wanted)] = NAMED
    rows = np.flatnonzero(places > MISSED)
    number = re.fullmatch(r"(?:row\s*)?(\d{1,3}(?:,\d{3})+|\d{1,12})", wanted)
    asked = int(number[1].replace(",", "")) if number else count
    if asked < count:
        rows, places[asked] = np.concatenate([[asked], rows[rows != asked]]), NAMED
    return Found(rows.astype(np.int32), places[rows], columns)


def excerpt(text: str, words: str) -> str:
    """The part of a text that stands around the words, on one line."""
    at = max(text.lower().find(words.strip().lower()) - AROUND, 0)
    cut = " ".join(text[at : at + LONGEST].split())
    return ("…" if at else "") + cut + ("…" if at + LONGEST < len(text) else "")


def _holding(column: pl.Series, wanted: str) -> np.ndarray:
    held = column.cast(pl.String).str.to_lowercase().str.contains(wanted, literal=True)
    return np.asarray(held.fill_null(value=False).to_numpy(), bool)


def _labelled(dataset: Dataset, wanted: str) -> np.ndarray:
    target = dataset.target
    if target is None or target.kind != "class":
        return np.zeros(len(dataset.rows), bool)
    codes = [code for code, name in enumerate(target.names) if wanted in str(name).lower()]
    return np.isin(target.codes, codes)
