"""Excel workbooks → Sheet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.loading.columnar import checked_size
from pipeline.loading.delimited import missing_marks, repairs
from pipeline.loading.headings import heading_of
from pipeline.loading.limits import Limits
from pipeline.loading.numbers import numbers_in
from pipeline.loading.sheet import Sheet
from pipeline.results import Notice, Option, Problem


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of the first sheet, or of the sheet that was chosen; raises Problem.

    Cells are read as text, as Excel would write them, so that the same questions are asked as of a CSV file.
    """
    import fastexcel

    try:
        book = fastexcel.read_excel(file)
        chosen = choices.get("sheet", book.sheet_names[0])
        if chosen not in book.sheet_names:
            raise Problem(f"{name} has no sheet “{chosen}”. Its sheets are {', '.join(book.sheet_names[:8])}.")
        report(0.1, f"Reading sheet “{chosen}”")
        sheet = book.load_sheet(chosen, header_row=None, dtypes="string")
        checked_size(name, sheet.total_height, sheet.width, limits)
        frame = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        raise Problem(f"{name} cannot be read as an Excel workbook ({str(error)[:80]}). Save it again, or as CSV.") from None
    notices = _other_sheets(book.sheet_names, chosen)
    above, frame = _filled(frame)
    if frame.is_empty():
        raise Problem(f"Sheet “{chosen}” of {name} is empty. Choose a file with a header and rows.")
    head = [["" if cell is None else cell for cell in row] for row in frame.head(300).rows()]
    heading = heading_of(head, ".", choices, name)
    body = frame.slice(1 if heading.present else 0)
    texts = {key.removeprefix("type:") for key, kind in choices.items() if key.startswith("type:") and kind == "text"}
    tokens: dict[str, Counter[str]] = {}
    infinite: Counter[str] = Counter()
    columns = []
    for column, label in zip(body.iter_columns(), heading.names, strict=True):
        chunk = None if label in texts else numbers_in(column, missing_marks(choices))
        numbers = chunk is not None and chunk.values.null_count() < len(column)
        if chunk is not None and numbers:
            tokens[label], infinite[label] = chunk.tokens, chunk.infinite
        columns.append((chunk.values if chunk is not None and numbers else column).alias(label))
    told = [*notices, *heading.notices, *repairs(tokens, infinite)]
    first = above + (2 if heading.present else 1)
    return Sheet(pl.DataFrame(columns), heading.present, heading.unnamed, told, lambda index: index + first)


def _filled(frame: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Number of rows above the table, and the table without empty rows around it and empty columns behind it."""
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null() & (pl.all() != ""))).to_series().fill_null(False)
    where = filled.arg_true()
    if len(where) == 0:
        return 0, frame.clear()
    first, last = int(where[0]), int(where[-1])
    kept = [column for column in frame.columns if frame[column].null_count() < frame.height]
    return first, frame.slice(first, last - first + 1).select(kept)


def _other_sheets(names: list[str], chosen: str) -> list[Notice]:
    others = [sheet for sheet in names if sheet != chosen]
    if not others:
        return []
    options = tuple(Option(f"Read sheet “{sheet}”", {"sheet": sheet}) for sheet in others[:5])
    return [Notice("sheets", f"The workbook has {len(names)} sheets; “{chosen}” is read.", len(others), options)]
