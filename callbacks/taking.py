"""Taking the map away: what the menu offers, the words below a picture, and the map as one file."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from dash import Dash, Input, Output, State
from flask import Response, request

from callbacks import colouring, filtering, routes
from callbacks.house import House
from layouts import figures, ids, standalone, taking
from pipeline import exporting
from pipeline.filtering import said
from pipeline.results import Clusters, Dataset, Problem

CAPTION, FILE, VECTOR = "data-caption", "data-file", "data-vector"  # attributes that the page's script reads
Part = dict[str, Any] | None  # of the workspace
LONGEST = 80  # characters of a file's name


def register(app: Dash, house: House) -> None:
    """Connect the menu with the map that is shown, and the route of the one file."""
    app.server.add_url_rule("/map/<dataset>/<map_>/<clusters>.html", "map_file", lambda **keys: map_file(house, **keys))

    @app.callback(
        Output(ids.TAKE_AWAY, CAPTION), Output(ids.TAKE_AWAY, FILE), Output(ids.TAKE_PNG, "disabled"),
        Output(ids.TAKE_SVG, "disabled"), Output(ids.TAKE_SVG, VECTOR), Output(ids.TAKE_SVG_WORDS, "children"),
        Output(ids.TAKE_MAP, "href"), Input(ids.DRAWN, "data"), Input(ids.GROUPED, "data"), State(ids.WORKSPACE, "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def offered(drawn: Part, grouped: Part, workspace: Part) -> tuple[Any, ...]:
        if not drawn or not grouped or not drawn["map"] or not house.has(drawn["map"]):
            return None, None, True, True, None, taking.SHAPES, None
        caption, file = named(house, drawn["dataset"], drawn["map"])
        passing = filtering.shown(house, drawn, house.mine(drawn["map"])["n"])
        vector, words = _shapes(house, drawn["map"], passing)
        here = f"&w={workspace['id']}" if workspace and drawn["filters"] else ""
        return caption + _alone(drawn, passing), file, False, False, vector, words, address(drawn, grouped) + here


def named(house: House, dataset: str, map_: str) -> tuple[str, str]:
    """What stands below a picture of this map (data, method and settings, date), and a file's name that says the same."""
    name, step = house.mine(dataset)["fields"]["name"], house.mine(map_)["recipe"][-1]
    said, today = exporting.said(step), date.today()
    caption = f"{name} · {', '.join(said)} · {today.day} {today:%B %Y}"
    parts = (Path(name).stem, step["algorithm"], *said[1:2])
    return caption, f"{_safe('-'.join(parts))}-{today.isoformat()}"


def address(drawn: dict[str, Any], grouped: dict[str, Any]) -> str:
    """Where the one file of a map is, coloured as the page is."""
    by = drawn.get("by") or ("cluster" if drawn["clusters"] else "label")
    groups = drawn["clusters"] or grouped["clusters"] or "-"
    return f"/map/{drawn['dataset']}/{drawn['map']}/{groups}.html?by={quote(by, safe='')}"


def map_file(house: House, dataset: str, map_: str, clusters: str) -> Response:
    """The map as one page that opens offline, with the rows that the page shows (of workspace ``w``, if it is given)."""
    table, made, groups = routes.asked(house, dataset, map_, clusters)
    if made is None:
        raise Problem(routes.ABSENT)
    drawn = _asked(house, dataset, clusters if groups else None)
    passing = filtering.shown(house, drawn, len(table.rows))
    caption, file = named(house, dataset, map_)
    coloured, more = colouring.colours(house, drawn, len(table.rows)), _more(table, groups, drawn["by"])
    caption += _alone(drawn, passing)
    page = standalone.whole(table, made.positions, coloured, _none(drawn["by"]), caption, more, passing)
    headers = {"Content-Disposition": f"attachment; filename={file}.html"}
    return Response(page, mimetype="text/html", headers=headers)


def _asked(house: House, dataset: str, clusters: str | None) -> dict[str, Any]:
    """What the request says is drawn."""
    by, workspace = request.args.get("by", "label"), request.args.get("w")
    state = house.state(workspace) if workspace else {}
    filters = state["filters"] if state.get("dataset") == dataset else []
    of_groups = by in ("cluster", "strength", "hand")
    return {"dataset": dataset, "clusters": clusters if of_groups else None, "by": by, "filters": filters}


def _none(by: str) -> str:
    """What rows without a colour are called."""
    return "No label" if by in ("label", "hand") else "Noise" if by == "cluster" else "No value"


def _more(table: Dataset, groups: Clusters | None, by: str) -> list[tuple[str, Any]]:
    """What stands at each point beside that which it is coloured by."""
    more: list[tuple[str, Any]] = [("label", exporting.labels(table.target).to_list())] if table.target and by != "label" else []
    return more + ([("cluster", groups.labels)] if groups and by not in ("cluster", "hand") else [])


def _alone(drawn: dict[str, Any], passing: np.ndarray | None) -> str:
    """What is said of the rows that are left out, or nothing."""
    if passing is None:
        return ""
    return f" · {passing.sum():,} of {len(passing):,} rows: {'; '.join(said(one) for one in drawn['filters'])}"


def _shapes(house: House, map_: str, passing: np.ndarray | None) -> tuple[str | None, str]:
    """Whether an SVG of this map has a shape for every point (for the page's script), and the menu's words on it."""
    meta = house.mine(map_)
    if meta["d"] == 3:
        return None, taking.DEEP
    few = min(meta["n"] if passing is None else int(passing.sum()), figures.LIMIT) <= taking.VECTOR
    return ("yes", taking.SHAPES) if few else (None, taking.PICTURE)


def _safe(name: str) -> str:
    """A file's name that every system takes: small letters, digits, single hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain)[:LONGEST].strip("-.") or "map"
