"""Cells → columns: numbers where every cell is one, in the narrowest exact type, and text elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.digits import EXACT, LONG, extent, inexact, lossy, rounded, vanishing
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
SENTINELS = (-999, -9999, -99999, 999, 9999, 99999)  # numbers that often stand for "missing"
FIRST = 256  # rows that the first guess rests on
WHOLE = b'0123456789+- "\n'  # what whole numbers are written with
FACTS = 4  # that are asked of a column
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
    return chunks_in(pl.DataFrame([cells]), missing, decimal)[0]


def chunks_in(frame: pl.DataFrame, missing: tuple[str, ...], decimal: str) -> list[Chunk | None]:
    """What ``numbers_in`` says of each column; all at once, for each step costs as much for one as for many."""
    cells = frame.select(pl.all().str.strip_chars())
    cells.columns = [f"cells {place}" for place in range(frame.width)]  # the names of a file may mean something to polars
    wide = _parsed(cells, decimal)
    facts = wide.select([fact for place in range(frame.width) for fact in _facts(place)]).row(0)
    found = []
    for place, name in enumerate(frame.columns):
        column, plain, number = (wide.to_series(place + part * frame.width) for part in range(3))
        chunk = _chunk(column, plain, number, facts[place * FACTS : (place + 1) * FACTS], missing, decimal)
        if chunk is not None:
            chunk.values = chunk.values.alias(name)
        found.append(chunk)
    return found


def _parsed(cells: pl.DataFrame, decimal: str) -> pl.DataFrame:
    """The ``cells`` of each column, ``plain`` with the point as decimal mark, and ``number``: finite or null."""
    places, plain = range(cells.width), [pl.col(name) for name in cells.columns]
    if decimal == ",":
        plain = [each.str.replace(",", ".", literal=True) for each in plain]
    wide = cells.with_columns([each.alias(f"plain {at}") for at, each in enumerate(plain)])
    fits = [pl.col(f"plain {at}").str.contains(PLAIN) for at in places]
    if decimal == ",":
        fits = [fit & ~pl.col(f"cells {at}").str.contains(".", literal=True) for at, fit in enumerate(fits)]
    read = [pl.when(fit).then(f"plain {at}").cast(pl.Float64).alias(f"number {at}") for at, fit in enumerate(fits)]
    numbers = [pl.col(f"number {at}") for at in places]
    return wide.with_columns(read).with_columns([pl.when(number.is_finite()).then(number).name.keep() for number in numbers])


def _facts(place: int) -> list[pl.Expr]:
    """Of a column: whether there are long numbers, fractions and codes among its numbers; how many cells are none."""
    plain, number = pl.col(f"plain {place}"), pl.col(f"number {place}").is_not_null()
    facts = (
        (number & plain.str.contains(LONG)).any(), (number & plain.str.contains(r"[.eE]")).any(), plain.str.contains(CODE).any(),
        (~number & (pl.col(f"cells {place}") != "")).sum(),
    )  # fmt: skip
    return [fact.alias(f"{place} {which}") for which, fact in enumerate(facts)]


def _chunk(
    cells: pl.Series, plain: pl.Series, number: pl.Series, facts: tuple[Any, ...], missing: tuple[str, ...], decimal: str
) -> Chunk | None:
    long, fraction, codes, rest = facts
    told = _rest(cells, number, missing, decimal) if rest else Repaired()
    if told is None or codes:
        return None
    plain = plain.set(number.is_null(), None) if rest else plain
    if fraction:
        told.rounded, told.example = rounded(plain, number)
        return None if long and lossy(plain) else Chunk(number, told)
    whole = plain.cast(pl.Int64, strict=False)
    return Chunk(narrowest(whole), told) if whole.null_count() == number.null_count() else None


def _rest(cells: pl.Series, number: pl.Series, missing: tuple[str, ...], decimal: str) -> Repaired | None:
    """What stands for "missing" among the cells that are no numbers, and which are infinite; None when there is anything else."""
    rest = cells.filter(number.is_null() & (cells != "").fill_null(False))
    told = Counter(rest.to_list()) if len(rest) < 1000 or rest.n_unique() < 1000 else Counter({"?!": len(rest)})
    infinite = {word for word in told if word.lower() in INFINITE or _beyond(word, decimal)}
    if any(word not in missing for word in told if word not in infinite):
        return None
    places = cells.is_in(list(infinite)).arg_true().to_list() if infinite else []
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


def wider(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """The type that holds the numbers of both."""
    order = [*(dtype for dtype, _, _ in NARROW), pl.Float64()]
    return max(one, other, key=order.index)


def _doubtful(parsed: pl.Series) -> bool:
    """Whether floats are not all finite, or so large that a whole number may have been rounded."""
    low, high = extent(parsed)
    return not parsed.alias("").is_finite().all() or bool(max(-low, high) >= EXACT)


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
        self._learn(self._cells(head))
        return True

    def _learn(self, cells: pl.DataFrame) -> list[Chunk | None]:
        """The cells of each column as numbers, None where it holds text; remembers which."""
        asked = pl.DataFrame([column for column in cells.iter_columns() if column.name not in self.texts])
        found = chunks_in(asked, self.missing, self.decimal) if asked.width else []
        chunks = dict(zip(asked.columns, found, strict=True))
        for name in cells.columns:
            chunk = chunks.get(name)
            if chunk is None:
                self.texts.add(name)
                self.types[name] = pl.String()
            else:
                self.types[name] = wider(self.types.get(name, chunk.values.dtype), chunk.values.dtype)
        return [chunks.get(name) for name in cells.columns]

    def _strict(self, block: bytes) -> pl.DataFrame | None:
        """The block in the known types, or None when a cell is anything else than such a number."""
        if self._zeros_lead(block) or vanishing(block) or (self.decimal == "," and (self.delimiter == "," or b"." in block)):
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
        cells, texts, columns = self._cells(block), set(self.texts), []
        for column, chunk in zip(cells.iter_columns(), self._learn(cells), strict=True):
            if chunk is None:
                if column.name not in texts and self.frames:
                    self.mixed.add(column.name)
                columns.append(column)
                continue
            self.repaired.setdefault(column.name, Repaired()).add(chunk.repaired, self.rows)
            columns.append(chunk.values)
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
