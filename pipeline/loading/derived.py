"""Features that are made from columns of words when a person wants them: categories as 0 and 1, dates as days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import polars as pl

from pipeline.loading import moments
from pipeline.loading.labelled import LABELS
from pipeline.loading.limits import Limits
from pipeline.loading.numbers import narrowest
from pipeline.loading.values import Values
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Notice, Option

LEVELS = 50  # different words that can become as many features
FEW = 3  # columns that have an answer each
CATEGORIES, DAYS = "categories", "days, "  # how a column can be used


def offers(column: Values) -> tuple[Option, ...]:
    """The ways in which a column of words can become features, none for most."""
    use, name = f"use:{column.name}", quoted(column.name)
    if column.kind == "category" and 2 <= _levels(column.series).len() <= LEVELS:
        return (Option(f"Use {name} as features", {use: CATEGORIES}),)
    if column.kind == "date":
        orders = moments.orders(column.series)
        order = [f", {moments.ORDERS[order]}" if len(orders) > 1 else "" for order in orders]
        days = f"Use {name} as a number of days"
        return tuple(Option(days + words, {use: DAYS + each}) for words, each in zip(order, orders, strict=True))
    return ()


def offered(columns: Sequence[Values], choices: dict[str, Any]) -> list[Notice]:
    """The questions about columns of words that are only shown, one for categories and one for dates.

    What a person has answered is not asked again.
    """
    told, columns = [], [column for column in columns if f"use:{column.name}" not in choices]
    used = {key: value for key, value in choices.items() if key.startswith("use:")}
    for kind, what in (("category", "few different words"), ("date", "dates")):
        found = {column.name: ways for column in columns if column.kind == kind and (ways := offers(column))}
        if found:
            answers = [way for each in list(found.values())[:FEW] for way in each]
            if 1 < len(found) == sum(map(len, found.values())):
                together = {key: value for each in found.values() for key, value in each[0].choices.items()}
                answers.insert(0, Option(f"Use all {len(found)} as features", together))
            answers = [replace(way, choices={**used, **way.choices}) for way in answers]
            words = f"{counted(len(found), 'column')} of {what} ({listed(list(found))}): only shown."
            told.append(Notice("categories" if kind == "category" else "dates", words, len(found), tuple(answers), asks=True))
    return told


def derived(
    columns: list[Values], choices: dict[str, Any], limits: Limits
) -> tuple[list[Values], list[Notice], dict[str, Any]]:
    """The columns with those behind each that a person wants made from it, the word on them, and what was chosen for them.

    In a table without any numbers, columns of categories are used unless a person says otherwise. Together they stay
    within the limits of a file: a column that would lead beyond is only shown.
    """
    room = min(limits.columns, limits.cells // max(len(columns[0].series), 1)) - len(columns) if columns else 0
    alone = _alone(columns, choices, room)
    choices = {**alone, **choices}
    made, told, roles, left = list[Values](), list[Notice](), dict[str, Any](), list[str]()
    taken = {column.name for column in columns}
    for column in columns:
        made.append(column)
        how = str(choices.get(f"use:{column.name}") or "")
        if how not in {value for way in offers(column) for value in way.choices.values()}:
            continue
        room -= (size := _levels(column.series).len() if how == CATEGORIES else 1)
        if room < 0:
            room += size
            left.append(column.name)
            continue
        new, words = _categories(column) if how == CATEGORIES else _days(column, how.removeprefix(DAYS))
        for each in new:
            each.name = _free(each.name, taken)
            roles[f"role:{each.name}"] = "feature"
        made += new
        if not alone:
            undo = Option(f"Only show {quoted(column.name)}", {f"use:{column.name}": ""})
            told.append(Notice("made features", words, len(new), (undo,)))
    return made, [*told, *_asked(alone), *_beyond(left, limits)], {**alone, **roles}


def _beyond(names: list[str], limits: Limits) -> list[Notice]:
    if not names:
        return []
    most = f"a table of more than {limits.columns:,} columns or {limits.cells:,} cells"
    words = f"{counted(len(names), 'column')} of words ({listed(names)}) would make {most}, the most there may be: only shown."
    return [Notice("too many features", words, len(names))]


def _alone(columns: list[Values], choices: dict[str, Any], room: int) -> dict[str, str]:
    """What to use when there is not a single number: all categories that there is room for, but those named like a label."""
    if any(column.numbers() is not None for column in columns) or any(key.startswith("use:") for key in choices):
        return {}
    found = [column for column in columns if column.kind == "category" and column.name.strip().lower() not in LABELS]
    reached = accumulate(_levels(column.series).len() for column in found)
    found = [column for column, total in zip(found, reached, strict=True) if total <= room]
    ways = [way for column in found for way in offers(column)]
    return {key: value for way in ways for key, value in way.choices.items()} if len(ways) > 1 else {}


def _asked(alone: dict[str, str]) -> list[Notice]:
    if not alone:
        return []
    names = [key.removeprefix("use:") for key in alone]
    words = f"There are no numbers; {len(names)} columns of few different words ({listed(names)}) are used as features."
    ways = tuple(Option(f"Only show {quoted(name)}", {**alone, f"use:{name}": ""}) for name in names[:FEW])
    return [Notice("categories", words, len(names), ways, asks=True)]


def _levels(series: pl.Series) -> pl.Series:
    words = series.cast(pl.String).str.strip_chars()
    return words.set((words == "").fill_null(False), None).drop_nulls().unique().sort()


def _categories(column: Values) -> tuple[list[Values], str]:
    """A column of 0 and 1 for each word; a row without a word has 0 in all."""
    words, levels = column.series.cast(pl.String).str.strip_chars(), _levels(column.series)
    made = [Values(f"{column.name} = {level}", "number", (words == level).fill_null(False).cast(pl.UInt8)) for level in levels]
    none = len(words) - int(words.is_in(levels.to_list()).sum())
    rest = f"; {counted(none, 'row')} without one {'has' if none == 1 else 'have'} 0 in all" if none else ""
    told = f"Column {quoted(column.name)} is used as {len(made)} features of 0 and 1, one for each of its words"
    return made, f"{told} ({listed(levels.to_list())}){rest}."


def _days(column: Values, order: str) -> tuple[list[Values], str]:
    """Days since the first of the dates, with the time of day as a share."""
    series, first = moments.days(column.series.cast(pl.String), order)
    if series.null_count() == len(series):
        return [], f"Column {quoted(column.name)} holds no day that there ever was; it is only shown."
    whole = bool((series.drop_nulls() == series.drop_nulls().floor()).all())
    none = series.null_count()
    rest = f"; {counted(none, 'cell')} without one: missing" if none else ""
    made = Values(f"{column.name} (days)", "number", narrowest(series.cast(pl.Int64)) if whole else series)
    return [made], f"Column {quoted(column.name)} is used as a number: the days since {first}{rest}."


def _free(name: str, taken: set[str]) -> str:
    """The name, with the first free number behind it when it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
