"""Whether the first row names the columns, and unique names for all of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Notice, Option, Problem

TOKENS = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "-", "?", ".", "missing")  # for "missing"
NUMBER = re.compile(r"\s*[+-]?([0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?\s*")  # whichever the decimal mark is
DATA = Option("The first row is data", {"header": False})


@dataclass(frozen=True)
class Heading:
    """Unique names of the columns; ``present`` when the file has them, ``unnamed`` those it leaves empty."""

    names: tuple[str, ...]
    present: bool
    unnamed: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()


def heading_of(rows: list[list[str]], decimal: str, choices: dict[str, Any], name: str) -> Heading:
    """The heading of a table whose first rows of cells are given; raises Problem when there is no row of data."""
    first, body = rows[0], rows[1:]
    asks: list[Notice] = []
    present = bool(choices["header"]) if "header" in choices else _present(first, body, decimal, asks)
    if not present:
        made = max((len(row) for row in rows[:50]), default=1) if len({len(row) for row in rows}) > 1 else len(first)
        return Heading(tuple(f"column {i + 1}" for i in range(made)), False, notices=tuple(asks))
    if not body:
        raise Problem(f"{name} has a header with {counted(len(first), 'column')} and no rows. Choose a file with rows of data.")
    return named(_stretched(first, body, choices, asks), asks)


def named(cells: list[str], asks: list[Notice] | None = None) -> Heading:
    """Unique names from the cells of a heading, told in notices where they had to be made."""
    notices = list(asks or [])
    used: set[str] = set()
    names, unnamed, repeated = [], set(), []
    plain = [cell.replace("\ufeff", "").replace("\0", "").strip() for cell in cells]
    taken = set(plain)
    reached: dict[str, int] = {}
    for i, name in enumerate(plain):
        empty = not name
        name = name or f"column {i + 1}"
        if name in used or (empty and name in taken):
            repeated.append(name)
            name = _another(name, used, taken, reached)
        used.add(name)
        names.append(name)
        if empty:
            unnamed.add(name)
    cut = [cell for cell, name in zip(cells, plain, strict=True) if name and cell != name]
    if cut:
        those = counted(len(cut), "name of a column", "names of columns")
        words = f"{those} with blanks or other marks that nobody sees ({listed(cut)}): left off."
        notices.append(Notice("trimmed names", words, len(cut)))
    if repeated:
        like = quoted(f"{repeated[0]} (2)")
        words = f"{counted(len(repeated), 'column')} with a name that was there before: numbered, like {like}."
        notices.append(Notice("repeated names", words, len(repeated), (DATA,)))
    return Heading(tuple(names), True, frozenset(unnamed), tuple(notices))


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is a finite number in plain writing."""
    plain = cell.strip().replace(",", ".") if decimal == "," else cell.strip()
    return re.fullmatch(r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", plain) is not None


def serial(cells: list[str]) -> bool:
    """Whether the cells count up by one from 0 or 1 (0, 1, 2, …)."""
    return len(cells) > 0 and cells[0] in ("0", "1") and cells == [str(i + int(cells[0])) for i in range(len(cells))]


def _present(first: list[str], body: list[list[str]], decimal: str, asks: list[Notice]) -> bool:
    """Decide by columns: a word above numbers speaks for a heading, a number above numbers against it."""
    words = numbers = 0
    for i, cell in enumerate(first):
        below = [row[i] for row in body if i < len(row) and row[i].strip() and row[i].strip() not in TOKENS]
        if below and sum(is_number(value, decimal) for value in below) >= 0.9 * len(below):
            words += not is_number(cell, decimal) and cell.strip() not in TOKENS
            numbers += is_number(cell, decimal)
    if words or numbers:
        return _judged(first, body, words, numbers, asks)
    if not body:
        return not any(is_number(cell, decimal) for cell in first)
    if serial([cell.strip() for cell in first]):
        return True
    return _of_words(first, body, asks)


def _judged(first: list[str], body: list[list[str]], words: int, numbers: int, asks: list[Notice]) -> bool:
    cells = [cell.strip() for cell in first]
    if serial(cells) and (len(cells) > 1 or cells == ["0"]):
        whole = all("." not in cell for row in body[:20] for cell in row)
        if whole and len(cells) < 16:
            present = cells[0] == "0"
            asks.append(_asked(present, "The first row counts 0, 1, 2, …" if present else "The first row counts 1, 2, 3, …"))
            return present
        return True
    if not words and _steps(cells) and any("." in cell for row in body for cell in row):
        asks.append(_asked(True, f"The first row counts {next(filter(is_number, cells))}, …"))
        return True
    if not words:
        asks.append(_asked(False, "The first row is made of numbers like the rest"))
        return False
    if numbers > words:
        are = "is a number" if numbers == 1 else "are numbers"
        asks.append(_asked(True, f"{counted(numbers, 'name')} in the first row {are}"))
    return True


def _steps(cells: list[str]) -> bool:
    """Whether the numbers among the cells are whole and go up by one, like years."""
    numbers = [cell for cell in cells if is_number(cell)]
    whole = len(numbers) > 1 and all(cell.isdigit() and len(cell) < 19 for cell in numbers)
    return whole and all(int(b) == int(a) + 1 for a, b in zip(numbers, numbers[1:], strict=False))


def _of_words(first: list[str], body: list[list[str]], asks: list[Notice]) -> bool:
    """A table of words: the first row is a heading when none of its cells recurs below."""
    recurs = any(cell in {row[i] for row in body if i < len(row)} for i, cell in enumerate(first))
    present = not recurs and all(len(cell) <= 60 for cell in first) and len(set(first)) == len(first)
    if not (present and all(re.fullmatch(r"[\w .()/-]{1,40}", cell) for cell in first) and len(body) > 3):
        asks.append(_asked(present, "All columns are text"))
    return present


def _asked(present: bool, why: str) -> Notice:
    done = "it is read as the names of the columns" if present else "it is read as data"
    other = DATA if present else Option("The first row names the columns", {"header": True})
    return Notice("header", f"{why}; {done}.", options=(other,), asks=True)


def _stretched(first: list[str], body: list[list[str]], choices: dict[str, Any], asks: list[Notice]) -> list[str]:
    """The heading as wide as the rows: with one cell less it has lost the name of their names, or of their last cells.

    Under a title that a person wants as the heading, all columns but the first are without a name.
    """
    widths = Counter(len(row) for row in body)
    usual = max(widths, key=lambda width: widths[width])
    if "skip" in choices and len(first) < usual:
        return [*first, *[""] * (usual - len(first))]
    if set(widths) != {len(first) + 1}:
        return first
    if all(not row[-1].strip() for row in body):
        return [*first, ""]
    last = choices.get("unnamed") == "last"
    which = "last column is read as one without a name" if last else "first column is read as the names of the rows"
    words = f"The rows have {len(first) + 1} cells and the header {len(first)}; the {which}."
    names = Option("The first column names the rows", {"unnamed": "first"})
    others = (names if last else Option("The last column has no name", {"unnamed": "last"}), DATA)
    asks.append(Notice("short header", words, options=others, asks="unnamed" not in choices))
    return [*first, ""] if last else ["", *first]


def _another(name: str, used: set[str], taken: set[str], reached: dict[str, int]) -> str:
    """The name with the first free number behind it; ``reached`` remembers the last, for names repeat thousands of times."""
    number = reached.get(name, 1) + 1
    while f"{name} ({number})" in used or f"{name} ({number})" in taken:
        number += 1
    reached[name] = number
    return f"{name} ({number})"
