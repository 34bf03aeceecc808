"""Taking the map away: what the menu offers, the words below a picture, and the map as one file."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dash import Dash, Input, Output
from flask import Response, request

from callbacks import colouring, routes
from callbacks.house import House
from layouts import figures, ids, standalone, taking
from pipeline import exporting
from pipeline.results import Problem

CAPTION, FILE, VECTOR = "data-caption", "data-file", "data-vector"  # attributes that the page's script reads
LONGEST = 80  # characters of a file's name


def register(app: Dash, house: House) -> None:
    """Connect the menu with the map that is shown, and the route of the one file."""
    app.server.add_url_rule("/map/<dataset>/<map_>/<clusters>.html", "map_file", lambda **keys: map_file(house, **keys))

    @app.callback(
        Output(ids.TAKE_AWAY, CAPTION), Output(ids.TAKE_AWAY, FILE), Output(ids.TAKE_PNG, "disabled"),
        Output(ids.TAKE_SVG, "disabled"), Output(ids.TAKE_SVG, VECTOR), Output(ids.TAKE_SVG_WORDS, "children"),
        Output(ids.TAKE_MAP, "href"), Input(ids.DRAWN, "data"), Input(ids.GROUPED, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def offered(drawn: dict[str, Any] | None, grouped: dict[str, Any] | None) -> tuple[Any, ...]:
        if not drawn or not grouped or not drawn["map"] or not house.has(drawn["map"]):
            return None, None, True, True, None, taking.SHAPES, None
        caption, file = named(house, drawn["dataset"], drawn["map"])
        vector, words = _shapes(house, drawn["map"])
        return caption, file, False, False, vector, words, address(drawn, grouped)


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
    """The map as one page that opens offline."""
    table, made, groups = routes.asked(house, dataset, map_, clusters)
    if made is None:
        raise Problem(routes.ABSENT)
    by = request.args.get("by", "label")
    grouped = clusters if groups and by in ("cluster", "strength", "hand") else None
    coloured = colouring.colours(house, {"dataset": dataset, "clusters": grouped, "by": by}, len(table.rows))
    none = "No label" if by in ("label", "hand") else "Noise" if by == "cluster" else "No value"
    more: list[tuple[str, Any]] = [("label", exporting.labels(table.target).to_list())] if table.target and by != "label" else []
    more += [("cluster", groups.labels)] if groups and by not in ("cluster", "hand") else []
    caption, file = named(house, dataset, map_)
    page = standalone.whole(table, made.positions, coloured, none, caption, more)
    headers = {"Content-Disposition": f"attachment; filename={file}.html"}
    return Response(page, mimetype="text/html", headers=headers)


def _shapes(house: House, map_: str) -> tuple[str | None, str]:
    """Whether an SVG of this map has a shape for every point (for the page's script), and the menu's words on it."""
    meta = house.mine(map_)
    if meta["d"] == 3:
        return None, taking.DEEP
    few = min(meta["n"], figures.LIMIT) <= taking.VECTOR
    return ("yes", taking.SHAPES) if few else (None, taking.PICTURE)


def _safe(name: str) -> str:
    """A file's name that every system takes: small letters, digits, single hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain)[:LONGEST].strip("-.") or "map"
