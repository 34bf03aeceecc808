"""Cells → columns: numbers where every cell is one, in the narrowest exact type, and text elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.repairs import Repaired

INFINITE = ("inf", "+inf", "-inf", "infinity", "+infinity", "-infinity")
NARROW: tuple[tuple[pl.DataType, int, int], ...] = (  # whole numbers, narrowest first
    (pl.UInt8(), 0, 2**8 - 1),
    (pl.Int16(), -(2**15), 2**15 - 1),
    (pl.Int32(), -(2**31), 2**31 - 1),
    (pl.Int64(), -(2**63), 2**63 - 1),
)
PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
CODE = r"^[+-]?0[0-9]"  # 007: leading zeros that a number would lose
LONG = r"^[+-]?[0-9]{16,}$"  # whole numbers that may lie beyond EXACT
SENTINELS = (-999, -9999, -99999, 999, 9999, 99999)  # numbers that often stand for "missing"
EXACT = 2**53  # whole numbers beyond lose digits as a float
FIRST = 256  # rows that the first guess rests on
WHOLE = b'0123456789+- "\n'  # what whole numbers are written with
DIGITS = np.zeros(256, bool)
DIGITS[ord("0") : ord("9") + 1] = True
SIGNS = np.zeros(256, bool)
SIGNS[[ord("+"), ord("-")]] = True


@dataclass
class Chunk:
    """The cells of one column as numbers, and what was read as missing among them."""

    values: pl.Series
    repaired: Repaired = field(default_factory=Repaired)


def numbers_in(cells: pl.Series, missing: tuple[str, ...], decimal: str = ".") -> Chunk | None:
    """The cells as numbers (missing ones null), or None when one of them is neither number nor missing."""
    frame = _parsed(cells, decimal)
    number = pl.col("number").is_not_null()
    long, fraction, codes, rest = frame.select(
        (number & pl.col("plain").str.contains(LONG)).any(), (number & pl.col("plain").str.contains(r"[.eE]")).any().alias("e"),
        pl.col("plain").str.contains(CODE).any().alias("c"), (~number & (pl.col("cells") != "")).sum().alias("r"),
    ).row(0)  # fmt: skip
    told = _rest(frame, missing, decimal) if rest else Repaired()
    if told is None or codes:
        return None
    plain = frame["plain"].set(frame["number"].is_null(), None)
    if fraction:
        return None if long and lossy(plain) else Chunk(frame["number"].alias(cells.name), told)
    whole = plain.cast(pl.Int64, strict=False)
    return Chunk(narrowest(whole.alias(cells.name)), told) if whole.null_count() == frame["number"].null_count() else None


def _parsed(cells: pl.Series, decimal: str) -> pl.DataFrame:
    """Columns ``cells`` without blanks around them, ``plain`` with the point as decimal mark, ``number``: finite or null."""
    frame = pl.select(pl.lit(cells).str.strip_chars().alias("cells"))
    plain, fits = pl.col("cells"), pl.col("plain").str.contains(PLAIN)
    if decimal == ",":
        plain = plain.str.replace(",", ".", literal=True)
        fits &= ~pl.col("cells").str.contains(".", literal=True)
    frame = frame.with_columns(plain.alias("plain"))
    frame = frame.with_columns(pl.when(fits).then("plain").cast(pl.Float64).alias("number"))
    return frame.with_columns(pl.when(pl.col("number").is_finite()).then("number").alias("number"))


def _rest(frame: pl.DataFrame, missing: tuple[str, ...], decimal: str) -> Repaired | None:
    """What stands for "missing" among the cells that are no numbers, and which are infinite; None when there is anything else."""
    rest = frame["cells"].filter(frame["number"].is_null() & (frame["cells"] != "").fill_null(False))
    told = Counter(rest.to_list()) if len(rest) < 1000 or rest.n_unique() < 1000 else Counter({"?!": len(rest)})
    infinite = {word for word in told if word.lower() in INFINITE or _beyond(word, decimal)}
    if any(word not in missing for word in told if word not in infinite):
        return None
    places = frame["cells"].is_in(list(infinite)).arg_true().to_list() if infinite else []
    return Repaired(Counter({word: count for word, count in told.items() if word not in infinite}), places)


def _beyond(word: str, decimal: str) -> bool:
    """Whether it is a number too large for any computer number (1e309)."""
    try:
        return word[-1].isdigit() and float(word.replace(",", ".") if decimal == "," else word) in (float("inf"), float("-inf"))
    except ValueError:
        return False


def narrowest(values: pl.Series) -> pl.Series:
    """Whole numbers in the narrowest type that holds them all; floats as they are."""
    if not values.dtype.is_integer():
        return values
    low, high = extent(values)
    for dtype, least, most in NARROW:
        if least <= low and high <= most:
            return values.cast(dtype)
    return values


def extent(values: pl.Series) -> tuple[Any, Any]:
    """Lowest and highest number, 0 and 0 when there is none."""
    low, high = values.min(), values.max()
    return (0, 0) if low is None else (low, high)


def wider(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """The type that holds the numbers of both."""
    order = [*(dtype for dtype, _, _ in NARROW), pl.Float64()]
    return max(one, other, key=order.index)


def inexact(whole: pl.Series) -> bool:
    """Whether whole numbers lose digits as floats."""
    low, high = extent(whole)
    return bool(max(-low, high) > EXACT)


def lossy(plain: pl.Series) -> bool:
    """Whether whole numbers among cells without blanks lose digits as floats, one by one."""
    long = plain.filter(plain.str.contains(LONG).fill_null(False)).unique()
    return any(len(word) > 310 or int(float(word)) != int(word) for word in long)


def _doubtful(parsed: pl.Series) -> bool:
    """Whether floats are not all finite, or so large that a whole number may have been rounded."""
    low, high = extent(parsed)
    return not parsed.is_finite().all() or bool(max(-low, high) >= EXACT)


def sentinel(numbers: pl.Series) -> int | None:
    """A number that often stands for "missing", is there repeatedly, and is beyond all others by more than their range."""
    if numbers.dtype == pl.UInt8:
        return None
    for mark in {*extent(numbers)}.intersection(SENTINELS):
        rest = numbers.filter(numbers != mark)
        low, high = extent(rest)
        away = low - mark if mark < 0 else mark - high
        if len(rest) > 2 and int((numbers == mark).sum()) > 1 and away > high - low:
            return int(mark)
    return None


class Parser:
    """Collects blocks of rows as columns.

    A block is first parsed strictly into the types known so far; only when that fails are its cells
    looked at one by one. ``mixed`` are the columns that began as numbers and hold text further down:
    the file must be read again with these as text, for the spelling of their first cells is gone.
    """

    def __init__(self, names: tuple[str, ...], delimiter: str, decimal: str, missing: tuple[str, ...], texts: set[str]) -> None:
        self.names, self.delimiter, self.decimal, self.missing = names, delimiter, decimal, missing
        self.edges = np.zeros(256, bool)  # what may stand before a cell
        self.edges[[ord(mark) for mark in f'{delimiter}\n" ']] = True
        self.texts = set(texts)
        self.mixed: set[str] = set()
        self.repaired: dict[str, Repaired] = {}
        self.rows = 0
        self.types: dict[str, pl.DataType] = {}
        self.frames: list[pl.DataFrame] = []

    def add(self, block: bytes) -> None:
        """Parse a block of rows that all have the right number of cells."""
        known = self.types or self._look(block)
        strict = self._strict(block) if known else None
        frame = self._careful(block) if strict is None else strict
        self.rows += frame.height
        self.frames.append(frame)

    def rounded(self) -> set[str]:
        """Columns whose whole numbers would lose digits beside the fractions further down."""
        ints = {name for name, dtype in self.types.items() if dtype.is_float()}
        return {
            column.name for frame in self.frames for column in frame.iter_columns()
            if column.name in ints and column.dtype == pl.Int64 and inexact(column)
        }  # fmt: skip

    def frame(self) -> pl.DataFrame:
        """All rows; whole numbers in the narrowest type."""
        whole = pl.concat(self.frames, how="vertical_relaxed", rechunk=False)
        self.frames.clear()
        return whole.with_columns([narrowest(column.rechunk()) for column in whole.iter_columns()])

    def _look(self, block: bytes) -> bool:
        """Learn the types from the first rows, one type for all columns if that will do; not from a block that is no longer."""
        end, rows = 0, 0
        while rows < FIRST and (found := block.find(b"\n", end)) >= 0:
            end, rows = found + 1, rows + 1
        head = block[:end]
        head = head if head.count(b'"') % 2 == 0 else block
        if not head.translate(None, WHOLE + self.delimiter.encode()):
            for dtype in (pl.UInt8(), pl.Int64()):
                self.types = {name: pl.String() if name in self.texts else dtype for name in self.names}
                frame = self._strict(head)
                if frame is not None:
                    self.types = {column.name: narrowest(column).dtype for column in frame.iter_columns()}
                    return True
        self.types = {}
        if rows < FIRST:
            return False  # every cell is looked at anyway
        for column in self._cells(head).iter_columns():
            self._learn(column)
        return True

    def _learn(self, column: pl.Series) -> Chunk | None:
        """The cells of a column as numbers, or None when it holds text; remembers which."""
        chunk = None if column.name in self.texts else numbers_in(column, self.missing, self.decimal)
        if chunk is None:
            self.texts.add(column.name)
            self.types[column.name] = pl.String()
        else:
            before = self.types.get(column.name, chunk.values.dtype)
            self.types[column.name] = wider(before, chunk.values.dtype)
        return chunk

    def _strict(self, block: bytes) -> pl.DataFrame | None:
        """The block in the known types, or None when a cell is anything else than such a number."""
        if self._zeros_lead(block) or (self.decimal == "," and (self.delimiter == "," or b"." in block)):
            return None
        try:
            frame = self._parsed(block, self.types)
        except (pl.exceptions.PolarsError, ValueError):
            return None
        if any(_doubtful(column) for column in frame.iter_columns() if column.dtype.is_float()):
            return None
        return frame.rechunk()  # buffers of exactly the right length

    def _careful(self, block: bytes) -> pl.DataFrame:
        """The block column by column, every cell accounted for."""
        columns = []
        for column in self._cells(block).iter_columns():
            was_text = column.name in self.texts
            chunk = self._learn(column)
            if chunk is None:
                if not was_text and self.frames:
                    self.mixed.add(column.name)
                columns.append(column)
                continue
            seen = self.repaired.setdefault(column.name, Repaired())
            seen.tokens.update(chunk.repaired.tokens)
            seen.infinite += [self.rows + place for place in chunk.repaired.infinite]
            columns.append(chunk.values.alias(column.name))
        return pl.DataFrame(columns)

    def _cells(self, block: bytes) -> pl.DataFrame:
        return self._parsed(block, dict.fromkeys(self.names, pl.String()))

    def _parsed(self, block: bytes, types: dict[str, pl.DataType]) -> pl.DataFrame:
        return pl.read_csv(
            block, has_header=False, schema=types, separator=self.delimiter, quote_char='"' if b'"' in block else None,
            decimal_comma=self.decimal == "," and self.delimiter != ",",
        )  # fmt: skip

    def _zeros_lead(self, block: bytes) -> bool:
        """Whether a cell begins with 0 and another digit, behind a sign or not."""
        codes = np.frombuffer(b"\n" + block, np.uint8)  # the first cell has an end of a cell before it, too
        zeros = np.flatnonzero((codes[:-1] == ord("0")) & DIGITS[codes[1:]])
        before = codes[zeros - 1]
        return bool((self.edges[before] | (SIGNS[before] & self.edges[codes[zeros - 2]])).any())
