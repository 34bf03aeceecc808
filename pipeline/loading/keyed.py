"""A file of labels that names its rows: two columns, a name that the data has and its label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import polars as pl

from pipeline.loading.sheet import Row
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Dataset, Notice, Option, Problem

ENOUGH = 0.5  # share of the rows that must be named


@dataclass(frozen=True)
class Named:
    """Labels found by name: ``words`` has one for each row of the data file, null where it is not named."""

    words: pl.Series
    title: str
    notices: list[Notice]


@dataclass(frozen=True)
class _Match:
    column: str
    keys: list[str]  # name of each row
    names: list[str]  # of each line of the labels
    labels: pl.Series

    @property
    def found(self) -> int:
        known = set(self.names)
        return sum(key in known for key in self.keys)


def by_name(dataset: Dataset, frame: pl.DataFrame, name: str, row: Row, by: str = "") -> Named | None:
    """The labels of a file of two columns by the rows' names, or None when it does not name them.

    ``row`` tells where a line of it stands in the file; ``by`` "order" is a person's answer that it names no rows.
    Raises Problem when a name has two different labels.
    """
    if frame.width != 2 or by == "order":
        return None
    sides = [(_words(frame.to_series(side)), frame.to_series(1 - side)) for side in (0, 1)]
    matches = [_Match(column, keys, *side) for column, keys in _names(dataset) for side in sides]
    best = max(matches, key=lambda match: match.found, default=None)
    if best is None or best.found < max(1, ENOUGH * len(best.keys)) or _only_counts(best):
        return None
    return _given(dataset, best, name, row)


def _names(dataset: Dataset) -> Iterator[tuple[str, list[str]]]:
    """Columns whose values name each row; files of pictures also without their folders, and without their endings."""
    for column in dataset.columns:
        series = dataset.column(column.name)
        if column.role not in ("id", "text", "hover") or series.dtype.is_float():
            continue
        keys = _words(series)
        ways = [keys]
        if dataset.kind == "image" and column.role == "id":
            ways += [[PurePosixPath(key).name for key in keys], [PurePosixPath(key).stem for key in keys]]
        yield from ((column.name, way) for way in ways if "" not in way and len(set(way)) == len(way))


def _words(series: pl.Series) -> list[str]:
    return series.cast(pl.String).fill_null("").str.strip_chars().to_list()


def _only_counts(match: _Match) -> bool:
    """Whether both sides count the rows in their order, from whatever number on, so that the order tells all."""
    lines = match.names[-len(match.keys) :]
    pairs = list(zip(match.keys, lines, strict=False))
    if not all(key.isdecimal() and line.isdecimal() for key, line in pairs):
        return False
    return len({int(key) - int(line) for key, line in pairs}) == 1


def _numbered(names: list[str]) -> bool:
    """Whether these names, maybe under a header, only count, so that they could be row numbers too."""
    numbers = [int(each) for each in names[1:] if each.isdecimal()]
    return len(numbers) == len(names) - 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _given(dataset: Dataset, match: _Match, name: str, row: Row) -> Named:
    known, labels = set(match.keys), match.labels
    strangers = [number for number, each in enumerate(match.names) if each not in known]
    heading = strangers[:1] == [0]
    found = _unlike(match, name, row, known)
    title = str(labels[0] or "").strip() if heading else ""
    missing = [key for key in match.keys if key not in found]
    given = {key: labels[number] for key, number in found.items()}
    words = pl.Series(title or "label", [given.get(key) for key in match.keys], dtype=labels.dtype)
    told = f"{counted(len(found), 'label')} of {name} found by {quoted(match.column)}, in whatever order they stand."
    order = Option("They belong to the rows in their order", {"labels_by": "order"})
    doubtful = len(match.names) > 1 and _numbered(match.names)
    notices = [Notice("labels", told, len(found), (order,) if doubtful else (), asks=doubtful)]
    if heading:
        told = f"The first line of {name} names no row, so it is read as the header: the labels are called {quoted(title)}."
        notices.append(Notice("labels header", told, 1))
    if missing:
        told = f"{counted(len(missing), 'row')} not named in {name} ({listed(missing)}): without a label."
        notices.append(Notice("labels missing", told, len(missing)))
    others = [match.names[number] for number in strangers[heading:]]
    if others:
        told = f"{counted(len(others), 'line')} of {name} passed over: no row has the name {listed(others)}."
        notices.append(Notice("labels passed over", told, len(others)))
    return Named(_in_file(dataset, words), title, notices)


def _unlike(match: _Match, name: str, row: Row, known: set[str]) -> dict[str, int]:
    """Number of the line that names each row; raises Problem when two lines say different things of one."""
    found: dict[str, int] = {}
    for number, key in enumerate(match.names):
        before = found.setdefault(key, number)
        if key in known and match.labels[before] != match.labels[number]:
            raise Problem(
                f"{name} names {quoted(key)} twice, with different labels: {quoted(match.labels[before])} in "
                f"{row(before)} and {quoted(match.labels[number])} in {row(number)}. Give each name one label."
            )
    return {key: number for key, number in found.items() if key in known}


def _in_file(dataset: Dataset, words: pl.Series) -> pl.Series:
    """The labels with a gap for each row of the file that was left out."""
    left = set(dataset.details.get("left_rows") or ())
    kept = iter(words.to_list())
    rows = range(int(dataset.details.get("file_rows", len(words))))
    return pl.Series(words.name, [None if row in left else next(kept) for row in rows], dtype=words.dtype)
