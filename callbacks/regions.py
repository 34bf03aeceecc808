"""The one way in which callbacks change the workspace: edit it, say what went wrong, start what was asked."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from dash import no_update

from callbacks.house import House
from callbacks.workspace import State
from pipeline.results import Problem

Start = dict[str, str] | None  # the job that a worker is to start, and its lane


def changing(house: House, workspace: State | None, edit: Callable[[State], Start]) -> tuple[Any, Any]:
    """The changed workspace, and what is to be started (or nothing).

    A Problem becomes the sentence that the page shows; the rest of the state stays as it was.
    """
    if not workspace:
        return no_update, no_update
    start: list[Start] = [None]

    def apply(state: State) -> None:
        state["problem"], state["ways"] = "", None  # what was said belongs to what was done before
        before = copy.deepcopy(state)
        try:
            start[0] = edit(state)
        except Problem as problem:
            state.clear()
            state.update(before, problem=str(problem))

    state = house.workspaces.change(house.owner(), workspace["id"], apply)
    return state, start[0] or no_update
