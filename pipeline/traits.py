"""What rows are told apart by: their label, their group, how firmly they belong, or any column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline.results import Clusters, Dataset

COLUMN = "column: "  # before the name of a column


@dataclass(frozen=True, eq=False)
class Trait:
    """Classes (``codes`` (n,) int32, −1 for none, and ``names``) or numbers (``values`` (n,) float, nan for none)."""

    title: str
    codes: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    names: tuple[str, ...] = ()
    values: np.ndarray | None = None


def trait(dataset: Dataset, by: str, clusters: Clusters | None = None, most: int = 500) -> Trait | None:
    """The trait of this name: ``label``, ``cluster``, ``hand`` and ``strength`` (of ``clusters``) or ``column: NAME``.

    Of more than ``most`` different words the rarest share one name. None when there is no such trait.
    """
    if by.startswith(COLUMN):
        return _column(dataset, by.removeprefix(COLUMN), most)
    if by == "label":
        return _label(dataset)
    if clusters is None or len(clusters.labels) != len(dataset.rows):
        return None
    if by == "strength":
        return Trait("strength", values=np.where(clusters.labels < 0, np.nan, clusters.strength).astype(np.float32))
    title = "label by hand" if by == "hand" else "cluster"
    return Trait(title, np.asarray(clusters.labels), tuple(clusters.named())) if by in ("cluster", "hand") else None


def largest(trait: Trait, most: int) -> Trait:
    """A trait of at most ``most`` classes: the largest keep their names, all others share one."""
    if len(trait.names) <= most:
        return trait
    counts = np.bincount(trait.codes[trait.codes >= 0], minlength=len(trait.names))
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    codes = np.full(len(counts) + 1, most - 1, np.int32)
    codes[kept], codes[-1] = np.arange(most - 1), -1  # the last stands for rows in no class
    others = f"{len(counts) - len(kept):,} others"
    return Trait(trait.title, codes[trait.codes], (*(trait.names[code] for code in kept), others))


def _label(dataset: Dataset) -> Trait | None:
    target = dataset.target
    if target is None:
        return None
    if target.kind == "number":
        return Trait(target.name, values=np.asarray(target.values))
    return Trait(target.name, np.asarray(target.codes), tuple(str(name) for name in target.names))


def _column(dataset: Dataset, name: str, most: int) -> Trait | None:
    """Numbers as they are; words by name, the most frequent ones first where there are too many."""
    import polars as pl

    if name not in dataset.table.columns:
        return None
    column = dataset.column(name)
    if column.dtype.is_numeric():
        kind = pl.Float32 if column.dtype == pl.Float32 else pl.Float64
        return Trait(name, values=column.cast(kind).fill_null(float("nan")).to_numpy())
    words = column.cast(pl.String)
    counted = words.drop_nulls().value_counts(sort=True)
    names = counted.to_series(0).sort().to_list() if len(counted) <= most else counted.to_series(0)[: most - 1].to_list()
    codes = words.replace_strict(names, list(range(len(names))), default=len(names), return_dtype=pl.Int32)
    codes = codes.set(words.is_null(), -1)
    names = [*names, f"{len(counted) - len(names):,} others"] if len(names) < len(counted) else names
    return Trait(name, np.asarray(codes.to_numpy(), np.int32), tuple(names))
