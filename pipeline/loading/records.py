"""Blocks of whole, equally wide rows, and the word on every row that had to be mended for that."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.loading.dialect import FIRST, blanks_before_quotes, single_blanks
from pipeline.loading.encoding import Text
from pipeline.loading.words import counted
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
    width: int
    skip: int
    choices: dict[str, Any]
    careful: bool = False
    read: int = 0  # rows seen, those above the table included
    gone: list[int] = field(default_factory=list)  # rows of the file that are no rows of the table
    short: list[int] = field(default_factory=list)
    blank: int = 0  # lines between rows
    ending: int = 0  # blank lines since the last row
    long: list[int] = field(default_factory=list)
    done: int = 0  # bytes read
    blanks: int = 0  # rows with blanks behind a separator that were left off
    spelt: dict[int, bytes] = field(default_factory=dict)  # how rows of another width stand in the file, by their number

    def blocks(self) -> Iterator[bytes]:
        """Blocks of whole rows; raises Irregular, or Problem naming the row."""
        stream = self._rewritten() if self.careful else self._whole()
        for block in stream:
            made = self._even(block)
            if made:
                yield made

    def row(self, index: int) -> int:
        """Number in the file, header included and from 1, of the row with this index in the table."""
        number = index + self.skip + 1
        for gap in self.gone:
            if gap > number:
                break
            number += 1
        return number

    def notices(self) -> tuple[Notice, ...]:
        """What was mended, counted."""
        told = []
        if self.short:
            words = f"{_rows(self.short)} fewer than {self.width:,} cells; those missing at the end are read as missing values."
            out = Option("Leave these rows out", {"short_rows": "leave out"})
            told.append(Notice("short rows", words, len(self.short), (out,)))
        if self.long:
            are = "is" if len(self.long) == 1 else "are"
            words = f"{_rows(self.long)} more than {counted(self.width, 'cell')} and {are} left out."
            told.append(Notice("long rows", words, len(self.long)))
        if self.blanks:
            words = f"{counted(self.blanks, 'row')} with blanks between separators and cells: left off, for quotes follow them."
            told.append(Notice("blanks", words, self.blanks))
        if self.blank:
            told.append(Notice("blank rows", f"{counted(self.blank, 'blank line')} between the rows: passed over.", self.blank))
        return tuple(told)

    def _whole(self) -> Iterator[bytes]:
        """Blocks cut behind the last line end that stands outside quotes."""
        held, skip = b"", self.skip
        for block in self.text.blocks():
            self.done += len(block)
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

    def _rewritten(self) -> Iterator[bytes]:
        """The file through Python's own reader, which forgives quotes inside cells, written anew."""
        lines, literal = list[str](), self.choices.get("quotes") == "literal"
        spaced, blanked = self.delimiter == " ", not literal and self._blanked()
        quoting: Any = csv.QUOTE_NONE if literal else csv.QUOTE_MINIMAL
        reader = csv.reader(
            self._lines(lines, literal), delimiter=self.delimiter, skipinitialspace=spaced or blanked, quoting=quoting,
            strict=not literal,
        )  # fmt: skip
        made, number = io.StringIO(), self.skip
        writer = csv.writer(made, delimiter=self.delimiter, lineterminator="\n")
        try:
            for row in reader:
                number += 1
                self.blanks += blanked and any(f"{self.delimiter} " in line for line in lines)
                if len(row) != self.width and len(self.spelt) < 1000:
                    self.spelt[number] = lines[0].rstrip("\n").encode()
                lines.clear()
                writer.writerow(row)
                if made.tell() > 2**21:
                    yield made.getvalue().encode()
                    made.seek(0)
                    made.truncate()
        except csv.Error as error:
            raise self._quotes(number + 1, str(error)) from None
        yield made.getvalue().encode()

    def _blanked(self) -> bool:
        """Whether blanks stand between separators and quotes."""
        first = next(self.text.blocks(FIRST), b"").decode("utf-8", "replace")
        return blanks_before_quotes(first, self.delimiter)

    def _lines(self, seen: list[str], literal: bool) -> Iterator[str]:
        """Lines of the table, which are put into ``seen`` as they stand in the file."""
        lines = self._passed(seen)
        return (line + "\n" for line in (single_blanks(lines, literal) if self.delimiter == " " else lines))

    def _passed(self, seen: list[str]) -> Iterator[str]:
        passed = 0
        for block in _by_line(self.text.blocks()):
            self.done += len(block)
            for line in block.decode("utf-8", "replace").split("\n")[:-1]:
                passed += 1
                if passed > self.skip:
                    seen.append(line)
                    yield line

    def _quotes(self, number: int, error: str) -> Problem:
        ends = "a quote opens that never closes" if "end of data" in error else "a quote closes before its cell ends"
        words = f"{self.text.name}: in row {number:,} {ends}. Mend the quotes there, or read quotes as ordinary characters."
        return Problem(words, (Option("Quotes are ordinary characters", {"quotes": "literal"}),))

    def _even(self, block: bytes) -> bytes:
        """The block, with blank lines taken out and short rows filled so that all rows are equally wide."""
        codes = np.frombuffer(block, np.uint8)
        ends, marks = _outside(codes, ord(self.delimiter), block)
        inner = self.width - 1
        if len(marks) == len(ends) * inner and (inner == 0 or _regular(marks.reshape(-1, inner), ends)):
            self.read += len(ends)
            self.blank, self.ending = self.blank + self.ending, 0
            return block
        return self._mended(block, ends, marks)

    def _mended(self, block: bytes, ends: np.ndarray, marks: np.ndarray) -> bytes:
        starts = np.concatenate(([0], ends[:-1] + 1))
        cells = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
        first, kept = self.skip + self.read + 1, list[bytes]()
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
            return line[: _nth(line, mark, self.width)]
        if cells > self.width:
            self._too_long(line, cells, number)
            return None
        other = next((mark for mark in b",;\t|" if cells == 1 and line.count(mark) == self.width - 1), None)
        if other and "short_rows" not in self.choices:
            raise self._other_mark(line, chr(other), number)
        if self.choices.get("short_rows") == "leave out":
            self.short.append(number)
            return None
        self.short.append(number)
        return line + mark * (self.width - cells)

    def _shown(self, line: bytes, number: int) -> str:
        """The start of a row as it stands in the file."""
        return f"“{self.spelt.get(number, line)[:40].decode('utf-8', 'replace')}”"

    def _other_mark(self, line: bytes, mark: str, number: int) -> Problem:
        return Problem(
            f"{self.text.name}: row {number:,} is separated by “{mark}” and the rows above by “{self.delimiter}” "
            f"({self._shown(line, number)}). Use one separator, choose it, or leave such rows out.",
            (Option("Leave such rows out", {"short_rows": "leave out"}), Option(f"Separated by “{mark}”", {"delimiter": mark})),
        )

    def _too_long(self, line: bytes, cells: int, number: int) -> None:
        if self.choices.get("long_rows") == "leave out":
            self.long.append(number)
            return
        raise Problem(
            f"{self.text.name}: row {number:,} has {counted(cells, 'cell')} and the others have {self.width:,} "
            f"({self._shown(line, number)}). Mend that row, choose another separator, or leave such rows out.",
            (Option("Leave rows with too many cells out", {"long_rows": "leave out"}),),
        )


def _by_line(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks cut at line ends; a last line without an end gets one."""
    held = b""
    for block in blocks:
        held += block
        cut = held.rfind(b"\n") + 1
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held + b"\n"


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
        return f"Row {numbers[0]:,} has"
    named = ", ".join(f"{number:,}" for number in numbers[:3])
    return f"{len(numbers):,} rows ({named}{' …' if len(numbers) > 3 else ''}) have"
