"""Which digits of a number a float cannot hold."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import polars as pl

LONG = r"^[+-]?[0-9]{16,}$"  # whole numbers that may lie beyond EXACT
EXACT = 2**53  # whole numbers beyond lose digits as a float
SURE = 15  # digits that every float keeps
ZEROS = b"0" * 200
TINY = re.compile(b"[eE]-0*[1-9][0-9]{2}|" + ZEROS)


def extent(values: pl.Series) -> tuple[Any, Any]:
    """Lowest and highest number, 0 and 0 when there is none."""
    low, high = values.min(), values.max()
    return (0, 0) if low is None else (low, high)


def inexact(whole: pl.Series) -> bool:
    """Whether whole numbers lose digits as floats."""
    low, high = extent(whole)
    return bool(max(-low, high) > EXACT)


def lossy(plain: pl.Series) -> bool:
    """Whether whole numbers among cells without blanks lose digits as floats, one by one."""
    long = plain.filter(plain.str.contains(LONG).fill_null(False)).unique()
    return any(len(word) > 310 or int(float(word)) != int(word) for word in long)


def rounded(plain: pl.Series, number: pl.Series) -> tuple[int, str]:
    """How many large cells lose digits as numbers, and small ones all that they have, and the first of them."""
    low, high = extent(number)
    long = (number.abs() >= EXACT) & (plain.str.len_bytes() > SURE)
    large = plain.filter(long.fill_null(False)) if max(-low, high) >= EXACT else plain.head(0)
    small = plain.filter((number == 0).fill_null(False))
    changed = [word for word in large.to_list() if _digits_lost(word)]
    changed += small.filter(small.str.contains("^[^eE]*[1-9]")).to_list()
    return len(changed), next(iter(changed), "")


def _digits_lost(word: str) -> bool:
    """Whether a large number is none that its float stands for, nor what a program writes that has this float."""
    number = float(word)
    return Decimal(word) not in (Decimal(repr(number)), Decimal(f"{number:.17g}"), Decimal(number))


def vanishing(block: bytes) -> bool:
    """Whether there may be numbers so small that they are read as 0."""
    return (b"e-" in block or b"E-" in block or ZEROS in block) and TINY.search(block) is not None
