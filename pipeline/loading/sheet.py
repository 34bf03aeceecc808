"""What every kind of file is read into, before anything is decided about its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipeline.results import Notice


@dataclass
class Sheet:
    """A table as it was read: number columns hold numbers, all others text as it stands in the file.

    ``heading`` says whether the file names its columns, ``unnamed`` which of them it leaves empty;
    ``row(i)`` is the number in the file of the row with index i. ``labels`` and ``picture`` are set
    by files that tell them (.npz, arrays with more than two dimensions).
    """

    frame: pl.DataFrame
    heading: bool = True
    unnamed: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    row: Callable[[int], int] = lambda index: index + 2
    labels: np.ndarray | pl.Series | None = None
    picture: tuple[int, ...] = ()
    decimal: str = "."
