"""What leaves the app: the points as a table, and a report of how they were made."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.guard import DANGEROUS, INSIDE, guard
from pipeline.results import Clusters, Dataset, Map, Target
from pipeline.stages import algorithm

if TYPE_CHECKING:
    import polars as pl

EXACT = 2**53  # whole numbers up to here are written without a point
BLOCK = 8192  # rows written at once
OURS = ("map_x", "map_y", "map_z", "label", "cluster", "cluster_name", "label_by_hand")  # in this order, at the end
STAGES = ("loading", "embedding", "neighbors", "projection", "clustering")
LIBRARIES = ("numpy", "scipy", "scikit-learn", "openTSNE", "umap-learn", "faiss-cpu", "polars")


def points_csv(
    dataset: Dataset, map_: Map | None = None, clusters: Clusters | None = None, by_hand: Clusters | None = None
) -> Iterator[bytes]:
    """Blocks of a CSV file (UTF-8): a header and every row of ``points``, safe to open in a spreadsheet."""
    table = points(dataset, map_, clusters, by_hand)
    table = type(table)({guard(column.name): _guarded(column) for column in table.get_columns()})
    yield table.clear().write_csv().encode()
    for part in table.iter_slices(BLOCK):
        yield part.write_csv(include_header=False).encode()


def points(
    dataset: Dataset, map_: Map | None = None, clusters: Clusters | None = None, by_hand: Clusters | None = None
) -> pl.DataFrame:
    """Table of all rows: ``row`` (from 0), the original columns, then ``map_x, map_y[, map_z], label, cluster``.

    Where a person named groups or gave labels by hand, ``cluster_name`` and ``label_by_hand`` follow. A name that an
    original column has gets a number behind it. A table that this function made before does not grow: what stood in
    our columns is replaced, or kept when there is nothing newer.
    """
    import polars as pl

    original, former = _without_ours(dataset.table)
    if clusters is not None:
        former.pop("cluster_name", None)  # it was of other groups
    new = {**former, **_ours(dataset, map_, clusters, by_hand)}
    if "label" in former and not _same(former["label"], new["label"]):  # labels that the file alone holds
        original = original.with_columns(former["label"].alias(_free("label", original.columns)))
    if map_ is not None and map_.positions.shape[1] == 2:
        new.pop("map_z", None)
    taken = original.columns
    rows = {_free("row", taken): pl.Series(np.arange(original.height))}
    return pl.DataFrame(rows | original.to_dict() | {_free(name, taken): new[name] for name in OURS if name in new})


def report(
    dataset: Dataset, steps: list[dict[str, Any]], seconds: dict[str, float], scores: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """How a result was made, as JSON: recipe, versions, seconds of every stage (0.0 where nothing ran), notices, scores."""
    parts = ("algorithm", "version", "settings")
    recipe = {step["stage"]: {part: step[part] for part in parts} for step in steps if step["stage"] in STAGES}
    n, d = dataset.rows.shape
    source = {"source": dataset.details["source"]} if "source" in dataset.details else {}
    return {
        "recipe": {"dataset": {"name": dataset.name, "rows": n, "columns": d, **source}, **recipe},
        "versions": {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in LIBRARIES}},
        "seconds": {stage: round(seconds.get(stage, 0.0), 6) for stage in STAGES},
        "notices": [{"code": notice.code, "text": notice.text, "count": notice.count} for notice in dataset.notices],
        "scores": scores,
    }


def said(step: dict[str, Any]) -> list[str]:
    """An algorithm and its usual settings, each in a few words: t-SNE, perplexity 30."""
    entry = algorithm(step["stage"], step["algorithm"])
    shown = [p for p in entry.parameters if p.usual and p.name != "dimensions" and step["settings"].get(p.name) is not None]
    stopped = [f"stopped at iteration {step['stopped_at']:,}"] if step.get("stopped_at") else []
    return [entry.title, *(f"{p.label.lower()} {_figure(step['settings'][p.name])}" for p in shown), *stopped]


def _figure(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _ours(dataset: Dataset, map_: Map | None, clusters: Clusters | None, by_hand: Clusters | None) -> dict[str, pl.Series]:
    import polars as pl

    found: dict[str, pl.Series] = {}
    if map_ is not None:
        found |= {name: pl.Series(name, column) for name, column in zip(OURS, map_.positions.T, strict=False)}
    if dataset.target is not None:
        found["label"] = labels(dataset.target)
    if clusters is not None:
        found["cluster"] = pl.Series("cluster", clusters.labels)
        if clusters.details.get("names"):
            found["cluster_name"] = group_names(clusters).alias("cluster_name")
    if by_hand is not None:
        found["label_by_hand"] = group_names(by_hand).alias("label_by_hand")
    return found


def group_names(groups: Clusters) -> pl.Series:
    """The name of each row's group, null where it is in none."""
    import polars as pl

    names = pl.Series([*groups.named(), None], dtype=pl.String)
    return names.gather(np.where(groups.labels < 0, len(names) - 1, groups.labels))


def labels(target: Target) -> pl.Series:
    """The label of each row, null where there is none."""
    import polars as pl

    if target.kind == "number":
        numbers = pl.Series("label", target.values).fill_nan(None)
        whole = bool(((numbers.floor() == numbers) & (numbers.abs() < EXACT)).all())
        return numbers.cast(pl.Int64) if whole else numbers
    names = pl.Series([*target.names, None], dtype=pl.String)  # the last one is what code −1 takes
    return names.gather(np.where(target.codes < 0, len(target.names), target.codes)).alias("label")


def _without_ours(table: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The original columns, and those that an earlier export added, by their names without numbers.

    Such a table begins with the row numbers and ends with our columns in our order, a map or
    clusters among them.
    """
    import polars as pl

    names = [_plain(name) for name in table.columns]
    start = len(names)
    while start > 1 and names[start - 1] in OURS[: OURS.index(names[start]) if start < len(names) else None]:
        start -= 1
    numbered = names[:1] == ["row"] and _same(table.to_series(0), pl.Series(np.arange(table.height)))
    if not numbered or not {"map_x", "cluster"} & set(names[start:]) or not _numbers(table, names[start:]):
        return table, {}
    former = {name: table.to_series(start + index).alias(name) for index, name in enumerate(names[start:])}
    return table[:, 1:start], former


def _numbers(table: pl.DataFrame, ends: list[str]) -> bool:
    """Whether the clusters that a table ends with are numbers, as ours always are."""
    place = len(table.columns) - len(ends)
    return "cluster" not in ends or table.to_series(place + ends.index("cluster")).dtype.is_integer()


def _guarded(column: pl.Series) -> pl.Series:
    """Column whose texts are safe; numbers, dates and flags are what they were."""
    import polars as pl

    if column.dtype.is_numeric() or column.dtype.is_temporal() or column.dtype == pl.Boolean:
        return column
    text = column.cast(pl.String).alias("text").str.replace_all(INSIDE, "${1}'${2}")
    return ("'" + text).zip_with(text.str.contains(DANGEROUS).fill_null(False), text)


def _same(one: pl.Series, other: pl.Series) -> bool:
    """Whether two columns would be written alike, whatever their types."""
    import polars as pl

    if one.dtype.is_numeric() and other.dtype.is_numeric():
        kind = pl.Float32 if pl.Float32 in (one.dtype, other.dtype) else pl.Float64
        return one.cast(kind).equals(other.cast(kind))
    return one.cast(pl.String).equals(other.cast(pl.String))


def _plain(name: str) -> str:
    return re.sub(r"_\d+$", "", name)


def _free(name: str, taken: list[str]) -> str:
    """The name, with the first free number behind it when it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
