"""Recognises the columns that say which row it is: row numbers, identifiers, the words of an embedding."""

from __future__ import annotations

import re

import polars as pl

from pipeline.loading.digits import extent
from pipeline.loading.headings import serial
from pipeline.loading.roles import Roles, numeric
from pipeline.loading.values import Values

INDEX = re.compile(
    r"unnamed: ?[0-9]+( \([0-9]+\))?(\.[0-9]+)?|__index_level_[0-9]+__|index|level_0|rows?|row_?(names?|number)|nr|no\.?|#", re.I
)
NAMED = re.compile(r"(?i:(id|uuid|guid|key|name|word|token)|.*[ _.-]id|id[ _.-].*)|.*[a-z](Id|ID)")
MOSTLY = 0.9  # share of different values from which a column can identify rows
SEQUENCE = 5  # rows from which 1, 2, 3, … under an ordinary name is no chance
WIDE = 20  # numbers behind a word from which they are an embedding


def words_of_embedding(roles: Roles) -> None:
    """A word or an identifier first, then many fractions: numbers made by a language model."""
    first, rest = roles.columns[0], roles.columns[1:]
    if len(rest) < WIDE or first.kind not in ("text", "category") or first.name in roles.chosen:
        return
    if not all(column.kind == "number" and column.series.dtype.is_float() for column in rest):
        return
    names = [column.name for column in roles.columns]
    negative = sum(1 for column in rest if extent(column.series)[0] < 0) > len(rest) / 2
    if _different(first) and negative and (serial(names) or serial(names[1:]) or not roles.heading):
        roles.details["embedding"] = True
        why = f"names the rows; the {len(rest):,} numbers behind it are an embedding and keep their scale"
        roles.give(first, "id", "embedding", why, others=("hover", "target"))


def row_numbers(roles: Roles) -> None:
    """Columns that only count the rows: a row number must never become a feature."""
    varying = [column for column in roles.open() if _varies(column)]
    for place, column in enumerate(roles.columns):
        if column.name in roles.roles or not any(other is not column and other.name not in roles.roles for other in varying):
            continue  # without it there would be nothing to make a map from
        named = column.unnamed or bool(INDEX.fullmatch(column.name))
        certain = named or (place == 0 and bool(NAMED.fullmatch(column.name)))
        if counts_rows(column) and (certain or len(column.series) >= SEQUENCE):
            roles.give(column, "id", "row number", "only counts the rows and is left out of the features", asks=not certain)
        elif place == 0 and len(column.series) >= SEQUENCE and _unit_steps(column):
            why = "goes up or down by one in every row and is left out of the features"
            roles.give(column, "id", "row number", why, asks=True)
        elif named and (place == 0 or not column.unnamed) and _names_rows(column):
            name = "has no name" if column.unnamed else "is named like a row number"
            why = f"{name} and has a different value in every row; it names the rows"
            roles.give(column, "id", "row names", why, others=("feature", "hover"))


def _varies(column: Values) -> bool:
    """Whether there are different numbers."""
    if not numeric(column) or column.series.null_count() == len(column.series):
        return False
    low, high = extent(column.series)
    return bool(low != high)


def _names_rows(column: Values) -> bool:
    """Whether the values are words or whole numbers, a different one in every row."""
    series = column.series
    whole = series.dtype.is_integer() or column.kind in ("text", "category")
    return bool(whole and not series.null_count() and series.n_unique() == len(series))


def _unit_steps(column: Values) -> bool:
    """Whether whole numbers go up, or down, by one from each row to the next."""
    if not column.series.dtype.is_integer() or column.series.null_count():
        return False
    return column.series.cast(pl.Int64).diff().drop_nulls().unique().to_list() in ([1], [-1])


def counts_rows(column: Values) -> bool:
    """Whether the values are 0, 1, 2, … or 1, 2, 3, … in the order of the rows."""
    series = column.series
    if column.kind != "number" or len(series) < 2 or series.null_count() or series[0] not in (0, 1):
        return False
    if not series.dtype.is_integer() and not column.unnamed and not INDEX.fullmatch(column.name):
        return False
    last = len(series) - 1 + series[0]
    return bool(series[-1] == last and (series.cast(pl.Float64).diff().drop_nulls() == 1).all())


def identifiers(roles: Roles) -> None:
    """Columns that identify the rows: by name, by very long numbers, or large whole numbers first in a table without names."""
    for column in roles.open():
        why = "identifies the rows and is left out of the features"
        whole = column.series.dtype.is_integer()
        if NAMED.fullmatch(column.name) and (whole or column.kind == "text") and _different(column):
            roles.give(column, "id", "identifier", why, others=("feature", "hover"))
        elif column.kind == "text" and _long_numbers(column):
            roles.give(column, "id", "identifier", why, others=("hover",))
        elif not roles.heading and column is roles.columns[0] and whole and len(column.series) > WIDE and _different(column):
            largest = max(
                (max(map(abs, extent(other.series))) for other in roles.open()[1:] if other.kind == "number"), default=0
            )
            if extent(column.series)[1] > 100 * max(largest, 1):
                roles.give(column, "id", "identifier", why, asks=True)


def _long_numbers(column: Values) -> bool:
    """Whether every word is a whole number too long for a float."""
    words = column.series.drop_nulls()
    return bool(len(words) and words.str.contains(r"^[+-]?[0-9]{16,}$").all())


def _different(column: Values) -> bool:
    """Whether nearly all values are different."""
    return column.series.drop_nulls().n_unique() >= MOSTLY * max(len(column.series), 1)
