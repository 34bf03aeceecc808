"""Blocks of whole, equally wide rows, and the word on every row that had to be mended for that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.loading.careful import Careful
from pipeline.loading.encoding import Text
from pipeline.loading.words import MOST, counted, numbered, quoted
from pipeline.results import Notice, Option, Problem

LONGEST = 64 * 2**20  # bytes of a row; beyond, a quote has not been closed
QUOTE, LINE = ord('"'), ord("\n")


class Irregular(Exception):
    """Quotes that stand inside cells: a careful reader must take over."""


@dataclass
class Records:
    """The rows of a text file: ``blocks`` yields UTF-8 CSV in which every row has ``width`` cells.

    While it is read it notes the rows that were short (filled as missing), long, blank, by their number in the file.
    """

    text: Text
    delimiter: str
    names: tuple[str, ...]
    skip: int  # lines above the first row of the table
    above: int  # rows above it: fewer than lines when the heading has cells of several lines
    choices: dict[str, Any]
    careful: Careful | None = None
    read: int = 0  # rows seen
    gone: list[int] = field(default_factory=list)  # rows of the file that are no rows of the table
    short: list[int] = field(default_factory=list)
    trailing: list[int] = field(default_factory=list)  # with separators behind the last cell
    blank: int = 0  # lines between rows
    ending: int = 0  # blank lines since the last row
    long: list[int] = field(default_factory=list)
    inner: list[np.ndarray] = field(default_factory=list)  # for each line end inside a cell, the number of its row
    passed: int = 0  # bytes read

    @property
    def width(self) -> int:
        """Number of cells that every row has."""
        return len(self.names)

    @property
    def done(self) -> int:
        """Bytes read."""
        return self.careful.done if self.careful else self.passed

    def blocks(self) -> Iterator[bytes]:
        """Blocks of whole rows; raises Irregular, or Problem naming the row."""
        stream = self.careful.blocks() if self.careful else self._whole()
        for block in stream:
            made = self._even(block)
            if made:
                yield made

    def row(self, index: int) -> str:
        """The row with this index in the table as it is counted in the file, header included and from 1."""
        number = index + self.above + 1
        for gap in self.gone:
            if gap > number:
                break
            number += 1
        return self._named(number)

    def _named(self, number: int) -> str:
        """Row 4; row 4 (line 9) where cells of several lines stand above it."""
        line = number + self.skip - self.above + sum(int(np.searchsorted(rows, number)) for rows in self.inner)
        return f"row {number:,}" if line == number else f"row {number:,} (line {line:,})"

    def notices(self) -> tuple[Notice, ...]:
        """What was mended, counted."""
        told = []
        if self.short:
            fewer = f"{_rows(self.short)} {_have(self.short)} fewer than {self.width:,} cells"
            words = f"{fewer}; those that lack at the end are read as missing values."
            out = Option("Leave these rows out", {"short_rows": "leave out"})
            told.append(Notice("short rows", words, len(self.short), (out,)))
        if self.long:
            are = "is" if len(self.long) == 1 else "are"
            words = f"{_rows(self.long)} {_have(self.long)} more than {counted(self.width, 'cell')} and {are} left out."
            told.append(Notice("long rows", words, len(self.long)))
        if self.trailing:
            many = "ends with a separator" if len(self.trailing) == 1 else "end with separators"
            words = f"{_rows(self.trailing)} {many} and nothing behind: left off."
            told.append(Notice("trailing separators", words, len(self.trailing)))
        blanks = self.careful.blanks if self.careful else 0
        if blanks:
            words = f"{counted(blanks, 'row')} with blanks between separators and cells: left off, for quotes follow them."
            told.append(Notice("blanks", words, blanks))
        if self.blank:
            told.append(Notice("blank rows", f"{counted(self.blank, 'blank line')} between the rows: passed over.", self.blank))
        return tuple(told)

    def _whole(self) -> Iterator[bytes]:
        """Blocks cut behind the last line end that stands outside quotes."""
        held, skip = b"", self.skip
        for block in self.text.blocks():
            self.passed += len(block)
            held += block
            while skip and b"\n" in held:
                held, skip = held.split(b"\n", 1)[1], skip - 1
            cut = 0 if skip else _last_end(held)
            if not cut and len(held) > LONGEST:
                raise Irregular
            if cut:
                yield self._spaced(held[:cut])
                held = held[cut:]
        if held and not skip:
            yield self._spaced(held + b"\n")

    def _spaced(self, block: bytes) -> bytes:
        if self.delimiter != " ":
            return block
        if b'"' in block:
            raise Irregular
        return re.sub(rb" ?\n ?", b"\n", re.sub(rb"[ \t]+", b" ", block)).removeprefix(b" ")

    def _even(self, block: bytes) -> bytes:
        """The block, with blank lines taken out and short rows filled so that all rows are equally wide."""
        codes = np.frombuffer(block, np.uint8)
        ends, marks = _outside(codes, ord(self.delimiter), block)
        if b'"' in block:
            self._lines_inside(codes, ends)
        inner = self.width - 1
        if len(marks) == len(ends) * inner and (inner == 0 or _regular(marks.reshape(-1, inner), ends)):
            self.read += len(ends)
            self.blank, self.ending = self.blank + self.ending, 0
            return block
        return self._mended(block, ends, marks)

    def _lines_inside(self, codes: np.ndarray, ends: np.ndarray) -> None:
        """Note the rows of the line ends that stand inside cells."""
        lines = np.flatnonzero(codes == LINE)
        rows = np.searchsorted(ends, lines)
        inside = rows[ends[np.minimum(rows, len(ends) - 1)] != lines] if len(ends) else rows
        if len(inside):
            self.inner.append(inside + self.above + self.read + 1)

    def _mended(self, block: bytes, ends: np.ndarray, marks: np.ndarray) -> bytes:
        starts = np.concatenate(([0], ends[:-1] + 1))
        cells = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
        first, kept = self.above + self.read + 1, list[bytes]()
        self.read += len(ends)
        for i, (start, end, count) in enumerate(zip(starts.tolist(), ends.tolist(), cells.tolist(), strict=True)):
            line = self._line(block[start:end], count, first + i)
            if line is None:
                self.gone.append(first + i)
            else:
                kept.append(line)
                self.blank, self.ending = self.blank + self.ending, 0
        return b"\n".join(kept) + b"\n" if kept else b""

    def _line(self, line: bytes, cells: int, number: int) -> bytes | None:
        """One line of the right width, or None when it is no row of the table."""
        if cells == self.width and (line or self.width == 1):
            return line
        mark = self.delimiter.encode()
        if not line.strip():
            self.ending += 1
            return None
        if cells > self.width and not line[_nth(line, mark, self.width) :].strip(mark + b" "):
            self.trailing.append(number)
            return line[: _nth(line, mark, self.width)]
        if cells > self.width:
            self._too_long(line, cells, number)
            return None
        other = next((mark for mark in b",;\t|" if cells == 1 < self.width == line.count(mark) + 1), None)
        if other and "short_rows" not in self.choices:
            raise self._other_mark(line, chr(other), number)
        if self.choices.get("short_rows") == "leave out":
            self.short.append(number)
            return None
        self.short.append(number)
        return line + mark * (self.width - cells)

    def _shown(self, line: bytes, number: int) -> str:
        """The start of a row as it stands in the file."""
        spelt = self.careful.spelt if self.careful else {}
        return quoted(spelt.get(number, line)[: 4 * MOST].decode("utf-8", "replace"))

    def _other_mark(self, line: bytes, mark: str, number: int) -> Problem:
        return Problem(
            f"{self.text.name}: {self._named(number)} is separated by {quoted(mark)} and the rows above by "
            f"{quoted(self.delimiter)} ({self._shown(line, number)}). Use one separator for all, or leave such rows out.",
            (Option("Leave such rows out", {"short_rows": "leave out"}),),
        )

    def _too_long(self, line: bytes, cells: int, number: int) -> None:
        if self.choices.get("long_rows") == "leave out":
            self.long.append(number)
            return
        raise Problem(
            f"{self.text.name}: {self._named(number)} has {counted(cells, 'cell')} and the others have {self.width:,} "
            f"({self._shown(line, number)}). Mend that row, choose another separator, or leave such rows out.",
            (Option("Leave rows with too many cells out", {"long_rows": "leave out"}),),
        )


def _last_end(block: bytes) -> int:
    """Length of the whole rows at the start of the block."""
    if b'"' not in block:
        return block.rfind(b"\n") + 1
    codes = np.frombuffer(block, np.uint8)
    inside = np.cumsum(codes == QUOTE, dtype=np.uint8) & 1
    ends = np.flatnonzero((codes == LINE) & (inside == 0))
    return int(ends[-1]) + 1 if len(ends) else 0


def _outside(codes: np.ndarray, delimiter: int, block: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Places of line ends and separators outside quotes; raises Irregular when quotes stand inside cells."""
    if b'"' not in block:
        return np.flatnonzero(codes == LINE), np.flatnonzero(codes == delimiter)
    quotes = np.flatnonzero(codes == QUOTE)
    edge = np.zeros(256, bool)
    edge[[QUOTE, LINE, delimiter]] = True
    opening, closing = quotes[::2], quotes[1::2]
    before = edge[codes[opening - 1]] | (opening == 0)
    if len(opening) != len(closing) or not before.all() or not edge[codes[closing + 1]].all():
        raise Irregular
    # A quote that opens right behind one that closed is the second of a doubled quote.
    inside = np.cumsum(codes == QUOTE, dtype=np.uint8) & 1
    return np.flatnonzero((codes == LINE) & (inside == 0)), np.flatnonzero((codes == delimiter) & (inside == 0))


def _regular(marks: np.ndarray, ends: np.ndarray) -> bool:
    """Whether each row of separators (rows, width - 1) lies inside its own line."""
    return bool((marks[:, -1] < ends).all() and (marks[1:, 0] > ends[:-1]).all())


def _nth(line: bytes, mark: bytes, count: int) -> int:
    """Place of the separator with this number, those inside quotes not counted."""
    inside, seen = False, 0
    for place, code in enumerate(line):
        if code == QUOTE:
            inside = not inside
        elif code == mark[0] and not inside:
            seen += 1
            if seen == count:
                return place
    return len(line)


def _rows(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Row {numbers[0]:,}"
    return f"{len(numbers):,} rows ({numbered(numbers).removeprefix('rows ')})"


def _have(numbers: list[int]) -> str:
    return "has" if len(numbers) == 1 else "have"
