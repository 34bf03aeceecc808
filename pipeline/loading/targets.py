"""Labels → Target: classes with names, or a number."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.words import counted, quoted
from pipeline.results import Notice, Option, Target

CLASSES = 50  # different whole numbers up to which they are classes
VAST = 3e38  # the largest number in single precision, a little less
PAIRS = 3  # labels that look alike that are shown
COMPARED = 10_000  # labels among which those that look alike are sought
ABOUT = {"label kind", "labels alike", "labels infinite", "one label"}  # notices about a target


def labelled_by(series: pl.Series, name: str, choices: dict[str, Any], prefix: str = "") -> tuple[Target, list[Notice]]:
    """The target that these labels are, as chosen (``target``, ``alike``; behind ``prefix``), and the word on it."""
    series = series.alias("")  # polars takes some names for patterns
    alike = _alike(series)
    told = []
    if alike and choices.get(f"{prefix}alike") == "one":
        series = series.replace(list(alike), list(alike.values()))
        words = f"{counted(len(alike), 'label')} of {quoted(name)} spelt like another ({_pairs(alike)}): taken as one."
        told.append(Notice("labels alike", words, len(alike), (Option("Keep them apart", {f"{prefix}alike": "apart"}),)))
    elif alike:
        words = f"{counted(len(alike), 'label')} of {quoted(name)} may be a slip of another ({_pairs(alike)}); kept apart."
        one = Option("Take each as one with the other", {f"{prefix}alike": "one"})
        told.append(Notice("labels alike", words, len(alike), (one,), asks=f"{prefix}alike" not in choices))
    choice = f"{prefix}kind" if prefix else "target"
    target = target_of(series, name, str(choices.get(choice, "")))
    return target, [*told, *_kinds_told(target, series, choice)]


def too_many(series: pl.Series) -> bool:
    """Whether words differ in so many rows that they name the rows and are no classes."""
    return series.dtype == pl.String and series.n_unique() > max(CLASSES, 0.5 * len(series))


def _alike(series: pl.Series) -> dict[str, str]:
    """Labels that differ from a more frequent one only in case, blanks, marks nobody sees or ways to write an accent."""
    if series.dtype != pl.String or series.n_unique() > COMPARED:
        return {}
    counts = {str(word): int(count) for word, count in series.drop_nulls().value_counts(sort=True).iter_rows()}
    spelt: dict[str, list[str]] = {}
    for word in sorted(counts, key=lambda word: (-counts[word], word)):
        spelt.setdefault(_plain(word), []).append(word)
    return {other: first for plain, (first, *others) in spelt.items() if plain for other in others}


def _plain(word: str) -> str:
    """What is left of a word when case, blanks, invisible marks and the way to write accents do not count."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", word) if unicodedata.category(char) != "Cf")
    return " ".join(seen.casefold().split())


def _pairs(alike: dict[str, str]) -> str:
    pairs = [f"{quoted(other)} and {quoted(first)}" for other, first in list(alike.items())[:PAIRS]]
    return ", ".join(pairs) + (" …" if len(alike) > PAIRS else "")


def target_of(series: pl.Series, name: str, kind: str = "") -> Target:
    """Classes (codes in the order of their names, -1 where a label is missing) or a number (missing is NaN).

    ``kind``, class or number, may be chosen; else words are classes, and so are few different whole numbers.
    """
    if series.dtype.is_float():
        series = series.fill_nan(None)
    if series.dtype.is_numeric() and (kind or _natural(series)) == "number":
        exact = np.float32 if series.dtype == pl.Float32 else np.float64
        return Target(name, "number", values=_finite(series).fill_null(float("nan")).to_numpy().astype(exact))
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
    """The numbers, with those beyond single precision as missing."""
    numbers = series.cast(pl.Float64)
    return numbers.set((numbers.abs() > VAST).fill_null(False), None)


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


def _kinds_told(target: Target, series: pl.Series, choice: str) -> list[Notice]:
    """How many classes there are, or that it is a number, with the other way where numbers allow it."""
    name, numeric = quoted(target.name), series.dtype.is_numeric()
    if target.kind == "number":
        words = f"{name} has {series.n_unique():,} different numbers and is read as a number."
        told = [Notice("label kind", words, series.n_unique(), (Option("Read them as classes", {choice: "class"}),))]
        vast = int((series.cast(pl.Float64).abs() > VAST).sum())
        if vast:
            words = f"{counted(vast, 'label')} of {name} beyond {VAST:.0e}, the largest that can be compared: read as missing."
            told.append(Notice("labels infinite", words, vast))
        return told
    count = len(target.names)
    what = f"{counted(count, 'different number')}, read as classes" if numeric else counted(count, "class", "classes")
    ways = (Option("Read them as a number", {choice: "number"}),) if numeric else ()
    told = [Notice("label kind", f"{name} has {what}.", count, ways)]
    if count == 1:
        words = f"Every label of {name} is {quoted(target.names[0])}, so there are no classes to compare; scores say nothing."
        told.append(Notice("one label", words, 1))
    return told
