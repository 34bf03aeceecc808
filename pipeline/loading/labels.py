"""A separate file of labels → the target of a dataset, matched by the rows' names, else by their order."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.digits import inexact
from pipeline.loading.files import sheet_of
from pipeline.loading.keyed import by_name
from pipeline.loading.labelled import LABELS
from pipeline.loading.limits import Limits
from pipeline.loading.numbers import numbers_in
from pipeline.loading.profile import column_of
from pipeline.loading.sheet import Sheet
from pipeline.loading.targets import ABOUT, labelled_by, too_many
from pipeline.loading.values import Values
from pipeline.loading.words import counted, quoted
from pipeline.results import Column, Dataset, Notice, Option, Problem

TOLD = re.compile("|".join(("many labels", "labels.*", *ABOUT)))  # notices that new labels replace


def with_labels(dataset: Dataset, file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Dataset:
    """The dataset with the labels of a file; rows and their key stay. Raises Problem when the counts differ."""
    own = {key.removeprefix("labels_"): value for key, value in choices.items() if key.startswith("labels_")}
    sheet = _sheet(file, name, own, limits, report)
    named = by_name(dataset, sheet.frame, name, sheet.row, own.get("by", ""))
    if named:
        return attached(dataset, named.words, named.title or "label", [*named.notices, *sheet.notices], choices)
    words, notices = _column(sheet.frame, name)
    notices += sheet.notices
    expected = int(dataset.details.get("file_rows", len(dataset.rows)))
    words = _without_blank_end(words, expected)
    words, notices = _without_blanks(words, expected, name, notices)
    if len(words) not in (expected, expected + 1) or (len(words) == expected and own.get("header") is True):
        raise _mismatch(dataset, name, words, expected)
    title = words.name if sheet.heading else ""
    if len(words) == expected + 1:
        title, words = str(words[0] or "").strip(), words.slice(1)
        notices.append(_header(name, title, words))
    elif str(words[0]).strip().lower() in LABELS and words[0] not in words.slice(1).to_list():
        told = f"The first label {quoted(words[0])} looks like a header; as the counts agree, it is that of the first row."
        notices.append(Notice("labels header", told, 1, asks=True))
    title = "label" if not title or _is_number(title) else title
    told = f"{len(words):,} labels of {name} belong to the rows in their order."
    return attached(dataset, words, title, [Notice("labels", told, len(words)), *notices], choices)


def _sheet(file: Path, name: str, own: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The labels file as it was read; what it tells and asks is about the labels file alone."""
    try:
        sheet = sheet_of(file, name, {"spaces": False, **own, "header": False, "missing": [], "skip": 0}, limits, report)
    except Problem as problem:
        raise Problem(str(problem), _own(problem.options)) from None
    told = [
        replace(each, code=f"labels {each.code}", text=f"{name}: {each.text}", options=_own(each.options))
        for each in sheet.notices
    ]
    return replace(sheet, notices=told)


def _own(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Answers as choices of the labels file."""
    return tuple(Option(way.label, {f"labels_{name}": value for name, value in way.choices.items()}) for way in options)


def attached(dataset: Dataset, words: pl.Series, title: str, notices: list[Notice], choices: dict[str, Any]) -> Dataset:
    """The dataset with these labels, one for each row of its file; a label column inside is only shown from now on."""
    left, words = dataset.details.get("left_rows"), words.alias("")  # polars takes some names for patterns
    if left:
        words = words.filter(pl.Series(~np.isin(np.arange(len(words)), left)))
    values = _numbers(words)
    kept = [notice for notice in dataset.notices if not TOLD.fullmatch(notice.code)]
    columns = tuple(replace(column, role="hover") if column.role == "target" else column for column in dataset.columns)
    details = {**dataset.details, "labels": title}
    if too_many(values):
        return _shown(dataset, values, title, [*kept, *notices], columns, details)
    target, told = labelled_by(values, title, choices, "labels_")
    return replace(dataset, target=target, columns=columns, details=details, notices=(*kept, *notices, *told))


def _shown(
    dataset: Dataset, words: pl.Series, title: str, notices: list[Notice], columns: tuple[Column, ...], details: dict[str, Any]
) -> Dataset:
    """Labels that differ in nearly every row name the rows; they are shown and colour nothing."""
    name, number = title, 2
    while name in dataset.table.columns:
        name, number = f"{title} ({number})", number + 1
    column = column_of(Values(name, "text", words), "hover")
    told = Notice(
        "many labels",
        f"{words.n_unique():,} labels are different; they are shown at the points and colour nothing.",
        words.n_unique(),
    )
    table = dataset.table.with_columns(words.alias(name))
    return replace(dataset, target=None, table=table, columns=(*columns, column), details=details, notices=(*notices, told))


def _column(frame: pl.DataFrame, name: str) -> tuple[pl.Series, list[Notice]]:
    """The one column of labels; beside it only row numbers are allowed."""
    if frame.width == 1:
        return frame.to_series(0), []
    if frame.width == 2:
        first = frame.to_series(0).cast(pl.String).to_list()
        numbers = [str(i) for i in range(len(first))]
        if first in (numbers, numbers[1:] + [str(len(first))]) or first[1:] in (numbers[:-1], numbers[1:]):
            return frame.to_series(1), [_counted(name, frame.to_series(1))]
    raise Problem(
        f"{name} has {frame.width} columns. A file of labels has one column with one label for each row, "
        "or two: a name that stands in the data, such as a file name, and its label."
    )


def _counted(name: str, words: pl.Series) -> Notice:
    """The word on a column of row numbers; beside whole numbers it could be their part before a decimal comma."""
    told = f"The first column of {name} only counts the rows and is passed over."
    whole = bool(words.cast(pl.String).drop_nulls().head(1000).str.contains(r"^\d+$").all())
    comma = Option("They are numbers with a decimal comma", {"labels_delimiter": ";", "labels_decimal": ","})
    return Notice("labels", told, 1, (comma,) if whole else (), asks=whole)


def _without_blank_end(words: pl.Series, expected: int) -> pl.Series:
    """Blank lines at the end of a file are no labels when there are more lines than rows."""
    while len(words) > expected and (words[-1] is None or str(words[-1]).strip() == ""):
        words = words.head(len(words) - 1)
    return words


def _without_blanks(words: pl.Series, expected: int, name: str, notices: list[Notice]) -> tuple[pl.Series, list[Notice]]:
    """Blank lines in the middle are no labels when the counts agree without them."""
    blank = words.cast(pl.String).fill_null("").str.strip_chars() == ""
    count = int(blank.sum())
    if not count or len(words) - count != expected:
        return words, notices
    told = f"{counted(count, 'blank line')} of {name} left out: without them the labels are as many as the rows."
    return words.filter(~blank), [*notices, Notice("labels blank", told, count, asks=True)]


def _header(name: str, title: str, words: pl.Series) -> Notice:
    """The first of one line too many is a header; when it could be a label too, this is a question."""
    doubtful = title in words.cast(pl.String).head(10_000).to_list() and title != "0"
    told = f"{name} has one line more than there are rows; its first line {quoted(title)} is read as the header."
    options = (Option("The data file has no header, its first row is data", {"header": False}),) if doubtful else ()
    return Notice("labels header", told, 1, options, asks=doubtful)


def _mismatch(dataset: Dataset, name: str, words: pl.Series, expected: int) -> Problem:
    labels = ", ".join(f"{quoted(word)}" for word in words.head(3))
    column = dataset.table.to_series(0)
    rows = ", ".join(f"{quoted(value)}" for value in column.head(3))
    lines = f"{len(words):,} lines, so {len(words):,} labels, or {len(words) - 1:,} under a header"
    return Problem(
        f"{name} has {lines} ({labels} …), and {dataset.name} has {expected:,} rows ({column.name}: {rows} …). "
        "Choose the labels that belong to these rows, one a line; nothing is cut off."
    )


def _numbers(words: pl.Series) -> pl.Series:
    """Labels that are all numbers as numbers, others literally, and so are whole ones that would lose digits."""
    if words.dtype.is_integer() and inexact(words):
        return words.cast(pl.String)
    if words.dtype != pl.String:
        return words
    chunk = numbers_in(words, ())
    if chunk is None or chunk.repaired.infinite or chunk.repaired.rounded or chunk.values.null_count() == len(words):
        return words
    return words if chunk.values.dtype.is_integer() and inexact(chunk.values) else chunk.values


def _is_number(title: str) -> bool:
    return title.replace(".", "", 1).isdigit()
