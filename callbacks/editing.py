"""Groups by hand: naming, merging, gathering selected rows into a group, labels by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, ctx, no_update

from callbacks import filtering, grouping
from callbacks.house import House
from callbacks.regions import Start, changing
from callbacks.selecting import read
from layouts import ids
from pipeline import editing, stages
from pipeline.results import BY_HAND, Clusters, Edit, Problem
from pipeline.store import digest

NO_GROUPS = "There are no groups yet. Find the groups first, or give the rows a label by hand."


def register(app: Dash, house: House) -> None:
    """Connect the names and ticks of the tray, and what a selection can become."""
    outputs = Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True)
    here = State(ids.WORKSPACE, "data")

    @app.callback(*outputs, Input(ids.RENAMED, "data"), State(ids.GROUPED, "data"), here, prevent_initial_call=True)
    def name(given: dict[str, Any] | None, grouped: dict[str, Any] | None, workspace: Any) -> tuple[Any, Any]:
        if not given or not grouped or not grouped["clusters"]:
            return no_update, no_update
        house.mine(grouped["clusters"])
        known, code, words = house.store.get(grouped["clusters"]).named(), given["code"], editing.clean(given["value"])
        if code not in range(len(known)) or (words or f"Cluster {code}") == known[code]:  # as it was drawn
            return no_update, no_update
        edit = {"code": code, "name": words}
        return changing(house, workspace, lambda state: _groups(house, state, grouped["clusters"], "name", edit))

    @app.callback(*outputs, Input(ids.MERGED, "data"), State(ids.GROUPED, "data"), here, prevent_initial_call=True)
    def merge(ticked: dict[str, Any] | None, grouped: dict[str, Any] | None, workspace: Any) -> tuple[Any, Any]:
        if not ticked or not grouped:
            return no_update, no_update
        return changing(house, workspace, lambda state: _merge(house, state, grouped["clusters"], ticked["codes"]))

    @app.callback(
        *outputs, Input(ids.GATHER, "n_clicks"), Input(ids.HAND_LABEL, "n_clicks"), State(ids.HAND_NAME, "value"),
        State(ids.SELECTION, "data"), here, prevent_initial_call=True,
    )  # fmt: skip
    def gather(group: int | None, label: int | None, words: str | None, chosen: Any, workspace: Any) -> tuple[Any, Any]:
        if not chosen or not (group or label):
            return no_update, no_update
        act = _label if ctx.triggered_id == ids.HAND_LABEL else _gather
        return changing(house, workspace, lambda state: act(house, state, chosen, editing.clean(words or "")))


def _merge(house: House, state: dict[str, Any], source: str, codes: list[int]) -> Start:
    if len(codes) < 2 or not all(isinstance(code, int) for code in codes):
        raise Problem("Tick two or more groups, then merge them.")
    return _groups(house, state, source, "merge", {"codes": codes})


def _gather(house: House, state: dict[str, Any], chosen: dict[str, Any], name: str) -> Start:
    rows = _rows(house, state, chosen)
    source = state["results"].get("clustering")
    if not source:
        raise Problem(NO_GROUPS)
    return _groups(house, state, source, "gather", {"name": name}, rows)


def _groups(
    house: House, state: dict[str, Any], source: str, kind: str, details: dict[str, Any], rows: np.ndarray | None = None
) -> Start:
    """Change the groups that are shown: what is known of them is found anew."""
    if state["results"].get("clustering") != source:
        raise Problem("The groups have changed meanwhile; nothing was changed by hand.")
    change = _kept(house, source, kind, details, rows)
    step = state["recipe"]["clustering"]
    state["recipe"]["clustering"] = {**step, "edits": [*step.get("edits", ()), change]}
    state["results"]["clustering"] = stages.edited(house.store, source, change)
    filtering.without_groups(state)
    return grouping.regrouped(house, state)


def _label(house: House, state: dict[str, Any], chosen: dict[str, Any], name: str) -> None:
    if not name:
        raise Problem("Write the label into the field first.")
    rows, source = _rows(house, state, chosen), state["results"].get("labels") or _unlabelled(house, state)
    change = _kept(house, source, "gather", {"name": name}, rows)
    state["recipe"]["labels"] = {"edits": [*state["recipe"].get("labels", {}).get("edits", ()), change]}
    state["results"]["labels"] = stages.edited(house.store, source, change)
    state["colour"] = "hand"
    filtering.without_groups(state, ("labels",))


def _unlabelled(house: House, state: dict[str, Any]) -> str:
    """Key of labels by hand before there is one."""
    meta = house.mine(state["dataset"])
    key = digest(BY_HAND, house.owner(), meta["fields"]["rows_key"])
    if not house.store.has(key):
        step = {"stage": "edit", "algorithm": BY_HAND, "version": 1, "settings": {}}
        house.store.put(key, editing.by_hand(meta["n"]), owner=house.owner(), recipe=[*meta["recipe"], step])
    return key


def _kept(house: House, source: str, kind: str, details: dict[str, Any], rows: np.ndarray | None) -> str:
    """Key of the edit, stored; raises Problem when these groups cannot be changed so."""
    members = np.empty(0, np.int32) if rows is None else rows
    edit, groups = Edit(members, kind, source, details), house.store.get(source)
    if isinstance(groups, Clusters):
        editing.edited(groups, edit)
    key = digest("edit", house.owner(), source, kind, details, members.tobytes())
    if not house.store.has(key):
        house.store.put(key, edit, owner=house.owner(), recipe=house.mine(source)["recipe"])
    return key


def _rows(house: House, state: dict[str, Any], chosen: dict[str, Any]) -> np.ndarray:
    if chosen["dataset"] != state["dataset"]:
        raise Problem("Another dataset has been opened here meanwhile; nothing was changed.")
    return read(chosen["rows"], len(house.dataset(state["dataset"]).rows))
