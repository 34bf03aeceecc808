"""The table as it is looked through: its columns, the rows that pass its filters in the order asked for, and their values."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from pipeline import finding
from pipeline.exporting import group_names, labels
from pipeline.results import Clusters, Dataset, Map, Problem, Target

LETTERS = 200  # of one value that are shown
BLOCK = 1000  # rows whose values are told at once
DIGITS = 6  # significant ones of a number that are shown
AXES = ("x", "y", "z")
LARGEST = sys.float_info.max

Condition = Literal["contains", "equals", "startsWith", "lessThan", "greaterThan", "inRange", "blank", "notBlank"]
WORDED: tuple[Condition, ...] = ("contains", "equals", "startsWith", "blank", "notBlank")
NUMBERED: tuple[Condition, ...] = ("equals", "lessThan", "greaterThan", "inRange", "blank", "notBlank")

CHANGED = "The table has no such column any more. Reload the page."
WRONG_SORT = "A column is sorted up (asc) or down (desc). Press its head again."
WRONG_TEXT = "Words are filtered by contains, equals, starts with, blank or not blank. Set the filter again."
WRONG_NUMBER = "Numbers are filtered by equals, less than, greater than, between, blank or not blank. Set the filter again."
WRONG_ROWS = "These rows do not belong to the open data. Reload the page."


@dataclass(frozen=True, eq=False)
class Heading:
    """One column as it is shown: ``id`` is ours, whatever the column is called; ``values`` (n,).

    ``codes`` (n,) stand for the values where these are to be sorted in another order than their own. A column that is
    ``folded`` is not shown at first.
    """

    id: str
    name: str
    kind: Literal["number", "text"]
    values: pl.Series
    codes: pl.Series | None = None
    folded: bool = False

    @property
    def key(self) -> pl.Series:
        """What it is sorted by: numbers, dates and flags as they are, words in any case of letters."""
        if self.codes is not None:
            return self.codes
        if self.values.dtype.is_float():
            return self.values.fill_nan(None)
        own = self.kind == "number" or self.values.dtype.is_temporal() or self.values.dtype == pl.Boolean
        return self.values if own else self.values.cast(pl.String).str.to_lowercase()


def headings(
    dataset: Dataset, map_: Map | None = None, clusters: Clusters | None = None, by_hand: Clusters | None = None
) -> dict[str, Heading]:
    """Every column by its id: row number, position on the map, label, cluster and its name, then those of the file.

    The ids of the file's columns are their positions, c0, c1, and so on. What the rows are labelled with stands once,
    among ours. The pixels of pictures are folded.
    """
    label = dataset.target.name if dataset.target is not None else ""
    labelled = label if label in dataset.named("target") else ""
    pixels = set(dataset.named("feature")) if dataset.picture else set()
    named = [(f"c{at}", name) for at, name in enumerate(dataset.table.columns) if name != labelled]
    own = [_column(key, name, dataset.column(name), name in pixels) for key, name in named]
    return {one.id: one for one in [*_ours(dataset, map_, clusters, by_hand), *own]}


def order(
    columns: dict[str, Heading], sort: list[dict[str, Any]], filters: dict[str, Any], rows: np.ndarray | None = None
) -> np.ndarray:
    """Numbers (m,) int32 of the rows that pass all filters, as the table shows them one below the other.

    ``sort`` and ``filters`` are the models of the grid: [{colId, sort}, …], the first column before the next, and
    {colId: {type, filter[, filterTo]}}. ``rows``, numbers or a mask, are those that pass elsewhere; without it all do.
    What is equal stays in the order of the file; what is missing comes last, up or down. Raises Problem for columns, ways
    or conditions that there are not.
    """
    n = len(columns["row"].values)
    passing = np.ones(n, bool)
    if rows is not None:
        passing[:] = False
        passing[rows] = True
    for name, model in _pairs(filters):
        passing &= _passes(_known(columns, name), model)
    found = np.flatnonzero(passing).astype(np.int32)
    keys, down = _keys(columns, sort)
    if not keys or not len(found):
        return found
    frame = pl.DataFrame([key.gather(found).alias(str(at)) for at, key in enumerate(keys)])
    places = frame.select(pl.arg_sort_by(frame.columns, descending=down, nulls_last=True, maintain_order=True))
    return np.asarray(found[places.to_series().to_numpy()])


def values(columns: dict[str, Heading], names: list[str], rows: list[int]) -> dict[str, list[str | None]]:
    """What these columns hold in these rows, as it is shown: texts, None where there is nothing. Raises Problem."""
    n = len(columns["row"].values)
    if not isinstance(names, list) or not isinstance(rows, list) or len(rows) > BLOCK or len(names) > len(columns):
        raise Problem(WRONG_ROWS)
    if not all(type(row) is int and 0 <= row < n for row in rows):
        raise Problem(WRONG_ROWS)
    asked = [_known(columns, name).values.alias(str(at)) for at, name in enumerate(names)]
    block = pl.DataFrame(asked)[rows] if asked else pl.DataFrame()  # all columns at once: of pictures there are hundreds
    return {name: [shown(value) for value in block[str(at)].to_list()] for at, name in enumerate(names)}


def shown(value: Any) -> str | None:
    """A value in at most 200 letters; a number with a fraction in 6 significant digits."""
    if value is None:
        return None
    written = f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
    return written if len(written) <= LETTERS else written[:LETTERS] + "…"


def _ours(dataset: Dataset, map_: Map | None, clusters: Clusters | None, by_hand: Clusters | None) -> list[Heading]:
    made = [Heading("row", "row", "number", pl.Series(np.arange(len(dataset.rows))))]
    if map_ is not None:
        axes = zip(AXES, map_.positions.T, strict=False)
        made += [Heading(axis, f"map_{axis}", "number", pl.Series(np.ascontiguousarray(column))) for axis, column in axes]
    if dataset.target is not None:
        made.append(_label(dataset, dataset.target))
    if clusters is not None:
        made += _clusters(clusters)
    if by_hand is not None:
        made.append(Heading("hand", "label_by_hand", "text", group_names(by_hand)))
    return made


def _label(dataset: Dataset, target: Target) -> Heading:
    if target.kind == "number":
        return _column("label", target.name, finding.written(dataset, target))
    codes = pl.Series(target.codes)  # names stand in their natural order: 2 before 10
    return Heading("label", target.name, "text", labels(target), codes.set(codes < 0, None))


def _clusters(clusters: Clusters) -> list[Heading]:
    """The number of the group, and its name where a person gave names."""
    codes = pl.Series(clusters.labels)
    numbers = codes.cast(pl.String).set(codes < 0, "noise")
    made = [Heading("cluster", "cluster", "text", numbers, codes.set(codes < 0, None))]
    if clusters.details.get("names"):
        made.append(Heading("group", "cluster_name", "text", group_names(clusters)))
    return made


def _column(key: str, name: str, column: pl.Series, folded: bool = False) -> Heading:
    return Heading(key, name, "number" if column.dtype.is_numeric() else "text", column, folded=folded)


def _known(columns: dict[str, Heading], name: Any) -> Heading:
    if not isinstance(name, str) or name not in columns:
        raise Problem(CHANGED)
    return columns[name]


def _pairs(filters: Any) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(filters, dict) or not all(isinstance(model, dict) for model in filters.values()):
        raise Problem(WRONG_TEXT)
    return list(filters.items())


def _keys(columns: dict[str, Heading], sort: Any) -> tuple[list[pl.Series], list[bool]]:
    if not isinstance(sort, list) or len(sort) > len(columns):
        raise Problem(WRONG_SORT)
    if not all(isinstance(one, dict) and one.get("sort") in ("asc", "desc") for one in sort):
        raise Problem(WRONG_SORT)
    return [_known(columns, one.get("colId")).key for one in sort], [one["sort"] == "desc" for one in sort]


def _passes(column: Heading, model: dict[str, Any]) -> np.ndarray:
    """Mask (n,) of the rows that pass one filter."""
    kind = model.get("type")
    if kind not in (NUMBERED if column.kind == "number" else WORDED):
        raise Problem(WRONG_NUMBER if column.kind == "number" else WRONG_TEXT)
    if kind in ("blank", "notBlank"):
        return np.asarray(_blank(column) == (kind == "blank"))
    return _numbers(column.key, kind, model) if column.kind == "number" else _words(column.values, kind, model)


def _blank(column: Heading) -> np.ndarray:
    """Where there is no value, no number, or a text of spaces alone."""
    if column.kind == "number":
        return column.key.is_null().to_numpy()
    return (column.values.cast(pl.String).str.strip_chars().fill_null("") == "").to_numpy()


def _words(column: pl.Series, kind: Condition, model: dict[str, Any]) -> np.ndarray:
    wanted = model.get("filter")
    if not isinstance(wanted, str):
        raise Problem(WRONG_TEXT)
    wanted, lower = wanted.lower(), column.cast(pl.String).str.to_lowercase()
    held = {"contains": lower.str.contains(wanted, literal=True), "startsWith": lower.str.starts_with(wanted)}
    return held.get(kind, lower == wanted).fill_null(False).to_numpy()


def _numbers(column: pl.Series, kind: Condition, model: dict[str, Any]) -> np.ndarray:
    """A number equals what it is and, with a fraction, what is shown of it; both ends of between belong to it."""
    numbers = column.cast(pl.Float64)
    first = _finite(model.get("filter"))
    if kind == "equals":
        passing = numbers == first
        if column.dtype.is_float():
            passing |= numbers.round_sig_figs(DIGITS) == first
    elif kind == "inRange":
        passing = (numbers >= first) & (numbers <= _finite(model.get("filterTo")))
    else:
        passing = numbers < first if kind == "lessThan" else numbers > first
    return passing.fill_null(False).to_numpy()


def _finite(number: Any) -> float:
    if type(number) not in (int, float) or not abs(number) <= LARGEST:
        raise Problem(WRONG_NUMBER)
    return float(number)
