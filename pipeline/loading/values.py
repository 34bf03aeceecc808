"""A column as it was understood."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.loading.moments import are_moments
from pipeline.results import Notice

TRUE = ("true", "yes", "t", "y", "on", "ja", "oui")


@dataclass(eq=False)
class Values:
    """Numbers as numbers, everything else as it stands in the file; ``kind`` is number, category, text, date or flag.

    The series itself has no name: polars takes some names, such as ^a$, for patterns.
    """

    name: str
    kind: str
    series: pl.Series
    unnamed: bool = False

    def __post_init__(self) -> None:
        """Take the name off the series."""
        self.series = self.series.alias("")

    def numbers(self) -> pl.Series | None:
        """The values as numbers (missing ones null), or None when they are not numbers."""
        if self.kind == "number":
            return self.series
        if self.kind == "flag":
            if self.series.dtype == pl.Boolean:
                return self.series.cast(pl.UInt8)
            words = self.series.str.strip_chars().str.to_lowercase()
            return words.is_in(TRUE).cast(pl.UInt8).set(words.is_null(), None)
        return None


Found = tuple[Values, list[Notice]]


def kind_of_words(words: pl.Series) -> str:
    """Date, category (few different short values) or text."""
    present = words.drop_nulls().str.strip_chars()
    if len(present) == 0:
        return "text"
    if are_moments(present):
        return "date"
    different = present.n_unique()
    few = different <= 2 or different <= min(0.5 * len(present), max(50, 0.05 * len(present)))
    return "category" if few and present.str.len_chars().sum() <= 60 * len(present) else "text"
