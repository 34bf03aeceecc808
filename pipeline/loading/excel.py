"""Excel workbooks → Sheet."""

from __future__ import annotations

import struct
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.loading import compound
from pipeline.loading.columnar import checked_size
from pipeline.loading.delimited import missing_marks
from pipeline.loading.excel_errors import error_cells
from pipeline.loading.headings import heading_of, is_number
from pipeline.loading.limits import Limits
from pipeline.loading.numbers import numbers_in
from pipeline.loading.repairs import Repaired, repairs
from pipeline.loading.sheet import Sheet
from pipeline.loading.words import counted, first_words, listed, quoted
from pipeline.results import Notice, Option, Problem

MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$"  # how the reader writes dates and times
DAY = 86_400_000  # milliseconds
INTEGERS = 2.0**63  # beyond it no whole number is held as one
PANIC = "PanicException"  # what its reader raises for what it did not expect, a type of its own that is no Exception
FIRST = 300  # rows that the decisions rest on


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of the first sheet, or of the sheet that was chosen; raises Problem.

    Cells are read as text, numbers with all their digits, so that the same questions are asked as of a CSV file.
    """
    import fastexcel

    notices: list[Notice] = []
    _check(file, name)
    try:
        book = fastexcel.read_excel(file)
        if not book.sheet_names:
            raise Problem(f"{name} has no sheet that can be read. Save it again, or as CSV.")
        chosen = choices.get("sheet", book.sheet_names[0])
        if chosen not in book.sheet_names:
            raise Problem(f"{name} has no sheet {quoted(chosen)}. Its sheets are {listed(book.sheet_names, 8)}.")
        notices += _other_sheets(book.sheet_names, chosen)
        report(0.1, f"Reading sheet {quoted(chosen)}")
        load = partial(book.load_sheet, chosen, header_row=None, skip_rows=0)
        sheet = load(dtypes="string")
        checked_size(name, sheet.total_height, sheet.width, limits)
        frame, errors = _with_errors(sheet, error_cells(file, chosen))
        above = _above(frame, choices, notices)
        frame = _exact(frame, load, above)
    except BaseException as error:
        if not isinstance(error, fastexcel.FastExcelError) and type(error).__name__ != PANIC:
            raise
        raise Problem(f"{name} cannot be read as an Excel workbook ({first_words(error)}). Save it again, or as CSV.") from None
    rows, frame = _filled(frame, above, notices)
    if frame.is_empty():
        where = f" below row {above:,}" if above else ""
        raise Problem(f"Sheet {quoted(chosen)} of {name} is empty{where}. Choose a file with a header and rows.")
    return _sheet_of(frame, rows, name, choices, notices, errors)


def _check(file: Path, name: str) -> None:
    """Raise Problem for an old workbook whose parts follow each other in a ring: its reader would never end."""
    with file.open("rb") as handle:
        if handle.read(len(compound.MAGIC)) != compound.MAGIC:
            return
        handle.seek(0)
        data = handle.read()
    try:
        held = compound.opened(data)
        for stream in held.streams:
            held.stream(stream)
    except (LookupError, ValueError, struct.error):
        raise Problem(f"{name} is a damaged Excel workbook. Save or download it again.") from None


def _sheet_of(
    frame: pl.DataFrame, rows: list[int], name: str, choices: dict[str, Any], notices: list[Notice], errors: set[str]
) -> Sheet:
    """The table under its heading; ``rows`` are the numbers in the sheet of its rows."""
    head = [["" if cell is None else cell for cell in row] for row in frame.head(FIRST).rows()]
    heading = heading_of(head, ".", choices, name)
    first = 1 if heading.present else 0
    texts = {key.removeprefix("type:") for key, kind in choices.items() if key.startswith("type:") and kind == "text"}
    marks = missing_marks(choices) if "missing" in choices else (*missing_marks(choices), *errors)
    repaired: dict[str, Repaired] = {}
    columns = []

    def named(index: int) -> str:
        return f"row {rows[index + first]:,}"

    for column, label in zip(frame.slice(first).iter_columns(), heading.names, strict=True):
        chunk = None if label in texts else numbers_in(column, marks)
        numbers = chunk is not None and chunk.values.null_count() < len(column)
        if chunk is not None and numbers:
            repaired[label] = chunk.repaired
        columns.append((chunk.values if chunk is not None and numbers else column).alias(label))
    told = [*notices, *heading.notices, *repairs(repaired, named)]
    return Sheet(pl.DataFrame(columns), heading.present, heading.unnamed, told, named)


def _exact(frame: pl.DataFrame, load: Any, above: int) -> pl.DataFrame:
    """The cells with the digits, dates and times that the workbook holds.

    As text, the reader rounds numbers to nine decimals and writes a time as one of the year 1899.
    """
    numbers = load(dtypes="float").to_polars()
    dated = {column.name for column in frame.iter_columns() if column.str.contains(MOMENT).any()}
    spans = load(dtypes="duration").to_polars() if dated else None
    huge = any((column.abs() >= INTEGERS).any() for column in numbers.iter_columns())
    kinds = _kinds(load, frame, above) if huge or dated else {}
    made = []
    for cells, number in zip(frame.iter_columns(), numbers.iter_columns(), strict=True):
        kind = kinds.get(cells.name, "")
        column = _digits(cells, number, kind in ("int", "float"))
        if spans is not None and cells.name in dated:
            column = _moments(column, spans[cells.name], kind == "duration")
        made.append(column)
    return pl.DataFrame(made)


def _digits(cells: pl.Series, numbers: pl.Series, numeric: bool) -> pl.Series:
    """The cells, every number with as many digits as tell it from all others.

    A text in digits is the number that it reads as, so only a cell that holds a number differs from its own writing.
    With ``numeric``, all cells are numbers, huge ones too, which are written with an exponent.
    """
    written = cells.cast(pl.Float64, strict=False)
    finite = numbers.is_finite() & written.is_not_null()
    other = finite & (written != numbers)
    if numeric:
        other = other | (finite & (numbers.abs() >= INTEGERS))
    if not other.any():
        return cells
    whole = ((numbers == numbers.floor()) & (numbers.abs() < INTEGERS)).fill_null(False)
    exact = numbers.cast(pl.Int64, strict=False).cast(pl.String).zip_with(whole, numbers.cast(pl.String))
    return exact.zip_with(other.fill_null(False), cells)


def _moments(cells: pl.Series, spans: pl.Series, lasting: bool) -> pl.Series:
    """Days without a time of day, times without a day, and spans of time as hours, minutes and seconds."""
    since = spans.dt.total_milliseconds()  # since the day before the first
    there = (since.is_not_null() & cells.str.contains(MOMENT)).fill_null(False)
    if lasting:
        whole = since.fill_null(0) // 1000
        clock = [f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" for seconds in whole.to_list()]
        return (pl.Series(cells.name, clock) + cells.str.extract(r"(\.[0-9]+)$").fill_null("")).zip_with(there, cells)
    days = there & (since >= DAY).fill_null(False)
    if not (days & ~cells.str.ends_with(" 00:00:00").fill_null(False)).any():
        cells = cells.str.head(10).zip_with(days, cells)
    return cells.str.slice(11).zip_with(there & ~days, cells)


def _kinds(load: Any, frame: pl.DataFrame, above: int) -> dict[str, str]:
    """What the cells under the heading hold, for each column where they hold one kind of value."""
    import fastexcel

    first = next((row for row in range(above, frame.height) if any(_full(frame.row(row)))), above)
    try:
        columns = load(skip_rows=first + 1, schema_sample_rows=None).available_columns()
    except fastexcel.FastExcelError:  # durations and words in one column
        return {}
    return {frame.columns[column.index]: str(column.dtype) for column in columns if column.index < frame.width}


def _above(frame: pl.DataFrame, choices: dict[str, Any], notices: list[Notice]) -> int:
    """Number of rows above the heading: those that were chosen, or blank ones and titles, which are told."""
    if "skip" in choices:
        return min(max(int(choices["skip"]), 0), frame.height)
    filled = [(row, sum(_full(cells))) for row, cells in enumerate(frame.head(2 * FIRST).iter_rows())]
    there = [(row, count) for row, count in filled if count][: FIRST + 1]
    if len(there) < 2:
        return there[0][0] if there else 0
    usual = Counter(count for _, count in there).most_common(1)[0][0]
    above = 0
    while above < len(there) - 1 and _title(frame.row(there[above][0]), frame.row(there[above + 1][0]), usual):
        above += 1
    if above == len(there) - 1:  # nothing but titles is no table with titles above
        return there[0][0]
    if above:
        begin, first = there[above][0], next(cell for cell in frame.row(there[0][0]) if cell and cell.strip())
        words = f"{counted(above, 'line')} above the table {'is' if above == 1 else 'are'} left out ({quoted(first.strip())})"
        way = Option("Begin at row 1", {"skip": 0})
        notices.append(Notice("lines above", f"{words}; the table begins in row {begin + 1}.", above, (way,), asks=True))
    return there[above][0]


def _title(cells: tuple[str | None, ...], following: tuple[str | None, ...], usual: int) -> bool:
    """Whether a row has too few cells for the table below; numbers alone are no title."""
    places = [place for place, full in enumerate(_full(cells)) if full]
    if all(is_number(str(cells[place])) for place in places):
        return False
    if len(places) == 1 < usual:
        return usual > 2 or not any(cell and is_number(cell) for cell in following)
    return places[-1] - places[0] + 1 < usual - 1


def _full(cells: tuple[str | None, ...]) -> list[bool]:
    return [bool(cell and cell.strip()) for cell in cells]


def _filled(frame: pl.DataFrame, above: int, notices: list[Notice]) -> tuple[list[int], pl.DataFrame]:
    """Numbers in the sheet of the rows of the table, and the table without empty rows and without empty columns.

    A table of one column keeps its empty cells between others: they are missing values.
    """
    frame = frame.slice(above)
    full = frame.select(pl.any_horizontal((pl.all().str.strip_chars() != "").fill_null(False))).to_series()
    where = full.arg_true()
    if len(where) == 0:
        return [], frame.clear()
    first, last = int(where[0]), int(where[-1])
    kept = [column for column in frame.columns if frame[column].null_count() < frame.height]
    if len(kept) == 1:
        where = pl.Series(range(first, last + 1), dtype=pl.UInt32)
    blank = last - first + 1 - len(where)
    if blank:
        notices.append(Notice("blank rows", f"{counted(blank, 'blank line')} between the rows: passed over.", blank))
    return [above + row + 1 for row in where.to_list()], frame.select(kept)[where]


def _with_errors(sheet: Any, errors: dict[tuple[int, int], str]) -> tuple[pl.DataFrame, set[str]]:
    """The sheet as text, with words like #DIV/0! where the reader leaves nothing, and these words."""
    frame = sheet.to_polars()
    if not errors:
        return frame, set()
    columns = []
    for column, about in zip(frame.iter_columns(), sheet.selected_columns, strict=True):
        words = {row: word for (row, place), word in errors.items() if place == about.absolute_index and row < len(column)}
        columns.append(column.scatter(list(words), list(words.values())) if words else column)
    return pl.DataFrame(columns), set(errors.values())


def _other_sheets(names: list[str], chosen: str) -> list[Notice]:
    others = [sheet for sheet in names if sheet != chosen]
    if not others:
        return []
    options = tuple(Option(f"Read sheet {quoted(sheet)}", {"sheet": sheet}) for sheet in others[:5])
    return [Notice("sheets", f"The workbook has {len(names)} sheets; {quoted(chosen)} is read.", len(others), options)]
