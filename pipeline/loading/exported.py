"""Our own exported points, recognised when they come back."""

from __future__ import annotations

import re

import polars as pl

from pipeline.guard import GUARDED, INSIDE_GUARDED, unguard
from pipeline.results import Notice

OURS = re.compile(r"(map_x|map_y|map_z|label|cluster_name|label_by_hand|cluster)(_\d+)?")
OURS_AT_MOST = 7  # columns that an export adds at the end


def named_like_ours(names: list[str]) -> bool:
    """Whether the names are those of an export: a row number first, a map or clusters at the end."""
    ends = names[-OURS_AT_MOST:]
    if len(names) < 3 or not re.fullmatch(r"row(_\d+)?", names[0]) or not OURS.fullmatch(names[-1]):
        return False
    return any(re.fullmatch(r"(map_x|cluster)(_\d+)?", name) for name in ends)


def is_ours(frame: pl.DataFrame) -> bool:
    """Whether the table begins with a row number from 0 and ends with a map or clusters."""
    names = frame.columns
    if not named_like_ours(names):
        return False
    first = frame.to_series(0)
    ends = names[-OURS_AT_MOST:]
    groups = [name for name in ends if re.fullmatch(r"cluster(_\d+)?", name)]
    if groups and not frame[groups[-1]].dtype.is_integer():
        return False  # our clusters are numbers
    return first.dtype.is_integer() and bool((first == pl.Series(range(len(first)))).all())


def unguarded(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Notice]]:
    """The table without the apostrophes that our export put before dangerous texts, told with their number."""
    columns, plain = [], [unguard(name) for name in frame.columns]
    names = plain if len(set(plain)) == len(plain) else frame.columns  # else they are not as our export wrote them
    count = sum(name != before for name, before in zip(names, frame.columns, strict=True))
    for name, column in zip(names, frame.iter_columns(), strict=True):
        column = column.alias(name)
        if column.dtype == pl.String:
            text = column.alias("text")
            found = text.str.slice(1).zip_with(text.str.contains(GUARDED).fill_null(False), text)
            found = found.str.replace_all(INSIDE_GUARDED, "${1}${2}")
            count += int((found != text).sum())
            column = found.alias(name)
        columns.append(column)
    if not count:
        return frame, []
    words = f"{count:,} texts have apostrophes that our export put there for spreadsheets; they are taken away."
    return pl.DataFrame(columns), [Notice("apostrophes", words, count)]
