"""What the values of a column are: numbers, categories, text, dates or flags; and what had to be mended for that."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipeline.loading.numbers import CODE, INFINITE, LONG, PLAIN, inexact, lossy, narrowest, numbers_in, sentinel
from pipeline.loading.words import counted
from pipeline.results import Notice, Option

Row = Callable[[int], int]  # index of a row → its number in the file
MOSTLY = 0.9  # share of numbers from which the rest of a column counts as mistakes
FLAGS = ({"true", "false"}, {"yes", "no"})
TRUE = ("true", "yes")
TIME = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
DAY = r"([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{4}|[0-9]{2}))"
DATE = rf"^({DAY}([T ]{TIME}\s*(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?|{TIME})$"
GROUPS = r"^[+-]?([1-9][0-9]{0,2}([,'’\u00a0\u202f ][0-9]{3})+|[1-9][0-9]?(,[0-9]{2})+,[0-9]{3})(\.[0-9]+)?$"
DOTTED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}$"  # 1.234.567, whatever the decimal mark is
UNIT = r"^([€$£¥]?)\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(%|[€$£¥]|[A-Za-zµ°²³/]{1,5})?$"
FOREIGN = {chr(start + digit): str(digit) for start in (0xFF10, 0x0660, 0x06F0, 0x0966) for digit in range(10)} | {"\u2212": "-"}


@dataclass(eq=False)
class Values:
    """A column as it was understood: numbers as numbers, everything else as it stands in the file."""

    name: str
    kind: str
    series: pl.Series
    unnamed: bool = False

    def numbers(self) -> pl.Series | None:
        """The values as numbers (missing ones null), or None when they are not numbers."""
        if self.kind == "number":
            return self.series
        if self.kind == "flag":
            if self.series.dtype == pl.Boolean:
                return self.series.cast(pl.UInt8)
            words = self.series.str.strip_chars().str.to_lowercase()
            return words.is_in(TRUE).cast(pl.UInt8).set(words.is_null(), None)
        return None


Found = tuple[Values, list[Notice]]


@dataclass
class Words:
    """A column of text that may stand for something else, and what to go by; ``forced``: a person says these are numbers."""

    cells: pl.Series
    row: Row
    missing: tuple[str, ...]
    decimal: str
    forced: bool

    def plain(self) -> pl.Series:
        """The cells without blanks around them."""
        return self.cells.str.strip_chars()

    def figures(self) -> pl.Series:
        """The plain cells with a point as the decimal mark; cells with a point that means something else are missing."""
        plain = self.plain()
        if self.decimal != ",":
            return plain
        return plain.set(plain.str.contains(".", literal=True).fill_null(False), None).str.replace(",", ".", literal=True)

    def present(self) -> int:
        """The number of cells that are not empty."""
        return len(self.cells) - self.cells.null_count()

    def mostly(self, figures: pl.Series) -> bool:
        """Whether the cells are numbers, all of them or so many that the rest can be mistakes."""
        numbers = int(figures.str.contains(PLAIN).sum())
        return numbers == self.present() or numbers >= max(MOSTLY * self.present(), 5)

    def as_numbers(self, values: pl.Series, code: str, told: str, count: int, asks: bool = False) -> Found:
        """The column as these numbers, told with the way back to text."""
        name = self.cells.name
        option = Option("Read the column as text", {f"type:{name}": "text"})
        return Values(name, "number", values.alias(name)), [Notice(code, told, count, (option,), asks)]

    def example(self, which: pl.Series) -> str:
        """The first of these cells, short."""
        return f"“{self.cells.filter(which)[0][:40]}”"


def understood(column: pl.Series, row: Row, choices: dict[str, Any], missing: tuple[str, ...], decimal: str) -> Found:
    """The column's kind and values, with a notice for everything that is not as it stands in the file."""
    values, notices = _understood(column, row, choices, missing, decimal)
    return (values, notices) if values.kind != "number" else _without_marks(values, notices, missing)


def _understood(column: pl.Series, row: Row, choices: dict[str, Any], missing: tuple[str, ...], decimal: str) -> Found:
    if column.dtype == pl.Boolean:
        return Values(column.name, "flag", column), []
    if column.dtype.is_numeric():
        return _number(column)
    if column.dtype != pl.String:
        return Values(column.name, "date", column.cast(pl.String)), []
    chosen = choices.get(f"type:{column.name}")
    cells = column.set((column.str.strip_chars() == "").fill_null(False), None)
    if chosen != "text" and cells.null_count() < len(cells):
        words = Words(cells, row, missing, decimal, chosen == "number")
        for attempt in (_numbers, _codes, _foreign, _flags, _grouped, _measured, _mixed):
            found = attempt(words)
            if found is not None:
                return found
    return Values(column.name, _kind_of_words(cells), column), []


def _without_marks(values: Values, notices: list[Notice], missing: tuple[str, ...]) -> Found:
    """Numbers that a person calls a mark for "missing" are missing; one that looks like such a mark is asked about."""
    series, name = values.series, values.name
    marks = [float(mark) for mark in missing if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", str(mark))]
    marked = series.cast(pl.Float64).is_in(marks).fill_null(False) if marks else pl.Series([False])
    if marked.any():
        count, words = int(marked.sum()), ", ".join(f"“{mark:g}”" for mark in marks)
        values = replace(values, series=series.set(marked, None))
        told = f"{counted(count, 'cell')} of column “{name}” with {words}: read as missing."
        notices = [*notices, Notice("missing marks", told, count)]
    mark = sentinel(values.series)
    if mark is None:
        return values, notices
    count = int((values.series == mark).sum())
    told = f"{counted(count, 'cell')} of column “{name}” with {mark}, far from all others: read as numbers."
    option = Option(f"{mark} means “missing”", {"missing": [*missing, str(mark)]})
    return values, [*notices, Notice("missing numbers", told, count, (option,), asks=True)]


def _number(column: pl.Series) -> Found:
    """Numbers: whole ones that lose digits as floats look like identifiers, infinite ones are missing."""
    if column.dtype.is_integer():
        if not inexact(column):
            return Values(column.name, "number", narrowest(column)), []
        text = column.cast(pl.String)
        return Values(column.name, "text", text), [_identifier(text)]
    if column.is_finite().all():
        return Values(column.name, "number", column), []
    infinite = int(column.is_infinite().sum())
    told = Notice("infinite", f"{counted(infinite, 'infinite value')} in column “{column.name}”: read as missing.", infinite)
    return Values(column.name, "number", column.set(~column.is_finite().fill_null(True), None)), [told] if infinite else []


def _identifier(text: pl.Series) -> Notice:
    long = text.filter(text.str.strip_chars().str.contains(LONG).fill_null(False)).head(1000)
    longest = max(long.to_list(), key=len, default="")
    told = f"Column “{text.name}” holds whole numbers too long to calculate with (“{longest[:40]}”); they stay text, every digit."
    return Notice("long numbers", told, len(text) - text.null_count())


def _numbers(words: Words) -> Found | None:
    """Numbers, and marks for missing ones, that were not seen as such before."""
    name = words.cells.name
    chunk = numbers_in(words.cells, words.missing, words.decimal)
    if chunk is None or chunk.values.null_count() == len(words.cells):
        return None
    values, notices = _number(chunk.values.alias(name))
    if chunk.tokens:
        marks = ", ".join(f"“{word}” ({count:,})" for word, count in chunk.tokens.most_common(3))
        option = Option("Read the column as text", {f"type:{name}": "text"})
        notices.append(Notice("missing marks", f"{marks} in column “{name}” mean “missing”.", chunk.tokens.total(), (option,)))
    if chunk.infinite:
        told = f"{counted(chunk.infinite, 'infinite value')} in column “{name}”: read as missing."
        notices.append(Notice("infinite", told, chunk.infinite))
    return values, notices


def _codes(words: Words) -> Found | None:
    """007, and numbers with more digits than a number can hold, stay text; a column of 01.50 is one of numbers, as a question."""
    name, figures = words.cells.name, words.figures()
    if words.forced or not words.mostly(figures):
        return None
    zeros = figures.str.contains(CODE).fill_null(False)
    count = int(zeros.sum())
    if not count:
        return _long(words, figures)
    begin = f"{'begins' if count == 1 else 'begin'} with 0 ({words.example(zeros)})"
    fractions = figures.filter(zeros).str.contains(".", literal=True).all()
    if fractions and int(figures.str.contains(PLAIN).sum()) == words.present() and not lossy(figures):
        told = f"{counted(count, 'number')} of column “{name}” {begin}; read as numbers, without these zeros."
        return words.as_numbers(figures.cast(pl.Float64), "leading zeros", told, count, asks=True)
    told = f"Column “{name}” stays text, for {counted(count, 'number')} in it {begin}."
    notice = Notice("leading zeros", told, count, (Option("Read the column as numbers", {f"type:{name}": "number"}),), asks=True)
    return Values(name, _kind_of_words(words.cells), words.cells), [notice]


def _long(words: Words, figures: pl.Series) -> Found | None:
    """Whole numbers that would be rounded stay text, every digit."""
    if int(figures.str.contains(r"^[+-]?[0-9]+$").sum()) < words.present() and not lossy(figures):
        return None
    return Values(words.cells.name, "text", words.cells), [_identifier(words.cells)]


def _foreign(words: Words) -> Found | None:
    """Digits of other scripts and the typographic minus."""
    plain = words.cells.str.replace_many(list(FOREIGN), list(FOREIGN.values()))
    changed = (plain != words.cells).fill_null(False)
    chunk = numbers_in(plain, words.missing, words.decimal) if changed.any() else None
    if chunk is None:
        return None
    count = int(changed.sum())
    written = f"{counted(count, 'number')} of column “{plain.name}” {'is' if count == 1 else 'are'} written"
    told = f"{written} with other digits or signs ({words.example(changed)})."
    return words.as_numbers(chunk.values, "foreign digits", told, count)


def _flags(words: Words) -> Found | None:
    """Columns of two answers; they stay as they are and count as 0 and 1."""
    plain, name = words.plain().str.to_lowercase(), words.cells.name
    if plain.n_unique() > 3 or set(plain.drop_nulls().unique()) not in FLAGS:
        return None
    option = Option("Read the column as text", {f"type:{name}": "text"})
    told = f"Column “{name}” holds two answers; as a feature {words.example(plain.is_in(TRUE))} counts 1 and the other 0."
    return Values(name, "flag", words.cells), [Notice("flags", told, len(plain), (option,))]


def _grouped(words: Words) -> Found | None:
    """1,234 and 1 234 and 1'234: groups of three digits, which could also be meant otherwise."""
    plain = words.plain()
    figures = plain
    if words.decimal == "," or plain.str.contains(DOTTED).any():  # 1.234,5 is 1,234.5
        figures = plain.str.replace_many([".", ","], [",", "."])
    grouped = figures.str.contains(GROUPS).fill_null(False)
    if not grouped.any() or not (grouped | figures.str.contains(PLAIN)).all():
        return None
    joined = figures.str.replace_all(r"[,'’\u00a0\u202f ]", "")
    if joined.str.contains(CODE).any() or lossy(joined):
        return None
    count = int(grouped.sum())
    told = f"{counted(count, 'number')} of column “{plain.name}” with thousands set apart ({words.example(grouped)})."
    return words.as_numbers(joined.cast(pl.Float64, strict=False), "thousands", told, count, asks=True)


def _measured(words: Words) -> Found | None:
    """12 kg, 5 %, € 3.50: numbers with one and the same unit."""
    plain = words.plain()
    figures = plain.str.extract(UNIT, 2)
    if not plain.str.contains(UNIT).all() or figures.str.contains(CODE).any() or lossy(figures):
        return None
    units = (
        (plain.str.extract(UNIT, 1).fill_null("") + plain.str.extract(UNIT, 3).fill_null("")).filter(plain.is_not_null()).unique()
    )
    if len(units) != 1 or units[0] == "":
        return None
    told = f"The unit “{units[0]}” is taken off the numbers of column “{plain.name}” ({words.example(plain.is_not_null())})."
    return words.as_numbers(figures.cast(pl.Float64), "units", told, len(plain) - plain.null_count(), asks=True)


def _mixed(words: Words) -> Found | None:
    """A column of numbers with a few cells that are none."""
    plain = words.plain()
    figures = words.figures()
    number = figures.str.contains(PLAIN).fill_null(False)
    if not words.forced and number.sum() < max(MOSTLY * words.present(), 5):
        return None
    other = ~number & ~plain.is_in([*words.missing, *INFINITE]).fill_null(False) & plain.is_not_null()
    values = figures.set(~number, None).cast(pl.Float64)
    values = values.set(values.is_infinite().fill_null(False), None)
    count = int((~number & plain.is_not_null()).sum())
    if not count:
        return Values(plain.name, "number", values), []
    first = int((other if other.any() else ~number & plain.is_not_null()).arg_true()[0])
    what = "is no number and" if count == 1 else "are no numbers and"
    told = f"{count:,} of {counted(len(plain), 'cell')} of column “{plain.name}” {what} read as missing"
    told = f"{told}: row {words.row(first):,} has “{plain[first][:40]}”."
    return words.as_numbers(values, "not numbers", told, count, asks=not words.forced)


def _kind_of_words(words: pl.Series) -> str:
    """Date, category (few different short values) or text."""
    present = words.drop_nulls().str.strip_chars()
    if len(present) == 0:
        return "text"
    if present.str.contains(DATE).sum() >= 0.95 * len(present):
        return "date"
    different = present.n_unique()
    few = different <= 2 or different <= min(0.5 * len(present), max(50, 0.05 * len(present)))
    return "category" if few and present.str.len_chars().sum() <= 60 * len(present) else "text"
