"""How a text file is laid out: what separates its cells, which mark is the decimal one, where the rows begin."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from pipeline.loading.encoding import Text
from pipeline.loading.headings import Heading, heading_of
from pipeline.loading.limits import Limits
from pipeline.results import Notice, Option, Problem

FIRST = 2**20  # bytes that the decisions rest on
ENOUGH = 2**18  # bytes of whole lines that are looked at cell by cell, if those are 20 lines
RECORDS = 300  # rows that they rest on
SPACED = 1.9  # score from which blanks separate although another mark could: nearly all is numbers
NOTHING = "\x1f"  # a separator that no file has: the whole line is one cell
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
NUMBER = re.compile(r"\s*[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?\s*")
POINT = re.compile(r"\s*[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?\s*")
COMMA = re.compile(r"\s*[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)?,[0-9]+([eE][+-]?[0-9]+)?\s*")
GROUPED = re.compile(r"\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}\s*")


@dataclass(frozen=True)
class Dialect:
    """Separator, decimal mark, lines before the first row of data, and the heading of the columns."""

    delimiter: str
    decimal: str
    before: int
    heading: Heading
    notices: tuple[Notice, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.heading.names)


def dialect_of(text: Text, choices: dict[str, Any], limits: Limits) -> Dialect:
    """The dialect, decided on the first part of the file or chosen; raises Problem."""
    sample = _first_part(text, limits)
    if not sample.strip():
        raise Problem(f"{text.name} has no data: only blank lines. Choose a file with a header and rows.")
    notices: list[Notice] = []
    lines = sample.split("\n")
    told = re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\r"), re.I)
    before = 1 if told else 0
    delimiter = _delimiter("\n".join(lines[before:]), told.group(1) if told else "", choices, notices)
    skip = _skip(lines, before, delimiter, choices, notices)
    if lines[skip].startswith("#") and skip < len(lines) - 1:
        lines[skip] = lines[skip].lstrip("# ")
    literal = choices.get("quotes") == "literal"
    rows = list(islice(records("\n".join(lines[skip:]), delimiter, literal), RECORDS + 1))
    if len(rows[0]) > limits.columns:
        raise too_wide(text.name, len(rows[0]), limits)
    decimal = _decimal(rows, delimiter, choices, notices)
    heading = heading_of(rows, decimal, choices, text.name)
    before = skip + (1 + sum(cell.count("\n") for cell in rows[0]) if heading.present else 0)
    return Dialect(delimiter, decimal, before, heading, (*text.notices, *notices, *heading.notices))


def records(text: str, delimiter: str, literal: bool = False) -> Iterator[list[str]]:
    """Cells of each line that is not blank; with ``literal``, quotes are ordinary characters."""
    csv.field_size_limit(2**31 - 1)
    spaced = delimiter == " "
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n")) if spaced else iter(text.split("\n"))
    kept = (line + "\n" for line in lines)
    quoting: Any = csv.QUOTE_NONE if literal else csv.QUOTE_MINIMAL
    return (row for row in csv.reader(kept, delimiter=delimiter, skipinitialspace=spaced, quoting=quoting) if row)


def too_wide(name: str, found: int, limits: Limits, least: str = "") -> Problem:
    """The refusal of a table with too many columns."""
    return Problem(
        f"{name} has {least}{found:,} columns in row 1; at most {limits.columns:,} are read. "
        "Leave columns out, or reduce them (for example by PCA) before saving."
    )


def _first_part(text: Text, limits: Limits) -> str:
    """Whole lines of about the first megabyte, more only while a single line is longer than that."""
    part, cut = b"", False
    for block in text.blocks(FIRST):
        part += block
        head = part.split(b"\n", 1)[0]
        widest = max(head.count(mark.encode()) for mark in DELIMITERS if mark != " ")
        if widest > limits.columns:
            raise too_wide(text.name, widest + 1, limits, "" if b"\n" in part else "at least ")
        if len(part) >= FIRST and part.count(b"\n") >= 2:
            cut = True
            break
    lines = (part[: part.rindex(b"\n")] if cut else part).split(b"\n")
    enough = np.searchsorted(np.cumsum([len(line) for line in lines]), ENOUGH) + 1
    return b"\n".join(lines[: max(int(enough), 20)]).decode("utf-8", "replace")


def _delimiter(sample: str, told: str, choices: dict[str, Any], notices: list[Notice]) -> str:
    if told or choices.get("delimiter"):
        mark = str(choices.get("delimiter") or told)
        if len(mark) != 1 or not mark.isascii() or mark in '"\n\r':
            raise Problem(f"“{mark[:10]}” cannot separate cells. Choose a comma, semicolon, tab, bar or space.")
        return mark
    marks = [mark for mark in DELIMITERS if mark != " " or choices.get("spaces", True)]  # a label has words: "Digit 2"
    scores = {mark: _score(sample, mark, choices.get("quotes") == "literal") for mark in marks}
    if scores.get(" ", 0) < SPACED and max(score for mark, score in scores.items() if mark != " ") >= 1:
        scores.pop(" ", None)  # blanks inside the cells of a table that is separated by something else
    best = max(scores, key=lambda mark: scores[mark])
    if scores[best] <= 0:
        return NOTHING
    if best != ",":
        others = tuple(Option(f"Separated by {words}", {"delimiter": mark}) for mark, words in DELIMITERS.items() if mark != best)
        notices.append(Notice("delimiter", f"The cells are separated by {DELIMITERS[best]}s.", options=others[:2]))
    return best


def _score(sample: str, delimiter: str, literal: bool) -> float:
    """How well a separator fits: share of rows with the usual width, and share of cells that are numbers."""
    if delimiter not in sample:
        return 0.0
    rows = list(islice(records(sample, delimiter, literal), RECORDS))
    ((width, usual),) = Counter(len(row) for row in rows).most_common(1) or [(1, 0)]
    if width < 2:
        return 0.0
    cells = [cell for row in rows[1:] or rows for cell in row if cell.strip()]
    numbers = sum(1 for cell in cells if NUMBER.fullmatch(cell)) / max(len(cells), 1)
    share = usual / len(rows)
    if share < 0.8 and numbers < 0.3:
        return 0.0
    if delimiter == " " and numbers < 0.3:  # words of a sentence
        return 0.0
    return share + numbers - (0.02 if delimiter == " " else 0.0)


def _skip(lines: list[str], before: int, delimiter: str, choices: dict[str, Any], notices: list[Notice]) -> int:
    """Number of lines before the heading: a separator line, comments, titles, blank lines."""
    if "skip" in choices:
        return int(choices["skip"])
    widths = [len(next(records(line, delimiter), [])) for line in lines[: before + RECORDS]]
    usual = Counter(width for width in widths[before:] if width).most_common(1)[0][0]
    skip = before
    while skip < len(widths) - 1 and _above(lines, widths, skip, usual, delimiter):
        skip += 1
    if skip >= len(widths) - 1:
        return before
    if skip > before and lines[skip - 1].startswith("#") and _numeric(lines[skip], delimiter):
        cells = next(records(lines[skip - 1].lstrip("# "), delimiter), [])
        if len(cells) == usual and not any(map(NUMBER.fullmatch, cells)):
            skip -= 1  # a heading behind a comment mark, as numpy.savetxt writes it
            told = f"Row {skip + 1} begins with # and is read as the names of the columns."
            notices.append(Notice("header", told, options=(Option("It is a comment", {"skip": skip + 1}),), asks=True))
    passed = [line for line in lines[before:skip] if line.strip()]
    if passed:
        words = f"{len(passed)} lines above the table are left out (“{passed[0][:40]}”); the table begins in row {skip + 1}."
        notices.append(Notice("lines above", words, len(passed), (Option("Begin at row 1", {"skip": 0}),), asks=True))
    return skip


def _above(lines: list[str], widths: list[int], at: int, usual: int, delimiter: str) -> bool:
    """Whether a line stands above the table: blank, a comment, or a title with too few cells."""
    if widths[at] == 0 or lines[at].startswith("#") or widths[at] < usual - 1 or (usual > 2 and widths[at] == 1):
        return True
    following = next((line for line in lines[at + 1 :] if line.strip()), "")
    return widths[at] == 1 < usual and not any(map(NUMBER.fullmatch, next(records(following, delimiter), [])))


def _numeric(line: str, delimiter: str) -> bool:
    return all(NUMBER.fullmatch(cell) for cell in next(records(line, delimiter), [""]))


def _decimal(rows: list[list[str]], delimiter: str, choices: dict[str, Any], notices: list[Notice]) -> str:
    if "decimal" in choices:
        return str(choices["decimal"])
    cells = [cell for row in rows for cell in row if "," in cell or "." in cell]
    points = sum(1 for cell in cells if POINT.fullmatch(cell))
    commas = [cell for cell in cells if COMMA.fullmatch(cell)]
    if len(commas) <= points:
        return "."
    grouped = all(GROUPED.fullmatch(cell) for cell in commas)
    if grouped and delimiter == ",":
        return "."
    words = f"The comma is read as the decimal mark, for example “{commas[0].strip()[:40]}”."
    notices.append(Notice("decimal", words, options=(Option("The point is the decimal mark", {"decimal": "."}),), asks=grouped))
    return ","
