"""The forgiving reader of rows: for quotes inside cells or behind blanks, and for quotes that are ordinary characters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.loading.dialect import FIRST, blanks_before_quotes, single_blanks
from pipeline.loading.encoding import Text
from pipeline.loading.words import quoted
from pipeline.results import Option, Problem

PART = 2**21  # characters written at once
KEPT = 1000  # rows of another width whose spelling is kept


@dataclass
class Careful:
    """The rows of a file below its first ``skip`` lines through Python's own reader, written anew by ``blocks``.

    ``above`` is the number of rows in the file before them. While it reads it counts ``done`` bytes and the rows with
    ``blanks`` between separators and cells, and keeps in ``spelt`` how rows of another width stand in the file.
    """

    text: Text
    delimiter: str
    names: tuple[str, ...]
    skip: int
    above: int
    literal: bool
    done: int = 0
    lines: int = 0
    blanks: int = 0
    spelt: dict[int, bytes] = field(default_factory=dict)

    def blocks(self) -> Iterator[bytes]:
        """Blocks of whole rows; raises Problem naming the row where the quotes do not fit."""
        lines, blanked, number = list[str](), not self.literal and self._blanked(), self.above
        made = io.StringIO()
        writer = csv.writer(made, delimiter=self.delimiter, lineterminator="\n")
        try:
            for row in csv.reader(self._lines(lines), strict=not self.literal, **self._format(blanked)):
                number += 1
                self.blanks += blanked and any(f"{self.delimiter} " in line for line in lines)
                if len(row) != len(self.names) and len(self.spelt) < KEPT:
                    self.spelt[number] = lines[0].rstrip("\n").encode()
                lines.clear()
                writer.writerow(row)
                if made.tell() > PART:
                    yield made.getvalue().encode()
                    made.seek(0)
                    made.truncate()
        except csv.Error as error:
            raise self._misquoted(number + 1, lines, blanked, str(error)) from None
        yield made.getvalue().encode()

    def _format(self, blanked: bool) -> dict[str, Any]:
        quoting = csv.QUOTE_NONE if self.literal else csv.QUOTE_MINIMAL
        return {"delimiter": self.delimiter, "skipinitialspace": self.delimiter == " " or blanked, "quoting": quoting}

    def _blanked(self) -> bool:
        """Whether blanks stand between separators and quotes."""
        first = next(self.text.blocks(FIRST), b"").decode("utf-8", "replace")
        return blanks_before_quotes(first, self.delimiter)

    def _lines(self, seen: list[str]) -> Iterator[str]:
        """Lines of the table, which are put into ``seen`` as they stand in the file."""
        lines = self._passed(seen)
        return (line + "\n" for line in (single_blanks(lines, self.literal) if self.delimiter == " " else lines))

    def _passed(self, seen: list[str]) -> Iterator[str]:
        for block in _by_line(self.text.blocks()):
            self.done += len(block)
            for line in block.decode("utf-8", "replace").split("\n")[:-1]:
                self.lines += 1
                if self.lines > self.skip:
                    seen.append(line)
                    yield line

    def _misquoted(self, number: int, lines: list[str], blanked: bool, error: str) -> Problem:
        """What is wrong with the quotes of a row whose lines were read up to where its reader gave up."""
        line = self.lines - len(lines) + 1
        row = f"row {number:,}" if line == number else f"row {number:,} (line {line:,})"
        if "end of data" in error:
            cells, ends = self._cells(lines[0], blanked), "opens that never closes"
        else:
            cells, ends = self._cells(self._until(lines), blanked), "closes before its cell ends"
        column = quoted(self.names[min(len(cells), len(self.names)) - 1])
        return Problem(
            f"{self.text.name}: in {row}, column {column}, a quote {ends} ({quoted(cells[-1])}). "
            "Mend the quotes there, or read quotes as ordinary characters.",
            (Option("Quotes are ordinary characters", {"quotes": "literal"}),),
        )

    def _cells(self, text: str, blanked: bool) -> list[str]:
        return next(csv.reader(io.StringIO(text), **self._format(blanked)), []) or [text]

    def _until(self, lines: list[str]) -> str:
        """The row up to the quote that closes too early and a little more."""
        text = "\n".join(lines)
        early = re.search(rf'(^|{re.escape(self.delimiter)} *)"([^"]|"")*"[^"\n{re.escape(self.delimiter)}]+', text)
        return text[: early.end()] if early else text


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
