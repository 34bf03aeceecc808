"""The map as it is drawn: figure, legend, status line, cautions."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from dash import Dash, Input, Output, no_update

from callbacks import filtering
from callbacks.colouring import colours, second
from callbacks.house import House
from layouts import figures, ids, status, words
from layouts.plain import PLAIN, tree
from pipeline import traits
from pipeline.results import Map
from pipeline.store import digest
from pipeline.trail import quantised


def register(app: Dash, house: House) -> None:
    """Connect what is drawn with what is known."""

    @app.callback(
        Output(ids.MAP, "figure"), Output(ids.ORDER, "data"), Output(ids.LEGEND, PLAIN), Output(ids.MAP_WORDS, "hidden"),
        Input(ids.DRAWN, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def draw(drawn: dict[str, Any] | None) -> tuple[Any, ...]:
        positions = _positions(house, drawn) if drawn and drawn["dataset"] else None
        if positions is None:
            return (no_update,) * 4 if drawn and drawn["live"] else (figures.empty(), None, tree(None), False)
        return *_drawn(house, drawn, positions), True

    @app.callback(
        Output(ids.STATUS, PLAIN), Output(ids.CAUTION, "children"), Output(ids.summary("projection"), "children"),
        Output(ids.summary("embedding"), "children"), Input(ids.RESULTS, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def facts(found: dict[str, str] | None) -> tuple[Any, ...]:
        results = found or {}
        if not results.get("projection") or not house.has(results["projection"]):
            return tree(None), "", "where similar samples come to lie", "what the map is made from"
        return *_facts(house, results), _features(house, results)

    @app.callback(
        Output(ids.TAKE_POINTS, "href"), Input(ids.GROUPED, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def take(grouped: dict[str, Any] | None) -> Any:
        if not grouped or not grouped["map"]:
            return no_update
        by_hand = f"?labels={grouped['labels']}" if grouped.get("labels") else ""
        return f"/points/{grouped['dataset']}/{grouped['map']}/{grouped['clusters'] or '-'}.csv{by_hand}"


def _positions(house: House, drawn: dict[str, Any]) -> np.ndarray | None:
    """True coordinates of a finished map, or the present frame of a run, scaled as frames are."""
    if drawn["live"]:
        record = house.records.read(drawn["live"])
        frame = house.records.frame(drawn["live"]) if record and record["owner"] == house.owner() else None
        return None if frame is None else quantised(frame[1]).astype(np.float32) / 32767
    if not drawn["map"] or not house.has(drawn["map"]):
        return None
    found = house.store.get(drawn["map"])
    return found.positions if isinstance(found, Map) else None


def _has_trail(house: House, drawn: dict[str, Any]) -> bool:
    """Whether the way that a finished map took was kept."""
    found = house.store.get(drawn["map"]) if drawn["map"] and not drawn["live"] else None
    return isinstance(found, Map) and len(found.trail) > 1


def _fix(figure: dict[str, Any]) -> None:
    """Frames move inside a fixed square."""
    layout = figure["layout"]
    for axis in ("xaxis", "yaxis"):
        if axis in layout:
            layout[axis]["range"] = [-1.07, 1.07]
    for axis in ("xaxis", "yaxis", "zaxis"):
        layout.get("scene", {}).get(axis, {})["range"] = [-1.07, 1.07]
    if "scene" in layout:
        layout["scene"]["aspectmode"] = "cube"


def _coded(figure: dict[str, Any], order: list[np.ndarray], total: int, drawn: dict[str, Any]) -> dict[str, Any]:
    """What the browser holds of a figure: rows trace by trace, and the view of the whole map."""
    rows = np.concatenate(order).astype("<i4")
    coded = base64.b64encode(rows.tobytes()).decode()
    view = {axis: figure["layout"].get(f"{axis}axis", {}).get("range") for axis in "xy"}
    made = {"lengths": [len(part) for part in order], "rows": coded, "total": total, "view": view}
    return made | {"figure": figure["layout"]["selectionrevision"]} | {part: drawn[part] for part in ("live", "map", "dataset")}


def _drawn(house: House, drawn: dict[str, Any], positions: np.ndarray) -> tuple[Any, Any, Any]:
    """Figure, what the browser holds of it, and legend."""
    n, live = len(positions), drawn["live"]
    codes, names, palette = colours(house, drawn, n)
    sizes, shapes, beside = second(house, drawn, n)
    asked, passing = drawn.get("look") or {}, filtering.shown(house, drawn, n)
    tagged = not live and drawn.get("by") in (None, "hand")
    look = figures.Look(asked.get("size", 1.0), asked.get("opacity", 1.0), tagged, sizes, shapes)
    tags = [name.removeprefix("Cluster ") for name in names] if drawn["clusters"] else names
    figure, order = figures.scatter(positions, codes, tags, colours=palette, look=look, passing=passing)
    figure["layout"]["uirevision"] = live or drawn["map"]
    figure["layout"]["selectionrevision"] = digest(drawn)  # numbers of points mean others after recolouring
    if live:
        _fix(figure)
    coded = _coded(figure, order, n, drawn) | {"trail": _has_trail(house, drawn)}
    return figure, coded, _legend(codes if passing is None else codes[passing], (names, palette), drawn, beside)


def _legend(codes: np.ndarray, coloured: tuple[list[str], list[str]], drawn: dict[str, Any], beside: list[str]) -> Any:
    names, palette = coloured
    counts = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
    by = str(drawn.get("by") or "")
    none = "no value" if by.startswith(traits.COLUMN) else "noise" if drawn["clusters"] and by != "hand" else "no label"
    title = by.removeprefix(traits.COLUMN) if by.startswith(traits.COLUMN) or by == "strength" else ""
    return tree(status.legend(names, counts, palette, (none, figures.NOISE, int((codes < 0).sum())), title, beside))


def _facts(house: House, results: dict[str, str]) -> tuple[Any, Any, Any]:
    meta = house.mine(results["projection"])
    details, made = meta["fields"]["details"], meta["recipe"][-1]
    kept = house.mine(results["quality.preservation"])["fields"]["details"] if results.get("quality.preservation") else {}
    shown = min(meta["n"], figures.LIMIT)
    line = status.map_facts(meta["n"], shown, kept.get("preserved"), details.get("kl_divergence"), meta["seconds"] or None)
    return tree(line), words.CAUTIONS.get(made["algorithm"], ""), _projection(details, made)


def _projection(details: dict[str, Any], made: dict[str, Any]) -> str:
    from pipeline import stages

    said = [stages.algorithm("projection", made["algorithm"]).title]
    if made["settings"].get("perplexity"):
        said.append(f"perplexity {made['settings']['perplexity']:g}")
    if details.get("explained_variance_ratio"):
        said.append(f"{100 * sum(details['explained_variance_ratio']):.0f} % of the variance")
    if details.get("settled"):
        said.append(f"its loss settled at iteration {details['iterations']:,}")
    if made.get("stopped_at"):
        said.append(f"stopped at iteration {made['stopped_at']:,}")
    return " · ".join(said)


def _features(house: House, results: dict[str, str]) -> str:
    from pipeline import stages

    if not results.get("embedding"):
        return "what the map is made from"
    meta = house.mine(results["embedding"])
    details, title = meta["fields"]["details"], stages.algorithm("embedding", meta["recipe"][-1]["algorithm"]).title
    if not details.get("to"):
        return f"{title}, {meta['d']:,} columns"
    return f"{title}, {details['from']:,} → {details['to']} by PCA ({100 * details['variance']:.0f} % of variance)"
