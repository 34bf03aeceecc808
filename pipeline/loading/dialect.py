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

from pipeline.loading.above import RECORDS, skipped, uncommented
from pipeline.loading.encoding import Text
from pipeline.loading.exported import named_like_ours
from pipeline.loading.headings import NUMBER, Heading, heading_of
from pipeline.loading.limits import Limits
from pipeline.loading.words import quoted
from pipeline.results import Notice, Option, Problem

FIRST = 2**20  # bytes that the decisions rest on
ENOUGH = 2**18  # bytes of whole lines that are looked at cell by cell, if those are 20 lines
SPACED = 1.9  # score from which blanks separate although another mark could: nearly all is numbers
DOUBTFUL = 0.95  # and from which it is a question
CLOSE = 0.8  # share of the best score from which another mark could be meant as well
NOTHING = "\x1f\x1e\x1d\x1c\x07\x06\x05\x04\x03\x02\x01"  # separators that hardly any file has: the whole line is one cell
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
POINT = re.compile(r"\s*[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?\s*")
DOTTED = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}\.[0-9]{3}\s*")  # 1.234 may be a thousand and more
DOTS = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}\s*")
COMMAS = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}((,[0-9]{3}){2,}|(,[0-9]{3})+\.[0-9]+)\s*")
COMMA = re.compile(r"\s*[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)?,[0-9]+([eE][+-]?[0-9]+)?\s*")
REST = re.compile(r'(?:[^"]|"")*"?')  # of a cell in quotes that began a line above
PARTS = re.compile(r'(?:^|(?<=[ \t]))"(?:[^"]|"")*"?|[ \t]+|[^ \t]+')
GROUPED = re.compile(r"\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}\s*")
OUR_WAY = {"delimiter": ",", "decimal": ".", "header": True, "skip": 0}  # how our own exports are written


@dataclass(frozen=True)
class Dialect:
    """Separator, decimal mark, lines and rows before the first row of data, and the heading of the columns."""

    delimiter: str
    decimal: str
    before: int
    rows: int
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
    if named_like_ours(next(records(sample, ","), [])):
        choices = {**OUR_WAY, **choices}
    notices: list[Notice] = []
    lines = sample.split("\n")
    told = re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\r"), re.I)
    before = 1 if told else 0
    delimiter = _delimiter("\n".join(lines[before:]), told.group(1) if told else "", choices, notices)
    literal = choices.get("quotes") == "literal"
    blanked = not literal and blanks_before_quotes("\n".join(lines[before:]), delimiter)

    def cut(line: str) -> list[str]:
        return next(records(line, delimiter, literal, blanked), [])

    skip = skipped(lines, before, cut, choices, notices)
    lines[skip] = uncommented(lines, skip, cut)
    rows = list(islice(records("\n".join(lines[skip:]), delimiter, literal, blanked), RECORDS + 1))
    if not rows:
        raise Problem(f"{text.name} has no rows below line {skip:,}. Choose a file with a header and rows.")
    if len(rows[0]) > limits.columns:
        raise too_wide(text.name, len(rows[0]), limits)
    decimal = _decimal(rows, delimiter, choices, notices)
    heading = heading_of(rows, decimal, choices, text.name)
    above = skip + heading.present
    before = above + (sum(cell.count("\n") for cell in rows[0]) if heading.present else 0)
    return Dialect(delimiter, decimal, before, above, heading, (*text.notices, *notices, *heading.notices))


def records(text: str, delimiter: str, literal: bool = False, blanked: bool = False) -> Iterator[list[str]]:
    """Cells of each line that is not blank; with ``literal``, quotes are ordinary characters, ``blanked`` may follow blanks."""
    csv.field_size_limit(2**31 - 1)
    spaced = delimiter == " "
    lines = iter(text.split("\n"))
    kept = (line + "\n" for line in (single_blanks(lines, literal) if spaced else lines))
    quoting: Any = csv.QUOTE_NONE if literal else csv.QUOTE_MINIMAL
    return (row for row in csv.reader(kept, delimiter=delimiter, skipinitialspace=spaced or blanked, quoting=quoting) if row)


def single_blanks(lines: Iterator[str], literal: bool) -> Iterator[str]:
    """Lines of a table that is separated by blanks: tabs become blanks, but not inside quotes, where they are content."""
    inside = False  # a cell of several lines
    for line in lines:
        if literal or (not inside and '"' not in line):
            yield line.strip(" \t").replace("\t", " ")
            continue
        found = REST.match(line) if inside else None
        rest = found.group() if found else ""
        parts = PARTS.findall(line, len(rest))
        last = '"' + rest if inside and not parts else parts[-1] if parts else ""
        inside = last.startswith('"') and last.count('"') % 2 == 1
        made = rest + "".join(part if part.startswith('"') else part.replace("\t", " ") for part in parts)
        yield made if inside else made.rstrip(" ")


def blanks_before_quotes(sample: str, delimiter: str) -> bool:
    """Whether quotes that follow blanks enclose cells, as in 1, "x, y": so read, no quote is left over and rows are as even."""
    if delimiter == " " or not re.search(re.escape(delimiter) + ' +"', sample):
        return False
    csv.field_size_limit(2**31 - 1)
    lines, rows = [line + "\n" for line in sample.split("\n")], list[list[str]]()
    try:
        for row in islice(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True), RECORDS):
            rows.append(row)
    except csv.Error as error:
        if "end of data" not in str(error):  # which is where the sample ends
            return False
    return _evenness([row for row in rows if row]) >= _evenness(list(islice(records(sample, delimiter), RECORDS)))


def _evenness(rows: list[list[str]]) -> float:
    """Share of rows with the usual number of cells."""
    return max(Counter(len(row) for row in rows).values(), default=0) / max(len(rows), 1)


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
            raise Problem(f"{quoted(mark)} cannot separate cells. Choose a comma, semicolon, tab, bar or space.")
        return mark
    marks = [mark for mark in DELIMITERS if mark != " " or choices.get("spaces", True)]  # a label has words: "Digit 2"
    scores = {mark: _score(sample, mark, choices.get("quotes") == "literal") for mark in marks}
    if '"' in sample and max(scores.values()) <= 0:  # a quote that never closes makes one cell of all that follows
        scores = {mark: _score(sample, mark, literal=True) for mark in marks}
    if scores.get(" ", 0) < SPACED and max(score for mark, score in scores.items() if mark != " ") >= 1:
        scores.pop(" ", None)  # blanks inside the cells of a table that is separated by something else
    best = max(scores, key=lambda mark: (scores[mark], mark != ","))  # of equal ones not the comma, which has other uses
    if scores[best] <= 0:
        return next((mark for mark in NOTHING if mark not in sample), NOTHING[0])
    close = [mark for mark, score in scores.items() if score > CLOSE * scores[best] and mark != best]
    if best != "," or close:
        others = tuple(Option(f"Separated by {DELIMITERS[mark]}s", {"delimiter": mark}) for mark in close)
        doubtful = any(scores[mark] > DOUBTFUL * scores[best] for mark in close)
        notices.append(Notice("delimiter", f"The cells are separated by {DELIMITERS[best]}s.", options=others, asks=doubtful))
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


def _decimal(rows: list[list[str]], delimiter: str, choices: dict[str, Any], notices: list[Notice]) -> str:
    """The decimal mark: what most cells say; 1.234 and 1,234 say nothing, for they may be a thousand and more."""
    if "decimal" in choices:
        if choices["decimal"] not in (".", ","):
            raise Problem(f"{quoted(choices['decimal'])} cannot be the decimal mark. Choose the point or the comma.")
        return str(choices["decimal"])
    cells = [cell for row in rows for cell in row if "," in cell or "." in cell]
    points = [cell for cell in cells if (POINT.fullmatch(cell) and not DOTTED.fullmatch(cell)) or COMMAS.fullmatch(cell)]
    commas = [cell for cell in cells if (COMMA.fullmatch(cell) and not GROUPED.fullmatch(cell)) or DOTS.fullmatch(cell)]
    dotted, grouped = ([cell for cell in cells if mark.fullmatch(cell)] for mark in (DOTTED, GROUPED))
    if len(points) > len(commas) or not (commas or dotted or grouped):
        return "."
    tie = len(points) == len(commas)
    found = commas or dotted or grouped if not tie else dotted or grouped or commas
    if not tie or delimiter == ";" or (delimiter != "," and len(grouped) > len(dotted)):
        other = Option("The point is the decimal mark", {"decimal": "."})
        notices.append(Notice("decimal", _comma_told(found[0]), options=(other,), asks=tie or bool(points)))
        return ","
    if points or delimiter in "\t|":  # beside commas, points are the usual mark, and groups are asked about by column
        words = f"The point is read as the decimal mark, for example {quoted(found[0].strip())}."
        notices.append(Notice("decimal", words, options=(Option("The comma is the decimal mark", {"decimal": ","}),), asks=True))
    return "."


def _comma_told(cell: str) -> str:
    example = quoted(cell.strip())
    if "," in cell:
        return f"The comma is read as the decimal mark, for example {example}."
    return f"The point is read as setting thousands apart, for example {example}, for the comma may be the decimal mark."
