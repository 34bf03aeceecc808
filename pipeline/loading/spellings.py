"""Words that spell numbers: codes, other digits, groups of thousands, units, mistakes among numbers; and two answers."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from pipeline.loading.digits import LONG, inexact, lossy
from pipeline.loading.numbers import CODE, INFINITE, PLAIN, narrowest, numbers_in
from pipeline.loading.repairs import Repaired, repairs
from pipeline.loading.sheet import Row
from pipeline.loading.values import TRUE, Found, Values, kind_of_words
from pipeline.loading.words import counted, quoted
from pipeline.results import Notice, Option

MOSTLY = 0.9  # share of numbers from which the rest of a column counts as mistakes
FLAGS = ({"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"}, {"on", "off"}, {"ja", "nein"}, {"oui", "non"})
GROUPS = r"^[+-]?([1-9][0-9]{0,2}([,'’\u00a0\u202f ][0-9]{3})+|[1-9][0-9]?(,[0-9]{2})+,[0-9]{3})(\.[0-9]+)?$"
DOTTED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}$"  # 1.234.567, whatever the decimal mark is
WHOLE = r"^[+-]?[0-9]+$"
DOUBTFUL = r"^[+-]?[0-9]{1,3},[0-9]{3}$"  # the comma may be the decimal mark
LAST = 0x20000  # beyond the last digit of any script
MONEY = r"[A-Z]{0,2}\$|[€£¥₹]|EUR|USD|GBP|CHF|JPY|CNY|INR"
FIGURE = r"[0-9](?:[0-9.,'’\u00a0\u202f ]*[0-9])?|[.,][0-9]+"
UNIT = rf"^([+-]?)\s*({MONEY})?\s*([+-]?(?:{FIGURE}))(?:\s*({MONEY}|[%‰]|[A-Za-zµμ°²³/]{{1,5}})|\s([A-Za-zµμ°²³/]{{1,12}}))?$"
SHAPE = r"^[^\pL\d]{0,4}([A-Z]{2,3})?[^\pL\d]{0,4}\d"  # how whatever spells a number begins
SPELT = 40  # different ways to write two answers, and that there is none
MINUS = "\u2212\u2013\u2012\ufe63\uff0d"
SIGNS = {**dict.fromkeys(MINUS, "-"), "\uff0b": "+", "\uff0e": ".", "\u066b": ".", "\uff0c": ",", "\u066c": ","}


@dataclass
class Words:
    """A column of text that may stand for something else, and what to go by; ``forced``: a person says these are numbers."""

    name: str
    cells: pl.Series  # without a name, as in Values
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
        name = self.name
        notice = Notice(code, told, count, (Option("Read as text", {f"type:{name}": "text"}),), asks)
        infinite = values.is_infinite().fill_null(False) if values.dtype.is_float() else None
        if infinite is None or not infinite.any():
            return Values(name, "number", values), [notice]
        beyond = repairs({name: Repaired(infinite=infinite.arg_true().to_list())}, self.row)
        return Values(name, "number", values.set(infinite, None)), [notice, *beyond]

    def example(self, which: pl.Series) -> str:
        """The first of these cells, short and in quotes."""
        return quoted(self.cells.filter(which)[0])

    def shapes(self) -> tuple[bool, bool]:
        """Whether nearly all cells begin like a number or mean "missing", and whether they are few different ones."""
        plain = pl.lit(self.cells).str.strip_chars()
        figure = plain.str.contains(SHAPE) | plain.is_in(self.missing) | plain.str.to_lowercase().is_in(INFINITE)
        share, different = pl.select(figure.mean().alias("share"), plain.n_unique().alias("different")).row(0)
        return self.forced or (share or 0.0) >= MOSTLY, different <= SPELT

    def column(self) -> str:
        """The column, by its name."""
        return f"column {quoted(self.name)}"


def identifier(name: str, text: pl.Series) -> Notice:
    """The word on whole numbers that stay text."""
    long = text.filter(text.str.strip_chars().str.contains(LONG).fill_null(False)).head(1000)
    longest = max(long.to_list(), key=len, default="")
    held = f"Column {quoted(name)} holds whole numbers too long to calculate with ({quoted(longest)})"
    rounded = Option("Read as numbers, rounded", {f"type:{name}": "number"})
    return Notice("long numbers", f"{held}; they stay text, every digit.", len(text) - text.null_count(), (rounded,))


def _numbers(words: Words) -> Found | None:
    """Numbers, and marks for missing ones, that were not seen as such before."""
    name = words.name
    chunk = numbers_in(words.cells, words.missing, words.decimal)
    if chunk is None or chunk.values.null_count() == len(words.cells):
        return None
    if chunk.values.dtype.is_integer() and inexact(chunk.values):
        if words.forced:
            return Values(name, "number", chunk.values.cast(pl.Float64)), repairs({name: chunk.repaired}, words.row)
        text = chunk.values.cast(pl.String)
        return Values(name, "text", text), [identifier(name, text)]
    return Values(name, "number", chunk.values), repairs({name: chunk.repaired}, words.row)


def _codes(words: Words) -> Found | None:
    """007, and numbers with more digits than a number can hold, stay text; a column of 01.50 is one of numbers, as a question."""
    name, figures = words.name, words.figures()
    if words.forced or not words.mostly(figures):
        return None
    zeros = figures.str.contains(CODE).fill_null(False)
    count = int(zeros.sum())
    if not count:
        return _long(words, figures)
    begin = f"{'begins' if count == 1 else 'begin'} with 0 ({words.example(zeros)})"
    fractions = figures.filter(zeros).str.contains(".", literal=True).all()
    if fractions and int(figures.str.contains(PLAIN).sum()) == words.present() and not lossy(figures):
        told = f"{counted(count, 'number')} of {words.column()} {begin}; read as numbers, without these zeros."
        return words.as_numbers(figures.cast(pl.Float64), "leading zeros", told, count, asks=True)
    told = f"Column {quoted(name)} stays text, for {counted(count, 'number')} in it {begin}."
    notice = Notice("leading zeros", told, count, (Option("Read as numbers", {f"type:{name}": "number"}),), asks=True)
    return Values(name, kind_of_words(words.cells), words.cells), [notice]


def _long(words: Words, figures: pl.Series) -> Found | None:
    """Whole numbers that would be rounded stay text, every digit."""
    if int(figures.str.contains(WHOLE).sum()) < words.present() and not lossy(figures):
        return None
    return Values(words.name, "text", words.cells), [identifier(words.name, words.cells)]


@cache
def _foreign_signs() -> dict[str, str]:
    """Every digit of other scripts, and signs and marks as they are typeset → the plain ones."""
    digits = {chr(code): unicodedata.decimal(chr(code), None) for code in range(128, LAST)}
    return {char: str(digit) for char, digit in digits.items() if digit is not None} | SIGNS


def _foreign(words: Words) -> Found | None:
    """Numbers with digits of other scripts, or typeset signs such as the true minus."""
    beyond = words.cells.str.contains(r"[^\x00-\x7f]").fill_null(False)
    if not beyond.any():
        return None
    signs = _foreign_signs()
    plain = words.cells.str.replace_many(list(signs), list(signs.values()))
    changed = (plain != words.cells).fill_null(False)
    if not changed.any():
        return None
    again = replace(words, cells=plain)
    found = next(filter(None, (attempt(again) for attempt in (_numbers, _grouped, _measured, _mixed))), None)
    if found is None or found[0].kind != "number":
        return None
    count = int(changed.sum())
    written = f"{counted(count, 'number')} of {words.column()} {'is' if count == 1 else 'are'} written"
    told = f"{written} with other digits or signs ({words.example(changed)}); read as plain ones."
    values, notices = words.as_numbers(found[0].series, "foreign digits", told, count)
    return values, [*notices, *found[1]]


def _flags(words: Words) -> Found | None:
    """Columns of two answers; they stay as they are and count as 0 and 1."""
    name, marked = words.name, words.plain().is_in(words.missing).fill_null(False)
    answers = words.plain().set(marked, None).str.to_lowercase()
    if answers.n_unique() > 3 or set(answers.drop_nulls().unique()) not in FLAGS:
        return None
    option = Option("Read as text", {f"type:{name}": "text"})
    told = f"Column {quoted(name)} holds two answers; as a feature {words.example(answers.is_in(TRUE))} counts 1 and the other 0."
    notices = [Notice("flags", told, len(answers) - answers.null_count(), (option,))]
    return Values(name, "flag", words.cells.set(marked, None)), [*notices, *_marked(words, marked)]


def _marked(words: Words, marked: pl.Series) -> list[Notice]:
    """The word on cells that mean "missing"."""
    tokens = {str(word): int(count) for word, count in words.plain().filter(marked).value_counts().iter_rows()}
    return repairs({words.name: Repaired(Counter(tokens))}, words.row)


def _grouped(words: Words) -> Found | None:
    """1,234 and 1 234 and 1'234: groups of three digits; a single comma could also be meant otherwise."""
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
    count, doubtful = int(grouped.sum()), bool(figures.filter(grouped).str.contains(DOUBTFUL).all())
    told = f"{counted(count, 'number')} of {words.column()} with thousands set apart ({words.example(grouped)})."
    numbers = narrowest(joined.cast(pl.Int64)) if joined.str.contains(WHOLE).all() else joined.cast(pl.Float64, strict=False)
    values, (notice, *rest) = words.as_numbers(numbers, "thousands", told, count, asks=doubtful)
    if doubtful:
        mark = "point" if words.decimal == "," else "comma"
        other = Option(f"The {mark} is the decimal mark", {f"type:{words.name}": mark})
        notice = replace(notice, options=(other, *notice.options))
    return values, [notice, *rest]


def _measured(words: Words) -> Found | None:
    """12 kg, 5 %, € 3.50: numbers with one and the same unit."""
    plain = words.plain()
    marked = plain.is_in(words.missing).fill_null(False)
    plain = plain.set(marked, None)
    if plain.null_count() == len(plain) or not plain.str.contains(UNIT).all():
        return None
    parts = [plain.str.extract(UNIT, group).fill_null("") for group in range(1, 6)]
    units = (parts[1] + parts[3] + parts[4]).filter(plain.is_not_null()).unique()
    if len(units) != 1 or units[0] == "":
        return None
    figures = (parts[0] + parts[2]).set(plain.is_null(), None)
    for decimal in (words.decimal, "," if words.decimal == "." else "."):
        again = replace(words, cells=figures, decimal=decimal)
        found = _numbers(again) or _grouped(again)
        if found and found[0].kind == "number":
            comma = "" if decimal == words.decimal else f", with a decimal {'comma' if decimal == ',' else 'point'}"
            example = words.example(plain.is_not_null())
            told = f"The unit {quoted(units[0])} is taken off the numbers of {words.column()} ({example}{comma})."
            values, notices = words.as_numbers(found[0].series, "units", told, len(plain) - plain.null_count(), asks=True)
            return values, [*notices, *found[1], *_marked(words, marked)]
    return None


def _mixed(words: Words) -> Found | None:
    """A column of numbers with a few cells that are none."""
    plain, figures = words.plain(), words.figures()
    values = figures.set(~figures.str.contains(PLAIN).fill_null(False), None).cast(pl.Float64)
    number = values.is_finite().fill_null(False)
    if not words.forced and number.sum() < max(MOSTLY * words.present(), 5):
        return None
    values = values.set(~number, None)
    none = ~number & plain.is_not_null()
    count = int(none.sum())
    if not count:
        return Values(words.name, "number", values), []
    other = none & ~plain.is_in([*words.missing, *INFINITE]).fill_null(False)
    first = int((other if other.any() else none).arg_true()[0])
    what = "is no number and" if count == 1 else "are no numbers and"
    told = f"{count:,} of {counted(len(plain), 'cell')} of {words.column()} {what} read as missing"
    told = f"{told}: {words.row(first)} has {quoted(plain[first])}."
    return words.as_numbers(values, "not numbers", told, count, asks=not words.forced)


Attempt = Callable[[Words], Found | None]
FIGURES: tuple[Attempt, ...] = (_numbers, _codes, _foreign, _flags, _grouped, _measured, _mixed)


def spelt(words: Words) -> Found | None:
    """What the words stand for, or None when they are no more than words."""
    figures, few = words.shapes()
    attempts = FIGURES if figures else (_flags,) if few else ()
    return next((found for attempt in attempts if (found := attempt(words)) is not None), None)
