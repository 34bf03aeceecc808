"""Parquet → Sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.loading.limits import Limits
from pipeline.loading.sheet import Sheet
from pipeline.results import Notice, Problem


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of a Parquet file; raises Problem when it is damaged or too large."""
    try:
        schema = pl.read_parquet_schema(file)
        rows = int(pl.scan_parquet(file).select(pl.len()).collect().item())
        checked_size(name, rows, len(schema), limits)
        report(0.1, f"{rows:,} rows")
        frame = pl.read_parquet(file, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Problem(f"{name} is a damaged Parquet file ({str(error)[:80]}). Save or download it again.") from None
    columns, notices = [], []
    for column in frame.iter_columns():
        made = _plain(column)
        if made is None:
            notices.append(
                Notice("nested", f"Column “{column.name}” holds lists or records ({column.dtype}) and is left out.", 1)
            )
        else:
            columns.append(made)
    names = [column.name or f"column {i + 1}" for i, column in enumerate(columns)]
    made_frame = pl.DataFrame([column.alias(label) for column, label in zip(columns, names, strict=True)])
    unnamed = frozenset(
        label for column, label in zip(columns, names, strict=True) if not column.name or column.name == "__index_level_0__"
    )
    return Sheet(made_frame, unnamed=unnamed, notices=notices, row=lambda index: index + 1)


def checked_size(name: str, rows: int, columns: int, limits: Limits) -> None:
    """Raise Problem when a table of this size is not read."""
    if columns > limits.columns:
        raise Problem(f"{name} has {columns:,} columns; at most {limits.columns:,} are read. Leave columns out before saving.")
    if rows * columns > limits.cells:
        raise Problem(f"{name} has {rows * columns:,} cells; at most {limits.cells:,} are read. Take a sample of the rows.")


def _plain(column: pl.Series) -> pl.Series | None:
    if column.dtype in (pl.List, pl.Array, pl.Struct, pl.Object, pl.Binary):
        return None
    if column.dtype in (pl.Categorical, pl.Enum, pl.Null) or column.dtype.is_temporal():
        return column.cast(pl.String) if column.dtype in (pl.Categorical, pl.Enum, pl.Null) else column
    return column.cast(pl.Float64) if column.dtype.is_decimal() or column.dtype == pl.Float32 else column
