"""CSV and its relatives → Sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.loading.careful import Careful
from pipeline.loading.dialect import Dialect, dialect_of, too_wide
from pipeline.loading.encoding import Text, text_of
from pipeline.loading.headings import TOKENS
from pipeline.loading.limits import Limits
from pipeline.loading.numbers import Parser
from pipeline.loading.records import Irregular, Records
from pipeline.loading.repairs import repairs
from pipeline.loading.sheet import Sheet
from pipeline.loading.words import counted, listed
from pipeline.results import Notice, Problem


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of a text file; raises Problem naming row, column and example."""
    text = text_of(file, name, choices)
    dialect = dialect_of(text, choices, limits)
    if dialect.width > limits.columns:
        raise too_wide(name, dialect.width, limits)
    if text.lines * dialect.width > limits.cells:
        raise Problem(
            f"{name} has about {text.lines * dialect.width:,} cells ({text.lines:,} rows × {dialect.width:,} columns); "
            f"at most {limits.cells:,} are read. Take a sample of the rows or leave columns out."
        )
    texts = {key.removeprefix("type:") for key, kind in choices.items() if key.startswith("type:") and kind == "text"}
    parser, records = _parsed(text, dialect, texts, choices, report)
    again = parser.mixed | parser.rounded()
    if again:  # numbers first and text further down: the spelling of the numbers is needed too
        report(0.0, f"Reading again, for {listed(sorted(again))} hold more than numbers")
        parser, records = _parsed(text, dialect, texts | again, choices, report)
    if not parser.frames:
        raise Problem(f"{name} has a header with {dialect.width:,} columns and no rows. Choose a file with rows of data.")
    frame = parser.frame()
    told = [*dialect.notices, *records.notices(), *repairs(parser.repaired, records.row), *_line_ends(frame, text)]
    heading = dialect.heading
    return Sheet(frame, heading.present, heading.unnamed, told, records.row, decimal=dialect.decimal, nul=text.nul)


def _line_ends(frame: pl.DataFrame, text: Text) -> list[Notice]:
    """What became of carriage returns in cells of several lines."""
    words = frame.select(pl.col(pl.String).str.contains("\n", literal=True).sum())
    count = int(sum(words.row(0))) if words.width else 0
    if not count or not text.returns():
        return []
    told = f"{counted(count, 'cell')} with several lines: each line end in them is read as a single line feed."
    return [Notice("line ends", told, count)]


def missing_marks(choices: dict[str, Any]) -> tuple[str, ...]:
    """Words that mean "missing" in a column of numbers."""
    return tuple(choices["missing"]) if "missing" in choices else TOKENS


def _parsed(text: Text, dialect: Dialect, texts: set[str], choices: dict[str, Any], report: Any) -> tuple[Parser, Records]:
    try:
        return _read(text, dialect, texts, choices, report, careful=choices.get("quotes") == "literal")
    except Irregular:
        return _read(text, dialect, texts, choices, report, careful=True)


def _read(
    text: Text, dialect: Dialect, texts: set[str], choices: dict[str, Any], report: Any, careful: bool
) -> tuple[Parser, Records]:
    literal = choices.get("quotes") == "literal"
    names, place = dialect.heading.names, (dialect.before, dialect.rows)
    reader = Careful(text, dialect.delimiter, names, *place, literal) if careful else None
    records = Records(text, dialect.delimiter, names, *place, choices, reader)
    parser = Parser(names, dialect.delimiter, dialect.decimal, missing_marks(choices), texts)
    size = text.file.stat().st_size
    for block in records.blocks():
        parser.add(block)
        report(0.8 * min(records.done / size, 1.0), f"{records.read:,} rows read")
    return parser, records
