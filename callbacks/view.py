"""The page itself: its address and workspace, colour-by, theme, and what the browser does alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks import grouping, healing, opening, requests
from callbacks.house import House
from callbacks.regions import Start, changing
from layouts import ids

PARTS = (  # of the workspace, as page.js tells them apart
    ids.DATASET, ids.DRAWN, ids.GROUPED, ids.JUDGED, ids.CLUSTERED, ids.RESTORED, ids.SAID, ids.RESULTS,
)  # fmt: skip


def register(app: Dash, house: House) -> None:
    """Connect the address with the workspace, and the browser's own functions."""

    @app.callback(
        Output(ids.CHANGED, "data"), Output(ids.START, "data"), Input(ids.ADDRESS, "search"), State(ids.WORKSPACE, "data")
    )
    def enter(search: str | None, workspace: dict[str, Any] | None) -> tuple[Any, Any]:
        asked = (parse_qs((search or "").lstrip("?")).get("w") or [""])[0]
        if workspace and workspace["id"] == asked:
            return no_update, no_update
        return entered(house, asked)

    @app.callback(
        Output(ids.CHANGED, "data", allow_duplicate=True), Input(ids.COLOUR, "value"), State(ids.WORKSPACE, "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def colour(value: str, workspace: dict[str, Any]) -> Any:
        if not workspace or workspace["colour"] == value:  # as it is on every page that shows the workspace
            return no_update
        return changing(house, workspace, lambda state: state.update(colour=value))[0]

    @app.callback(
        Output(ids.CHANGED, "data", allow_duplicate=True), Input(ids.CLOSED, "data"), State(ids.WORKSPACE, "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def closed(_: int, workspace: dict[str, Any]) -> Any:
        return changing(house, workspace, lambda state: None)[0]  # what was said is over with any change

    _browser(app)


def entered(house: House, name: str) -> tuple[Any, Any]:
    """The workspace of this id, or a fresh one, and what is to be started: what was damaged or evicted is made again."""
    found = house.workspaces.read(house.owner(), name) if name else None
    if found is None:
        fresh = {"id": house.workspaces.new(house.owner())}
        return changing(house, fresh, lambda state: begin(house, state))
    house.workspaces.seen(house.owner(), name)
    lost = healing.damaged(house, found)
    if lost:
        return changing(house, found, lambda state: healing.mend(house, state, lost))
    if grouping.evicted(house, found):
        return changing(house, found, lambda state: grouping.measured(house, state))
    return found, requests.uncalled(house, found["jobs"]) or no_update


def begin(house: House, state: dict[str, Any]) -> Start:
    """What a fresh page opens: the file named at the start, or a sample, already on its way to a map."""
    return opening.ask(house, state, opening.first(house), then="" if house.settings.file else "sample")


def _browser(app: Dash) -> None:
    def client(name: str, outputs: Any, *inputs: Any, initial: bool = False) -> None:
        app.clientside_callback(ClientsideFunction("explorer", name), outputs, *inputs, prevent_initial_call=not initial)

    def data(name: str) -> tuple[str, str]:
        return name, "data"

    client("start", Output(ids.NEWS, "title"), Input(*data(ids.START)))
    client("newer", Output(*data(ids.WORKSPACE)), Input(*data(ids.CHANGED)), State(*data(ids.WORKSPACE)))
    client("split", [Output(*data(part)) for part in PARTS], Input(*data(ids.WORKSPACE)), *(State(*data(part)) for part in PARTS))
    client("arrived", Output(ids.MAP_AREA, "title"), Input(*data(ids.ORDER)))
    client(
        "pin", Output(*data(ids.PINNED)),
        Input(ids.MAP, "clickData"), Input(ids.PREVIOUS, "n_clicks"), Input(ids.NEXT, "n_clicks"),
        Input(ids.UNPIN, "n_clicks"), Input(*data(ids.DATASET)), State(*data(ids.ORDER)), State(*data(ids.PINNED)),
    )  # fmt: skip
    client("ring", Output(ids.CARD, "title"), Input(*data(ids.PINNED)), Input(*data(ids.COMPARED)))
    client("names", Output(ids.PINNED_SAID, "children"), Input(*data(ids.NEAREST)))
    client("replay", Output(ids.REPLAY, "title"), Input(ids.REPLAY, "n_clicks"))
    client("theme", Output(ids.THEME, "title"), Input(ids.THEME, "n_clicks"), initial=True)
