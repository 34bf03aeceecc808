"""Feature columns → the rows that everything is computed from: finite, and never silently so."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, log10
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.digits import extent
from pipeline.loading.values import Values
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Notice, Option, Problem
from pipeline.store import digest

BLOCK = 8192  # rows turned at once
LARGEST, LARGE = 1e18, 17  # numbers beyond overflow when distances are squared in single precision; the power to bring them to
SMALLEST = 1e-18  # differences below vanish when they are squared in single precision
WHOLE = 2**24  # whole numbers up to here are exact in single precision
EMPTY = 0.95  # share of missing values above which a column is left out


@dataclass
class Matrix:
    """``rows`` (n, d) of the columns ``names``; ``kept`` (n of the table,) marks rows that stay, or None for all."""

    rows: np.ndarray
    names: list[str]
    kept: np.ndarray | None
    notices: list[Notice]
    columns: list[pl.Series] = field(default_factory=list)  # as they were before single precision

    def duplicates(self) -> int:
        """Number of rows that repeat an earlier row in every digit: equal rows, compared again in double precision."""
        sums = _sums(self.rows)
        count = len(sums) - len(np.unique(sums))
        if not count or self.rows.dtype == np.uint8:
            return count
        _, which, times = np.unique(sums, return_inverse=True, return_counts=True)
        again = np.flatnonzero(times[which] > 1)
        exact = {str(at): column.gather(again).cast(pl.Float64) + 0.0 for at, column in enumerate(self.columns)}  # -0 is 0
        frame = pl.DataFrame(exact)
        return len(frame) - frame.n_unique()


def matrix_of(features: list[Values], choices: dict[str, Any], picture: tuple[int, ...], held: set[str]) -> Matrix:
    """Rows of these columns, uint8 when all are byte-sized whole numbers, else float32; raises Problem.

    ``held`` are columns that a person wants as features: they are not left out for being constant or nearly empty.
    """
    notices: list[Notice] = []
    columns: dict[str, pl.Series] = {}
    for values in features:
        numbers = values.numbers()
        if numbers is None:
            raise Problem(f"Column {quoted(values.name)} holds {values.kind}; features are numbers. Choose another role for it.")
        columns[values.name] = numbers
    if not picture:
        _leave_out(columns, choices, held, notices)
    kept = _fill(columns, choices, notices)
    if not columns:
        return Matrix(np.zeros((0, 0), np.float32), [], kept, notices)
    exact = list(columns.values())
    if not picture:
        _reduce(columns, notices)
        _centre(columns, notices)
        _magnify(columns, notices)
    return Matrix(_rows(columns), list(columns), kept, notices, exact)


def key_of(rows: np.ndarray, names: list[str], root: str) -> str:
    """Key of rows and feature columns: whatever else is known of them leaves it as it is."""
    import hashlib

    return digest("rows", root, names, hashlib.sha256(np.ascontiguousarray(rows).data).hexdigest(), str(rows.dtype))


def _sums(rows: np.ndarray) -> np.ndarray:
    """A number for each row, equal where rows are equal, and by chance hardly ever elsewhere."""
    width = rows.shape[1]
    factors = np.random.default_rng(0).integers(0, 2**63, width, dtype=np.uint64) | np.uint64(1)
    sums = np.empty(len(rows), np.uint64)
    step = max(1, 2**19 // max(width, 1))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        bits = part if part.dtype == np.uint8 else (part + np.float32(0)).view(np.uint32)  # -0 is 0
        np.einsum("ij,j->i", bits.astype(np.uint64), factors, out=sums[start : start + step])
    return sums


def _leave_out(columns: dict[str, pl.Series], choices: dict[str, Any], held: set[str], notices: list[Notice]) -> None:
    """Columns that say nothing: all one value, or hardly any value."""
    constant, empty = [], []
    for name, numbers in columns.items():
        low, high = extent(numbers)
        nothing = numbers.null_count() == len(numbers)
        if nothing or numbers.null_count() > EMPTY * len(numbers):
            if nothing or name not in held:
                empty.append(name)
        elif low == high and name not in held and choices.get("constant") != "keep":
            constant.append(name)
    keep = Option("Keep constant columns", {"constant": "keep"})
    _told(notices, "constant", constant, "with the same value in every row", (keep,))
    some = [name for name in empty if columns[name].min() is not None]
    back = (Option("Keep them, filled", {f"role:{name}": "feature" for name in some}),) if some else ()
    _told(notices, "empty columns", empty, "with hardly any values", back)
    for name in [*constant, *empty]:
        del columns[name]


def _told(notices: list[Notice], code: str, names: list[str], words: str, options: tuple[Option, ...]) -> None:
    if names:
        notices.append(
            Notice(code, f"{counted(len(names), 'column')} left out, {words}: {listed(names, 5)}.", len(names), options)
        )


def _fill(columns: dict[str, pl.Series], choices: dict[str, Any], notices: list[Notice]) -> np.ndarray | None:
    """Missing values: the column's median, or rows or columns left out; which rows stay, or None for all."""
    gaps = {name: numbers for name, numbers in columns.items() if numbers.null_count()}
    if not gaps:
        return None
    count = sum(numbers.null_count() for numbers in gaps.values())
    lost = np.zeros(len(next(iter(gaps.values()))), bool)
    for numbers in gaps.values():
        lost |= numbers.is_null().to_numpy()
    ways = {
        "median": Option("Fill with the median", {"fill": "median"}),
        "columns": Option(f"Leave {counted(len(gaps), 'column')} out", {"fill": "columns"}),
        "rows": Option(f"Leave {counted(int(lost.sum()), 'row')} out", {"fill": "rows"}),
    }
    way = str(choices["fill"]) if choices.get("fill") in ways else "median"
    done = {
        "median": "filled with the median of the column",
        "columns": "left out with the column",
        "rows": f"left out with {counted(int(lost.sum()), 'row')}",
    }
    shown = [f"{quoted(name)} {numbers.null_count():,}" for name, numbers in list(gaps.items())[:5]]
    where = f"{', '.join(shown)}{' …' if len(gaps) > len(shown) else ''}"
    words = f"{counted(count, 'missing value')} in {counted(len(gaps), 'column')} ({where}): {done[way]}."
    others = tuple(option for other, option in ways.items() if other != way)
    notices.append(Notice("missing", words, count, others, asks="fill" not in choices))
    if way == "rows":
        for name in columns:
            columns[name] = columns[name].filter(~lost)
        return ~lost
    for name, numbers in gaps.items():
        if way == "columns":
            del columns[name]
        else:
            exact = numbers.cast(pl.Float64)
            columns[name] = exact.fill_null(_middle(exact))
    return None


def _middle(exact: pl.Series) -> float:
    """The median, of whatever numbers: the sum of the largest would be infinite."""
    ordered = exact.drop_nulls().sort()
    return float(ordered[(len(ordered) - 1) // 2]) / 2 + float(ordered[len(ordered) // 2]) / 2


def _centre(columns: dict[str, pl.Series], notices: list[Notice]) -> None:
    """Numbers far from 0 beside their differences, which single precision would swallow: the median is taken off."""
    moved, blurred = [], []
    for name, numbers in columns.items():
        if not _far(numbers):
            continue
        exact = numbers.cast(pl.Float64)
        lost = _lost(exact)
        if not lost and (numbers.dtype.is_integer() or not _coarse(exact)):
            continue
        centred = exact - exact.median()
        columns[name], left = centred.cast(pl.Float32), _lost(centred)
        moved.append(name)
        if left and (numbers.dtype.is_integer() or left > 0.01 * len(numbers)):
            blurred.append(name)
    _remarked(notices, moved, "numbers too large to tell apart in single precision", "distances are taken from the median")
    _remarked(notices, blurred, "a range too wide for single precision", "some different numbers count as the same")


def _far(numbers: pl.Series) -> bool:
    """Whether single precision may matter, told by a glance at some of the numbers: most columns are not worth more."""
    if numbers.dtype.is_integer():
        low, high = extent(numbers)
        return bool(max(-low, high) > WHOLE)
    low, middle, high = _spread(numbers)
    return max(abs(low), abs(high)) > 0 and abs(middle) > 64 * (high - low)


def _spread(numbers: pl.Series) -> tuple[float, float, float]:
    """First tenth, median and last tenth of at most a few thousand of the numbers."""
    some = numbers.gather_every(max(1, len(numbers) // 2048)).cast(pl.Float64)
    low, middle, high = (float(some.quantile(share, "linear") or 0.0) for share in (0.1, 0.5, 0.9))
    return low, middle, high


def _coarse(exact: pl.Series) -> bool:
    """Whether the steps of single precision are coarse beside the spread of the numbers."""
    low, middle, high = _spread(exact)
    return float(np.spacing(np.float32(abs(middle)))) > 1e-3 * (high - low) > 0


def _lost(exact: pl.Series) -> int:
    """How many different numbers become equal to others in single precision."""
    return exact.n_unique() - exact.cast(pl.Float32).n_unique()


def _reduce(columns: dict[str, pl.Series], notices: list[Notice]) -> None:
    """Numbers so large that their squares overflow in single precision are divided, each column by its own power of ten."""
    vast = {name: max(-low, high) for name, (low, high) in _extents(columns).items() if max(-low, high) > LARGEST}
    for name, most in vast.items():
        power = floor(log10(most)) - LARGE
        columns[name] = _times(columns[name], -power)
    words = f"numbers beyond {LARGEST:g}, whose squares overflow in single precision"
    _remarked(notices, list(vast), words, "distances are taken from the numbers divided by a power of ten")


def _extents(columns: dict[str, pl.Series]) -> dict[str, tuple[float, float]]:
    return {name: extent(numbers) for name, numbers in columns.items() if numbers.dtype.is_float()}


def _times(numbers: pl.Series, power: int) -> pl.Series:
    """The numbers times ten to this power, in two steps, for a single factor could be infinite or nothing."""
    return numbers.cast(pl.Float64) * 10.0 ** (power // 2) * 10.0 ** (power - power // 2)


def _magnify(columns: dict[str, pl.Series], notices: list[Notice]) -> None:
    """Numbers so small that their squares vanish in single precision are multiplied, all by the same power of ten."""
    ranges = {name: high - low for name, (low, high) in _extents(columns).items()}
    small = [name for name, wide in ranges.items() if 0 < wide < SMALLEST]
    if not small:
        return
    power = -floor(log10(max(ranges[name] for name in small)))
    for name in small:
        columns[name] = _times(columns[name], power)
    words = f"differences below {SMALLEST:g}, which vanish in single precision"
    _remarked(notices, small, words, f"distances are taken from the numbers times 1e{power}")


def _remarked(notices: list[Notice], names: list[str], have: str, done: str) -> None:
    if names:
        words = f"{counted(len(names), 'column')} with {have} ({listed(names, 5)}): {done}; the values shown stay."
        away = Option("Leave them out", {f"role:{name}": "left out" for name in names})
        notices.append(Notice("precision", words, len(names), (away,)))


def _rows(columns: dict[str, pl.Series]) -> np.ndarray:
    frame = pl.DataFrame(list(series.alias(name) for name, series in columns.items()))
    dtype = np.uint8 if all(kind == pl.UInt8 for kind in frame.dtypes) else np.float32
    rows = np.empty(frame.shape, dtype)
    for start in range(0, len(rows), BLOCK):
        rows[start : start + BLOCK] = frame.slice(start, BLOCK).to_numpy()
    return rows
