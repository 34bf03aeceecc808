"""Dates and times as people write them, and the number of days between them."""

from __future__ import annotations

import polars as pl

TIME = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[AaPp]\.?[Mm]\.?)?"
ZONE = r"( ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
DAY = r"([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{4}|[0-9]{2}))"
SPAN = r"(-?[0-9]+ days?,? )?-?[0-9]+:[0-9]{2}:[0-9]{2}([.,][0-9]+)?|-?P([0-9]+[YMWD])+(T([0-9.]+[HMS])+)?|-?PT([0-9.]+[HMS])+"
DATE = rf"^({DAY}([T ]{TIME}{ZONE})?|{TIME}{ZONE}|{SPAN})$"
DATED = rf"^{DAY}"
YEAR_FIRST = r"^([0-9]{4})([-/.])([0-9]{1,2})[-/.]([0-9]{1,2})"
YEAR_LAST = r"^([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})"
CLOCK = r"[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:[.,][0-9]+)?))?"
SHIFT = r":[0-9.,]+ ?([+-])([0-9]{2}):?([0-9]{2})$"
MOSTLY = 0.95  # share of dates from which a column is one of dates
ORDERS = {"year": "year first", "day": "day first", "month": "month first"}


def are_moments(words: pl.Series) -> bool:
    """Whether these words, none of them empty, are dates, times or spans of time."""
    return bool(words.str.contains(DATE).sum() >= MOSTLY * len(words))


def orders(words: pl.Series) -> tuple[str, ...]:
    """In which orders the parts of these dates can be read, of year, day and month; none for times without a day."""
    words = words.drop_nulls().str.strip_chars()
    dated = words.filter(words.str.contains(DATED))
    if not len(dated) or len(dated) < MOSTLY * len(words):
        return ()
    if dated.str.contains(YEAR_FIRST).all():
        return ("year",)
    first, second = (dated.str.extract(YEAR_LAST, group).cast(pl.Int32) for group in (1, 3))
    dots = bool((dated.str.extract(YEAR_LAST, 2) == ".").all())
    day = bool(((second <= 12) | second.is_null()).all())
    month = bool(((first <= 12) | first.is_null()).all()) and not dots
    return tuple(order for order, fits in (("day", day), ("month", month)) if fits)


def days(words: pl.Series, order: str) -> tuple[pl.Series, str]:
    """Days since the first of these dates (null where there is none), and that first day as year-month-day."""
    words = words.str.strip_chars()
    made = _joined(words, YEAR_FIRST, (1, 3, 4))
    made = made.fill_null(_joined(words, YEAR_LAST, (4, 3, 1) if order != "month" else (4, 1, 3)))
    dates = made.str.to_date("%Y-%m-%d", strict=False)
    first = dates.min()
    whole = (dates - pl.Series([first], dtype=pl.Date)).dt.total_days().cast(pl.Float64)
    return (whole + _share_of_day(words)).alias(words.name), str(first)


def _joined(words: pl.Series, pattern: str, groups: tuple[int, int, int]) -> pl.Series:
    """Year-month-day with all digits; years of two digits are those from 1970 to 2069."""
    year, month, day = (words.str.extract(pattern, group) for group in groups)
    two = (year.str.len_chars() == 2).fill_null(False)
    century = (year.cast(pl.Int32) < 70).fill_null(False)
    full = ("20" + year).zip_with(century, "19" + year).zip_with(two, year)
    return full + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)


def _share_of_day(words: pl.Series) -> pl.Series:
    """The time of day as a share of it, 0 where there is none; with a time zone, that of Greenwich."""
    hours, minutes, seconds = (
        words.str.extract(CLOCK, group).str.replace(",", ".", literal=True).cast(pl.Float64).fill_null(0.0) for group in (1, 2, 3)
    )
    half = words.str.extract(r"(?i)([ap])\.?m\.?$", 1).str.to_lowercase()
    hours = (hours % 12 + 12.0 * (half == "p").fill_null(False).cast(pl.Float64)).zip_with(half.is_not_null(), hours)
    away = [words.str.extract(SHIFT, group).cast(pl.Float64).fill_null(0.0) for group in (2, 3)]
    shift = away[0] * 3600 + away[1] * 60
    shift = (-shift).zip_with((words.str.extract(SHIFT, 1) == "-").fill_null(False), shift)
    return (hours * 3600 + minutes * 60 + seconds - shift) / 86_400
