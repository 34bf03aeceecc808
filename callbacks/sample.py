"""The card of the pinned sample: all its values, and its nearest neighbours in the original space."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output

from callbacks.house import House
from layouts import figures, ids, sample
from layouts.plain import PLAIN, tree
from pipeline import comparing, finding, stages
from pipeline.results import Dataset, Map, Problem
from pipeline.visible import visible

UNFOLDED = 40  # values that a card shows at once
LETTERS = 40  # of a neighbour's name on the card
FEW = 8192  # rows that are sorted at once

Facts = list[tuple[str, str]]


def register(app: Dash, house: House) -> None:
    """Connect the pinned row with its card."""

    @app.callback(
        Output(ids.CARD, PLAIN), Output(ids.NEAREST, "data"),
        Input(ids.PINNED, "data"), Input(ids.GROUPED, "data"), Input(ids.NEAR_COUNT, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def card(row: int | None, grouped: dict[str, Any] | None, count: int | None) -> tuple[Any, Any]:
        if row is None or not grouped or not grouped["dataset"]:
            return tree(sample.nothing()), None
        dataset = house.dataset(grouped["dataset"])
        if not 0 <= row < len(dataset.rows):
            return tree(sample.nothing()), None
        count = count if count in sample.NEAR else sample.NEAR[0]
        found = nearest(house, grouped, row, count)
        kept = _kept(house, grouped, row, [other for other, _ in found])
        near = [_neighbour(dataset, grouped["dataset"], *one, keeps) for one, keeps in zip(found, kept, strict=True)]
        image, (values, folded) = picture(dataset, grouped["dataset"], row), _facts(house, dataset, grouped, row)
        drawn = sample.card(row, image, values, near, pinned=True, folded=folded, asked=count)
        return tree(drawn), _named(dataset, row, near)


def nearest(house: House, grouped: dict[str, Any], row: int, count: int = sample.NEAR[0]) -> list[tuple[int, float]]:
    """Rows nearest to this one in the features before initial PCA, with their Euclidean distances."""
    if not grouped["map"]:
        return []
    values = original(house, grouped)
    if values is None:
        return []
    squared = comparing.squared(values, row)
    best = np.argsort(squared, kind="stable")[:count] if len(squared) <= FEW else _smallest(squared, count)
    return [(int(other), float(np.sqrt(squared[other]))) for other in best if np.isfinite(squared[other])]


def _kept(house: House, grouped: dict[str, Any], row: int, others: list[int]) -> list[bool]:
    """Which of these rows are among as many nearest ones on the map."""
    found = house.store.get(grouped["map"]) if others else None
    if not isinstance(found, Map):
        return [False] * len(others)
    apart = ((found.positions - found.positions[row]) ** 2).sum(axis=1, dtype=np.float64)
    apart[row] = np.inf
    reach = np.partition(apart, len(others) - 1)[len(others) - 1]
    return [bool(apart[other] <= reach) for other in others]


def _smallest(squared: np.ndarray, count: int) -> np.ndarray:
    part = np.argpartition(squared, count)[:count]
    return part[np.lexsort((part, squared[part]))]


def original(house: House, grouped: dict[str, Any]) -> np.ndarray | None:
    """Features before initial PCA, as the quality figures used them."""
    made = [step for step in house.mine(grouped["map"])["recipe"] if step["stage"] == "embedding"]
    if not made:
        return np.asarray(house.dataset(grouped["dataset"]).rows)
    step = {"algorithm": made[0]["algorithm"], "settings": {**made[0]["settings"], "pca": None}}
    try:
        key = stages.find(house.store, {"dataset": grouped["dataset"], "embedding": step}, "embedding", house.threads)
    except Problem:
        return None
    return np.asarray(house.store.get(key).values) if key else None


def _neighbour(dataset: Dataset, key: str, row: int, distance: float, kept: bool) -> sample.Neighbour:
    names = dict.fromkeys((called(dataset, row), label(dataset, row)))  # often one and the same
    told = figures.short([name for name in names if name not in ("", number_of(row))], LETTERS)
    return sample.Neighbour(row, " · ".join(told), distance, picture(dataset, key, row), kept)


def _named(dataset: Dataset, row: int, near: list[sample.Neighbour]) -> dict[str, Any]:
    """The pinned row in words, and the names of it and of its neighbours: row, name, whether the map lost it."""
    texts = figures.short([called(dataset, one) for one in (row, *(other.row for other in near))])
    lost = [False, *(other.kept is False for other in near)]
    rows = [row, *(other.row for other in near)]
    told = f"Row {row:,}" + (f", {label(dataset, row)}" if dataset.target is not None else "")
    return {"row": row, "said": visible(told), "names": [list(one) for one in zip(rows, texts, lost, strict=True)]}


def called(dataset: Dataset, row: int) -> str:
    """What a row is called on the map: its name where the rows have names, else its label, its text or its number."""
    column = finding.naming(dataset)
    value = dataset.table[column][row] if column else None
    name = "" if value is None else " ".join(str(value)[: 4 * finding.LONGEST].split())
    told = label(dataset, row) if _labelled(dataset, row) else ""
    worded = isinstance(value, str) and column not in dataset.named("text")
    return (name if worded else told or name) or number_of(row)


def number_of(row: int) -> str:
    """What a row is called that has no other name."""
    return f"row {row:,}"


def _labelled(dataset: Dataset, row: int) -> bool:
    target = dataset.target
    if target is None:
        return False
    return bool(np.isfinite(target.values[row]) if target.kind == "number" else target.codes[row] >= 0)


def label(dataset: Dataset, row: int) -> str:
    """The label of a row in words, or nothing."""
    if dataset.target is None:
        return ""
    if dataset.target.kind == "number":
        number = finding.written(dataset, dataset.target, slice(row, row + 1)).to_numpy()[0]
        return str(number).removesuffix(".0") if np.isfinite(number) else "no label"
    code = int(dataset.target.codes[row])
    return str(dataset.target.names[code]) if code >= 0 else "no label"


def picture(dataset: Dataset, key: str, row: int) -> str:
    """Address of a row's picture, or nothing."""
    return f"/picture/{key}/{row}.png" if dataset.picture else ""


def _facts(house: House, dataset: Dataset, grouped: dict[str, Any], row: int) -> tuple[Facts, Facts]:
    """Label, cluster and the other original values; those of a picture's pixels, or beyond the first, are folded."""
    facts = [("label", label(dataset, row))] if dataset.target is not None else []
    facts += clustered(house, grouped, row)
    targets = dataset.named("target")
    values = zip(dataset.table.columns, dataset.table.row(row), strict=True)
    own = [(name, shown(value)) for name, value in values if name not in targets]
    pixels = set(dataset.named("feature")) if dataset.picture else {name for name, _ in own[UNFOLDED:]}
    return facts + [fact for fact in own if fact[0] not in pixels], [fact for fact in own if fact[0] in pixels]


def clustered(house: House, grouped: dict[str, Any], row: int) -> Facts:
    """The cluster of a row, by the name that it may have been given, and how firmly the row belongs there."""
    if not grouped["clusters"]:
        return []
    house.mine(grouped["clusters"])
    found = house.store.get(grouped["clusters"])
    code = int(found.labels[row])
    name = "noise" if code < 0 else found.named()[code].removeprefix("Cluster ")
    return [("cluster", name), ("strength", f"{float(found.strength[row]):.2f}")]


def shown(value: Any) -> str:
    """A value as it is written on the page; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
