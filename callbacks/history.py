"""Undo and redo: going back to an earlier state of the workspace, and forth again.

A workspace's file has a line for every change. Going back appends a line too: what the page showed
at an earlier line, with that line's version in ``at`` and the way forth in ``redo``. States on the
way of a run are passed over: a step back goes from one picture at rest to the one before.
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, no_update
from dash import State as Held

from callbacks import exploring, grouping
from callbacks.house import House
from callbacks.regions import Start, changing
from callbacks.workspace import State, seen
from layouts import ids

VIEW = ("dataset", "recipe", "results", "colour", "filters", "look", "dimensions")  # what goes back and forth
NOTHING = {"undo": "There is nothing to undo.", "redo": "There is nothing to redo."}


def register(app: Dash, house: House) -> None:
    """Connect the buttons and Ctrl+Z, Ctrl+Shift+Z, which press them."""

    def way(name: str, find: Any) -> None:
        @app.callback(
            Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True),
            Input(name, "n_clicks"), Held(ids.WORKSPACE, "data"), prevent_initial_call=True,
        )  # fmt: skip
        def go(clicks: int | None, workspace: State | None) -> tuple[Any, Any]:
            if not clicks or not workspace:
                return no_update, no_update
            return changing(house, workspace, lambda state: _go(house, state, find, NOTHING[name]))

    way(ids.UNDO, undone)
    way(ids.REDO, redone)


def undone(states: list[State]) -> dict[str, Any] | None:
    """What changes when the last state goes back a step, or None when nothing is before it; states are oldest first."""
    known = {state["version"]: state for state in states}
    present = states[-1]
    at = known.get(present.get("at") or present["version"], present)
    for state in reversed([state for state in states if state["version"] < at["version"]]):
        origin = known.get(state.get("at") or state["version"], state)
        if _rests(state) and state["dataset"] and seen(state) != seen(present):
            way = [*(present.get("redo") or []), at["version"]]
            return {part: state[part] for part in VIEW} | {"at": origin["version"], "redo": way}
    return None


def _rests(state: State) -> bool:
    """Whether a state is no step on the way of a run: of groups changed by hand, only the measures were awaited."""
    edited = (state["recipe"].get("clustering") or {}).get("edits")
    return not state["jobs"] or (bool(edited) and set(state["jobs"]) == {"group"})


def redone(states: list[State]) -> dict[str, Any] | None:
    """What changes when the last state takes back the last step back, or None when none was made."""
    known, way = {state["version"]: state for state in states}, list(states[-1].get("redo") or [])
    state = known.get(way.pop()) if way else None
    return {part: state[part] for part in VIEW} | {"at": state["version"], "redo": way} if state else None


def _go(house: House, state: State, find: Any, nothing: str) -> Start:
    found = find(house.workspaces.states(house.owner(), state["id"]))
    if found is None:
        state["said"] = nothing
        return None
    for lane in ("explore", "group"):
        exploring.leave(house, state, lane)
    exploring.back(state)
    state.update(found, said="")
    return grouping.measured(house, state)
