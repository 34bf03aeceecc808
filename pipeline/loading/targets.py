"""Labels → Target: classes with names, or a number."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from pipeline.loading.words import counted
from pipeline.results import Notice, Option, Target

CLASSES = 50  # different whole numbers up to which they are classes


def target_of(series: pl.Series, name: str, kind: str = "") -> Target:
    """Classes (codes in the order of their names, -1 where a label is missing) or a number (missing is NaN).

    ``kind``, class or number, may be chosen; else words are classes, and so are few different whole numbers.
    """
    if series.dtype.is_float():
        series = series.fill_nan(None)
    if series.dtype.is_numeric() and (kind or _natural(series)) == "number":
        return Target(name, "number", values=_finite(series).fill_null(float("nan")).to_numpy().astype(np.float32))
    words = _words(series)
    names = sorted(words.drop_nulls().unique().to_list(), key=_order)
    codes = (
        words.replace_strict(names, list(range(len(names))), default=-1, return_dtype=pl.Int32)
        if names
        else pl.Series([-1] * len(words))
    )
    return Target(name, "class", np.ascontiguousarray(codes.fill_null(-1).to_numpy(), np.int32), tuple(names))


def _natural(series: pl.Series) -> str:
    """Numbers are classes when they are few different whole ones."""
    present = series.drop_nulls()
    whole = _whole(present)
    return "class" if whole and present.n_unique() <= min(CLASSES, max(2, len(present) // 2)) else "number"


def _words(series: pl.Series) -> pl.Series:
    if series.dtype.is_float() and _whole(series.drop_nulls()):
        series = series.cast(pl.Int64)
    words = series.cast(pl.String)
    return words.set((words.str.strip_chars() == "").fill_null(False), None)


def _finite(series: pl.Series) -> pl.Series:
    """The numbers, with infinite ones as missing."""
    numbers = series.cast(pl.Float64)
    return numbers.set(numbers.is_infinite().fill_null(False), None)


def _whole(numbers: pl.Series) -> bool:
    """Whether all are whole numbers that an integer holds."""
    return numbers.dtype.is_integer() or bool(((numbers.floor() == numbers) & (numbers.abs() < 2**53)).all())


def _order(name: str) -> list[tuple[int, float, str]]:
    """Digit 2 comes before Digit 10, and -1 before 0."""
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", name, re.A):
        return [(0, float(name), "")]
    return [
        (1, float(part), "") if part.isascii() and part.isdigit() else (2, 0.0, part)
        for part in re.split(r"(\d+)", name, flags=re.A)
    ]


def kinds_told(target: Target, series: pl.Series, choice: str) -> list[Notice]:
    """How numbers were taken as labels, with the other way; nothing for words."""
    if not series.dtype.is_numeric():
        return []
    if target.kind == "class":
        words = f"“{target.name}” has {len(target.names):,} different numbers, which are read as classes."
        return [Notice("label kind", words, len(target.names), (Option("Read them as a number", {choice: "number"}),))]
    words = f"“{target.name}” has {series.n_unique():,} different numbers and is read as a number."
    told = [Notice("label kind", words, series.n_unique(), (Option("Read them as classes", {choice: "class"}),))]
    endless = int(series.cast(pl.Float64).is_infinite().sum())
    if endless:
        told.append(Notice("labels infinite", f"{counted(endless, 'infinite label')} read as missing.", endless))
    return told
