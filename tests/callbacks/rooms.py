"""What the tests of jobs share: a dataset in the store, a recipe, waiting, asking as a browser does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from callbacks.house import House
from layouts.plain import PLAIN
from pipeline.results import Column, Dataset, Target

LONG = {"algorithm": "tsne", "settings": {"iterations": 1000, "early_iterations": 1000, "engine": "opentsne"}}
SHORT = {"algorithm": "pca", "settings": {}}


def points(n: int = 300, d: int = 6, picture: tuple[int, ...] = ()) -> Dataset:
    """Three groups of n rows in all, with a text column and a label."""
    chance = np.random.default_rng(0)
    codes = (np.arange(n) % 3).astype(np.int32)
    rows = (chance.normal(size=(n, d)) + 4 * codes[:, None]).astype(np.float32)
    names = tuple(f"x{i}" for i in range(d))
    table = pl.DataFrame({name: rows[:, i] for i, name in enumerate(names)} | {"note": [f"row {i} <b>" for i in range(n)]})
    columns = (*(Column(name, "feature", "number") for name in names), Column("note", "text", "text"))
    target = Target("kind", "class", codes, ("a", "b", "c"))
    return Dataset("points", "numeric", rows, columns, table, f"rows-{n}-{d}", target, picture)


def put(house: House, dataset: Dataset, owner: str, key: str = "1" * 40) -> str:
    step = {"stage": "loading", "algorithm": "file", "version": 1, "settings": {}, "key": key, "request": {}}
    house.store.put(key, dataset, owner=owner, recipe=[step])
    return key


def recipe(key: str, projection: dict[str, Any] = SHORT) -> dict[str, Any]:
    return {"dataset": key, "embedding": {"algorithm": "standard", "settings": {}}, "projection": projection}


def until(true: Callable[[], Any], seconds: float = 20.0) -> Any:
    """The first true answer, or a failure when there is none in this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not true within {seconds} s")


def start_body(lane: str, key: str) -> str:
    """What the browser posts when the page asks for a worker."""
    return json.dumps({
        "output": f"started-{lane}.data", "outputs": {"id": f"started-{lane}", "property": "data"},
        "inputs": [{"id": f"start-{lane}", "property": "data", "value": {"job": key}}], "changedPropIds": [f"start-{lane}.data"],
    })  # fmt: skip


def seen(answer: dict[str, Any]) -> str:
    """An answer to the browser as JSON, with what plain.js draws as the tree that it is."""
    places = (answer.get("response") or {}).values()
    for place in places:
        place.update({PLAIN: json.loads(place[PLAIN])} if PLAIN in place else {})
    return json.dumps(answer, ensure_ascii=False)
