"""The table of all rows: its columns, which rows it shows in which order, and the values of those that are seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from flask import Response, jsonify, request

from callbacks import filtering
from callbacks.house import House
from callbacks.routes import asked, body
from layouts import ids, table
from pipeline import browsing
from pipeline.results import Problem

WRONG = "This is not a question of this page. Reload the page."


def register(app: Dash, house: House) -> None:
    """Connect the tab, and what the grid asks for.

    The grid asks past the callbacks: Dash holds one question of a grid at a time and forgets those before it, while a
    person who scrolls fast asks several, and no answer waits here for a worker.
    """
    server, keys = app.server, "<dataset>/<map_>/<clusters>"
    server.add_url_rule(f"/table/{keys}", "table", lambda **of: heads(house, **of))
    server.add_url_rule(f"/table/{keys}/rows", "table_rows", lambda **of: rows(house, **of), methods=["POST"])
    server.add_url_rule(f"/table/{keys}/values", "table_values", lambda **of: values(house, **of), methods=["POST"])

    place = ids.TABLE_PLACE, "children"

    @app.callback(Output(*place), Input(ids.TABS, "value"), State(*place), prevent_initial_call=True)
    def first(tab: str, standing: Any) -> Any:
        return table.grid() if tab == "table" and not standing else no_update  # its scripts are loaded when they are needed

    app.clientside_callback(
        ClientsideFunction("explorer", "table"), Output(ids.TABLE_COUNT, "title"), Input(ids.TABS, "value"),
        Input(*place), Input(ids.GROUPED, "data"), Input(ids.SELECTION, "data"), Input(ids.PINNED, "data"),
        Input(ids.DRAWN, "data"), prevent_initial_call=True,
    )  # fmt: skip


def heads(house: House, dataset: str, map_: str, clusters: str) -> Response:
    """How many rows there are, and id, name, kind and whether it is folded of each column."""
    found = _headings(house, dataset, map_, clusters)
    columns = [{"id": one.id, "name": one.name, "kind": one.kind, "folded": one.folded} for one in found.values()]
    return jsonify(total=len(found["row"].values), columns=columns)


def rows(house: House, dataset: str, map_: str, clusters: str) -> Response:
    """Numbers of the rows that pass the filters, the table's own and the map's (``only``), in the order asked for, as int32."""
    asks, found = body(WRONG), _headings(house, dataset, map_, clusters)
    shown = browsing.order(found, asks.get("sort", []), asks.get("filter", {}), _passing(house, dataset, asks.get("only")))
    return Response(shown.astype("<i4").tobytes(), mimetype="application/octet-stream")


def values(house: House, dataset: str, map_: str, clusters: str) -> Response:
    """What some columns hold in some rows, column by column."""
    asks, found = body(WRONG), _headings(house, dataset, map_, clusters)
    return jsonify(browsing.values(found, asks.get("columns", []), asks.get("rows", [])))


def _headings(house: House, dataset: str, map_: str, clusters: str) -> dict[str, browsing.Heading]:
    by_hand = asked(house, dataset, "-", request.args.get("labels") or "-")[2]
    return browsing.headings(*asked(house, dataset, map_, clusters), by_hand)


def _passing(house: House, dataset: str, only: Any) -> np.ndarray | None:
    """Mask of the rows that the map shows alone; raises Problem for what the page never asks."""
    if only is not None and (not isinstance(only, list) or len(only) > filtering.MOST):
        raise Problem(WRONG)
    try:
        return filtering.shown(house, {"dataset": dataset, "filters": only}, len(house.dataset(dataset).rows))
    except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError):
        raise Problem(WRONG) from None
