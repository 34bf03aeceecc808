"""Filters: which rows the map shows, as chips that can be taken away, and the menu that adds one."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.colouring import trait
from callbacks.house import House
from callbacks.regions import changing
from callbacks.selecting import read
from layouts import filters, ids
from pipeline import filtering
from pipeline.results import Clusters, Edit, Problem
from pipeline.store import digest

GROUPED = {"cluster": "clustering", "strength": "clustering", "hand": "labels"}  # by → the result that it is of
MOST = 20  # filters at once


def register(app: Dash, house: House) -> None:
    """Connect the menu, the chips, and what isolates the selected rows."""
    changed, here = Output(ids.CHANGED, "data", allow_duplicate=True), State(ids.WORKSPACE, "data")

    @app.callback(
        Output(ids.FILTER_PLACE, "children"), Input(ids.FILTER_BY, "value"), Input(ids.CLUSTERED, "data"), here,
        prevent_initial_call=True,
    )  # fmt: skip
    def controls(by: str, grouped: dict[str, Any] | None, workspace: dict[str, Any] | None) -> Any:
        return _controls(house, by, workspace) if grouped and grouped["dataset"] and workspace else filters.nothing()

    @app.callback(
        changed, Input(ids.FILTER_ADD, "n_clicks"), State(ids.filter_value(ALL, ALL), "value"),
        State(ids.filter_value(ALL, ALL), "id"), here, prevent_initial_call=True,
    )  # fmt: skip
    def add(clicks: int | None, values: list[Any], names: list[dict[str, str]], workspace: Any) -> Any:
        if not clicks or not names:
            return no_update
        by = names[0]["by"]  # what these controls were drawn for
        given = {name["part"]: value for name, value in zip(names, values, strict=True)}
        return changing(house, workspace, lambda state: _add(house, state, by, given))[0]

    _register_changes(app, house)

    @app.callback(Output(ids.FILTERS, "children"), Input(ids.DRAWN, "data"), prevent_initial_call=True)
    def chips(drawn: dict[str, Any] | None) -> Any:
        if not drawn or not drawn["dataset"] or not drawn.get("filters"):
            return []
        n = len(house.dataset(drawn["dataset"]).rows)
        try:
            passing = shown(house, drawn, n)
        except Problem:  # the map says it; here it can be taken away
            passing = np.zeros(0, bool)
        return filters.chips([filtering.said(one) for one in drawn["filters"]], n if passing is None else int(passing.sum()), n)


def _register_changes(app: Dash, house: House) -> None:
    """Connect what isolates the selected rows, and the chips that take a filter away."""
    changed, here = Output(ids.CHANGED, "data", allow_duplicate=True), State(ids.WORKSPACE, "data")

    @app.callback(
        changed, Input(ids.ISOLATE, "n_clicks"), State(ids.SELECTION, "data"), here, prevent_initial_call=True,
    )  # fmt: skip
    def isolate(clicks: int | None, chosen: dict[str, Any] | None, workspace: Any) -> Any:
        if not clicks or not chosen:
            return no_update
        return changing(house, workspace, lambda state: _isolate(house, state, chosen))[0]

    @app.callback(changed, Input(ids.filter_chip(ALL), "n_clicks"), here, prevent_initial_call=True)
    def remove(clicks: list[int | None], workspace: Any) -> Any:
        if not any(clicks):
            return no_update
        return changing(house, workspace, lambda state: _remove(state, ctx.triggered_id["index"]))[0]


def shown(house: House, drawn: dict[str, Any], n: int) -> np.ndarray | None:
    """Mask (n,) of the rows that pass every filter; None when there is none, and while a map is on its way."""
    if not drawn.get("filters") or drawn.get("live"):
        return None
    dataset = house.dataset(drawn["dataset"])
    masks = [filtering.passing(dataset, one, *_with(house, one)) for one in drawn["filters"]]
    return np.logical_and.reduce(masks) if all(len(mask) == n for mask in masks) else None


def without_groups(state: dict[str, Any], results: tuple[str, ...] = ("clustering",)) -> None:
    """Take the filters away that are of groups which are no longer shown."""
    state["filters"] = [one for one in state["filters"] if GROUPED.get(one["by"]) not in results]


def _with(house: House, asked: filtering.Filter) -> tuple[Clusters | None, np.ndarray | None]:
    """The groups or the chosen rows that a filter is about."""
    if not asked.get("of"):
        return None, None
    house.mine(asked["of"])
    found = house.store.get(asked["of"])
    return (found, None) if isinstance(found, Clusters) else (None, found.rows if isinstance(found, Edit) else None)


def _of(state: dict[str, Any], by: str) -> dict[str, str]:
    key = state["results"].get(GROUPED.get(by, ""))
    return {"of": key} if key else {}


def _controls(house: House, by: str, state: dict[str, Any]) -> Any:
    """What a filter by this trait is set with."""
    if by == "words":
        return filters.words()
    drawn = {"dataset": state["dataset"], "clusters": _of(state, by).get("of")}
    found = trait(house, drawn, by, len(house.dataset(state["dataset"]).rows), filtering.MOST)
    if found is None:
        absent = "no labels" if by == "label" else "no such column"
        return filters.nothing("There are no such groups yet." if by in GROUPED else f"The data have {absent}.")
    if found.values is not None:
        finite = found.values[np.isfinite(found.values)]
        return filters.limits(by, found.title, float(finite.min()), float(finite.max())) if len(finite) else filters.nothing()
    counts = np.bincount(found.codes[found.codes >= 0], minlength=len(found.names)).tolist()
    none = int((found.codes < 0).sum())
    names = [(name, name, count) for name, count in zip(found.names, counts, strict=True) if count]
    word = "Noise" if by == "cluster" else "None"
    return filters.classes(by, found.title, [*names, *([(filtering.NONE, word, none)] if none else [])])


def _add(house: House, state: dict[str, Any], by: str, given: dict[str, Any]) -> None:
    asked: filtering.Filter = {"by": by, **_of(state, by)}
    if by == "words":
        asked["words"] = str(given.get("words") or "").strip()[:200]
    elif "names" in given:
        asked["names"] = given["names"] or []
    else:
        asked |= {end: None if given.get(end) is None else float(given[end]) for end in ("low", "high")}
    if not (asked.get("words") or asked.get("names") or asked.get("low") is not None or asked.get("high") is not None):
        raise Problem("Say what to show: tick a class, or give a lowest or highest number, or a word.")
    _append(house, state, asked)


def _append(house: House, state: dict[str, Any], asked: filtering.Filter) -> None:
    """Add a filter that leaves something to see; raises Problem for one that leaves nothing."""
    if not state["dataset"]:
        raise Problem("Choose a data file or a sample first.")
    if len(state["filters"]) >= MOST:
        raise Problem(f"There are {MOST} filters already. Take one away first.")
    n = len(house.dataset(state["dataset"]).rows)
    passing = shown(house, {"dataset": state["dataset"], "filters": [*state["filters"], asked]}, n)
    if passing is not None and not passing.any():
        raise Problem(f"No row passes “{filtering.said(asked)}” and the filters before it. Nothing was changed.")
    state["filters"] = [*[one for one in state["filters"] if one != asked], asked]


def _isolate(house: House, state: dict[str, Any], chosen: dict[str, Any]) -> None:
    if chosen["dataset"] != state["dataset"]:
        raise Problem("Another dataset has been opened here meanwhile; nothing was changed.")
    rows = read(chosen["rows"], len(house.dataset(state["dataset"]).rows))
    key = chosen_rows(house, state["dataset"], rows)
    _append(house, state, {"by": "rows", "of": key, "count": len(rows)})


def chosen_rows(house: House, dataset: str, rows: np.ndarray) -> str:
    """Key under which a choice of rows is kept."""
    key = digest("rows", house.owner(), dataset, rows.tobytes())
    if not house.store.has(key):
        house.store.put(key, Edit(rows, "rows", dataset), owner=house.owner(), recipe=house.mine(dataset)["recipe"])
    return key


def _remove(state: dict[str, Any], index: int) -> None:
    state["filters"] = [one for number, one in enumerate(state["filters"]) if index not in (number, -1)]
