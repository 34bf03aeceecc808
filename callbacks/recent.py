"""Coming back: datasets and finished maps that this browser has looked at, opened again without computing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import Dash, Input, Output

from callbacks.house import House
from layouts import ids, taking
from layouts.plain import PLAIN, tree
from pipeline import exporting
from pipeline.results import Problem

OFFERED = 10


def register(app: Dash, house: House) -> None:
    """Connect the list in the Data card with what the page shows."""

    @app.callback(Output(ids.RECENT, PLAIN), Input(ids.GROUPED, "data"), prevent_initial_call=True)
    def recent(grouped: dict[str, Any] | None) -> Any:
        shown = ((grouped or {}).get("dataset"), (grouped or {}).get("map"))
        return tree(taking.recent(before(house, shown)))


def before(house: House, shown: tuple[str | None, str | None]) -> list[taking.Before]:
    """Maps of this owner's workspaces that are still stored, newest first, each once, without the one that is shown."""
    found: list[taking.Before] = []
    known = {shown}
    for when, state in house.workspaces.present(house.owner()):
        keys = (state["dataset"], state["results"].get("projection"))
        if all(keys) and keys not in known and len(found) < OFFERED:
            known.add(keys)
            found += _offered(house, state["id"], *keys, when)
    return found


def _offered(house: House, workspace: str, dataset: str, map_: str, when: float) -> list[taking.Before]:
    """One entry, or none when its results are no longer stored."""
    try:
        name, step = house.mine(dataset)["fields"]["name"], house.mine(map_)["recipe"][-1]
    except Problem:
        return []
    return [taking.Before(workspace, name, ", ".join(exporting.said(step)[:2]), _when(when))]


def _when(when: float) -> str:
    """A time in few words: today's by the clock, others by the day."""
    then, now = datetime.fromtimestamp(when), datetime.now()
    if then.date() == now.date():
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b}" + (f" {then.year}" if then.year != now.year else "")
