"""Parquet → Sheet."""

from __future__ import annotations

import decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.loading.limits import Limits
from pipeline.loading.sheet import Sheet, counted_from
from pipeline.loading.words import counted, first_words, listed, quoted
from pipeline.results import Notice, Option, Problem

SURE = 15  # digits that every float64 keeps
PER_SECOND = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of a Parquet file; raises Problem when it is damaged or too large."""
    try:
        schema = pl.read_parquet_schema(file)
        rows = int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item())
        checked_size(name, rows, len(schema), limits)
        report(0.1, f"{rows:,} rows")
        frame = pl.read_parquet(file, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise Problem(f"{name} is a damaged Parquet file ({first_words(error)}). Save or download it again.") from None
    columns, notices = [], []
    for place, column in enumerate(frame.iter_columns()):
        label = column.name or f"column {place + 1}"
        made, told = _plain(label, column.alias(""), choices)
        notices += told
        if made is not None:
            columns.append(made.alias(label))
    if frame.width and not columns:
        raise Problem(f"{name} holds only lists, records or bytes ({listed(frame.columns)}). Save numbers in columns.")
    unnamed = {column.name or f"column {place + 1}" for place, column in enumerate(frame.iter_columns()) if _unnamed(column)}
    return Sheet(pl.DataFrame(columns), unnamed=frozenset(unnamed), notices=notices, row=counted_from(1))


def checked_size(name: str, rows: int, columns: int, limits: Limits) -> None:
    """Raise Problem when a table of this size is not read."""
    if columns > limits.columns:
        raise Problem(f"{name} has {columns:,} columns; at most {limits.columns:,} are read. Leave columns out before saving.")
    if rows * columns > limits.cells:
        raise Problem(f"{name} has {rows * columns:,} cells; at most {limits.cells:,} are read. Take a sample of the rows.")


def _unnamed(column: pl.Series) -> bool:
    return not column.name or column.name == "__index_level_0__"


def _plain(name: str, column: pl.Series, choices: dict[str, Any]) -> tuple[pl.Series | None, list[Notice]]:
    """The column as numbers, flags or text (None when it holds neither), and what had to be told."""
    kind = column.dtype
    if kind.is_decimal():
        return _decimal(name, column, choices)
    if kind == pl.Duration:
        return _seconds(name, column)
    if kind.is_temporal():
        return _written(column), []
    if kind.is_float():
        return column.cast(pl.Float64), []
    if kind.is_integer() or kind in (pl.String, pl.Boolean):
        return column, []
    if kind in (pl.Categorical, pl.Enum, pl.Null):
        return column.cast(pl.String), []
    held = "bytes" if kind == pl.Binary else f"lists or records ({str(kind)[:40]})"
    return None, [Notice("nested", f"Column {quoted(name)} holds {held} and is left out.", 1)]


def _decimal(name: str, column: pl.Series, choices: dict[str, Any]) -> tuple[pl.Series, list[Notice]]:
    """Whole ones as they are, in digits where no number holds them; others as numbers, told where digits are lost."""
    text = column.cast(pl.String)
    if text.str.contains(".", literal=True).any():
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    if not text.str.contains(".", literal=True).any():
        whole = text.cast(pl.Int64, strict=False)
        return (whole if whole.null_count() == text.null_count() else text), []
    lost = _rounded(text)
    if not lost:
        return text.cast(pl.Float64), []
    if choices.get(f"type:{name}") == "text":
        return text, []
    option = Option("Read the column as text", {f"type:{name}": "text"})
    told = f"{counted(lost, 'number')} of column {quoted(name)} with more digits than numbers hold: rounded to 17 digits."
    return text.cast(pl.Float64), [Notice("long decimals", told, lost, (option,), asks=True)]


def _rounded(text: pl.Series) -> int:
    """How many of these decimals are other numbers as float64."""
    figures = text.str.replace_all(r"[-.]", "").str.strip_chars_start("0").str.len_chars()
    long = text.filter((figures > SURE).fill_null(False))
    return sum(decimal.Decimal(repr(float(number))) != decimal.Decimal(number) for number in long.to_list())


def _seconds(name: str, column: pl.Series) -> tuple[pl.Series, list[Notice]]:
    """Durations in seconds."""
    unit = PER_SECOND[str(getattr(column.dtype, "time_unit", "us"))]
    there = len(column) - column.null_count()
    words = f"{counted(there, 'duration')} of column {quoted(name)}: read as numbers of seconds."
    return column.cast(pl.Int64) / unit, [Notice("durations", words, there)]


def _written(column: pl.Series) -> pl.Series:
    """Dates and times in ISO's form; fractions of a second only where there are some."""
    if column.dtype == pl.Date:
        return column.dt.to_string("%Y-%m-%d")
    fractions = "%.f" if (column.dt.nanosecond() != 0).any() else ""
    if column.dtype == pl.Time:
        return column.dt.to_string(f"%H:%M:%S{fractions}")
    zone = "%:z" if getattr(column.dtype, "time_zone", None) else ""
    return column.dt.to_string(f"%Y-%m-%d %H:%M:%S{fractions}{zone}")
