"""A page whose stored results were damaged: they are made again, and the page says so."""

from __future__ import annotations

from typing import Any

from callbacks import exploring, grouping, opening, requests
from callbacks.history import VIEW
from callbacks.house import House
from callbacks.regions import Start
from callbacks.workspace import State
from layouts import status
from pipeline.results import Problem

BY_HAND = "The labels given by hand were damaged on the disk and cannot be made again. Ctrl+Z goes back to earlier ones."
UNKNOWN = "What was stored of this file was damaged. Open the file again."


def damaged(house: House, state: State) -> set[str]:
    """Names of what a page shows (its dataset, its results) that is damaged; each of them has been removed."""
    shown = {"dataset": state["dataset"], **state["results"]}
    return {name for name, key in shown.items() if key and not house.store.sound(key) and house.store.damaged(key) is not None}


def mend(house: House, state: State, lost: set[str]) -> Start:
    """Ask for what was lost to be made again; until then the page shows the rest. Raises Problem when nothing can."""
    kept = {name: key for name, key in state["results"].items() if name not in lost}
    if "dataset" in lost:
        start = _read_again(house, state, kept, lost)
    elif "labels" in lost:
        raise Problem(BY_HAND)
    else:
        state["results"] = kept
        groups = lost <= set(grouping.GROUPS)
        start = grouping.regrouped(house, state) if groups else exploring.explore(house, state, state["recipe"])
    if start:
        house.records.change(start["job"], mended=True)
    state["said"] = status.MENDED
    return start


def _read_again(house: House, state: State, kept: dict[str, str], lost: set[str]) -> Start:
    """Read the file again; what the page shows is put aside until then."""
    request: dict[str, Any] | None = requests.origin(house, state["dataset"])
    if request is None:
        raise Problem(UNKNOWN)
    state["aside"] = {part: state[part] for part in VIEW} | {"results": kept}
    state["dataset"], state["results"], state["recipe"] = None, {}, {}
    return opening.ask(house, state, request, "explore" if lost > {"dataset"} else "")
