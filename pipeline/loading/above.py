"""What stands above a table in a file of text: a separator line, comments, titles, blank lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from pipeline.loading.headings import NUMBER, TOKENS
from pipeline.loading.words import counted, quoted
from pipeline.results import Notice, Option, Problem

RECORDS = 300  # rows that decisions rest on
Cut = Callable[[str], list[str]]  # a line → its cells


def skipped(lines: list[str], before: int, cut: Cut, choices: dict[str, Any], notices: list[Notice]) -> int:
    """Number of lines above the heading, at least ``before``, or as many as chosen and the blank ones after; raises Problem."""
    if "skip" in choices:
        skip = _chosen(choices["skip"], lines)
        while not cut(lines[skip]) and skip < len(lines) - 1:
            skip += 1
        return skip
    cells = [cut(line) for line in lines[: before + RECORDS]]
    table = [row for row, line in zip(cells, lines, strict=False) if row and not line.startswith("#")] or cells
    usual = Counter(len(row) for row in table[before:] or table).most_common(1)[0][0]
    marks = [row[0].startswith("#") for row in cells if len(row) == usual]
    commented = sum(marks) <= len(marks) / 2  # else # is how the cells of the first column begin
    skip = before
    while skip < len(cells) - 1 and _above(lines, cells, skip, usual, commented):
        skip += 1
    if skip >= len(cells) - 1:
        return before
    last = skip - 1
    marked = commented and skip > before and lines[last].startswith("#") and len(cut(uncommented(lines, last, cut))) == usual
    if marked and not any(map(NUMBER.fullmatch, cut(uncommented(lines, last, cut)))) and not _names(cells[skip : skip + 2]):
        skip, marked = last, False
        told = f"Row {skip + 1} begins with # and is read as the names of the columns."
        notices.append(Notice("header", told, options=(Option("It is a comment", {"skip": skip + 1}),), asks=True))
    passed = [line for line in lines[before:skip] if line.strip()]
    if passed:
        out = f"{counted(len(passed), 'line')} above the table {'is' if len(passed) == 1 else 'are'} left out"
        words = f"{out} ({quoted(passed[0].strip())}); the table begins in row {skip + 1}."
        ways = [Option(f"Row {skip} names the columns", {"skip": last})] if marked and last else []
        ways.append(Option("Begin at row 1", {"skip": 0}))
        notices.append(Notice("lines above", words, len(passed), tuple(ways), asks=True))
    return skip


def uncommented(lines: list[str], at: int, cut: Cut) -> str:
    """A line without the comment mark before its first word, as numpy.savetxt writes it; a cell that is # alone is a name."""
    line, following = lines[at], next((line for line in lines[at + 1 :] if line.strip()), "")
    cells = cut(line)
    alone = bool(following and cells) and cells[0].strip() == "#"
    if alone and (not line.startswith("# ") or len(cells) == len(cut(following))):
        return line
    return line.lstrip("# ") if line.startswith("#") and at < len(lines) - 1 else line


def _chosen(chosen: Any, lines: list[str]) -> int:
    """A number of lines that leaves some of the table; raises Problem."""
    most = max(i for i, line in enumerate(lines) if line.strip())
    if not re.fullmatch("[0-9]{1,9}", str(chosen)) or int(chosen) > most:
        raise Problem(f"{quoted(chosen, 20)} lines above the table cannot be left out. Choose a number from 0 to {most:,}.")
    return int(chosen)


def _above(lines: list[str], cells: list[list[str]], at: int, usual: int, commented: bool) -> bool:
    """Whether a line stands above the table: blank, a comment, or a title with too few cells."""
    width = len(cells[at])
    if commented and lines[at].startswith("#"):
        return not _data(lines[at], cells[at], usual) or _names(cells[at + 1 : at + 3])
    if width == 0 or width < usual - 1 or (usual > 2 and width == 1):
        return True
    following = next((row for row in cells[at + 1 :] if row), [])
    return width == 1 < usual and not any(map(NUMBER.fullmatch, following))


def _data(line: str, cells: list[str], usual: int) -> bool:
    """Whether a line that begins with # is a row of the table all the same, such as #ff0000,255,0,0."""
    first = re.match(r"#[^\s#]", line) and not NUMBER.fullmatch(cells[0][1:])
    return bool(first) and len(cells) == usual and any(map(NUMBER.fullmatch, cells[1:]))


def _names(rows: list[list[str]]) -> bool:
    """Whether the first of two rows names columns of numbers: it has words alone, and the second has a number."""
    first, second = (*rows, [], [])[:2]
    words = all(cell.strip() not in TOKENS and not NUMBER.fullmatch(cell) for cell in first)
    return bool(first) and words and any(map(NUMBER.fullmatch, second))
