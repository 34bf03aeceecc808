"""The selection: what the rows taken on the map are, and rows found by number, label or text."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output
from flask import Response, jsonify, request

from callbacks.colouring import colours
from callbacks.house import House
from callbacks.sample import label, picture, shown
from layouts import ids, selection
from layouts.figures import NOISE
from layouts.plain import PLAIN, tree
from pipeline import contrast, finding
from pipeline.results import Clusters, Dataset, Problem

PARTS = 8  # classes, and clusters, that a card tells of
PICTURES = 24
FIRST = 8  # rows of a table
VALUES = 3  # values of each
LISTED = 200  # rows found that are listed
WRONG = "These rows do not belong to the open data. Select again."


def register(app: Dash, house: House) -> None:
    """Connect the tools, the search and the card."""
    app.server.add_url_rule("/find/<dataset>", "find", lambda dataset: find(house, dataset))
    app.server.add_url_rule("/members/<dataset>/<clusters>", "members", lambda **keys: members(house, **keys))

    def client(name: str, output: Output, *inputs: Input) -> None:
        app.clientside_callback(ClientsideFunction("explorer", name), output, *inputs, prevent_initial_call=True)

    client("drag", Output(ids.DRAG_TOOLS, "className"), Input(ids.DRAG, "value"))
    client("told", Output(ids.SELECTED, "title"), Input(ids.SELECTED, PLAIN))
    client("search", Output(ids.FOUND, "title"), Input(ids.DATASET, "data"))

    @app.callback(
        Output(ids.SELECTED, PLAIN), Input(ids.SELECTION, "data"), Input(ids.GROUPED, "data"), prevent_initial_call=True
    )
    def selected(chosen: dict[str, Any] | None, grouped: dict[str, Any] | None) -> Any:
        if not chosen or not grouped or chosen["dataset"] != grouped["dataset"]:
            return tree(None)
        dataset = house.dataset(grouped["dataset"])
        rows = read(chosen["rows"], len(dataset.rows))
        parts = [_labels(house, grouped, dataset, rows), _clusters(house, grouped, dataset, rows)]
        examples = _examples(dataset, grouped["dataset"], rows)
        return tree(selection.card(len(rows), len(dataset.rows), parts, examples, marked=bool(chosen.get("marked", True))))


def read(coded: str, n: int) -> np.ndarray:
    """The selected rows, sorted, each once, from base64 of int32; raises Problem for what is no row of the data."""
    try:
        raw = base64.b64decode(coded, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Problem(WRONG) from None
    if not raw or len(raw) % 4 or len(raw) > 4 * n:
        raise Problem(WRONG)
    rows = np.unique(np.frombuffer(raw, "<i4"))
    if rows[0] < 0 or rows[-1] >= n:
        raise Problem(WRONG)
    return rows


def find(house: House, key: str) -> Response:
    """What holds the words ``q``, or without words what has a name: how many rows, and number, label and text of the first.

    With ``all`` every row that holds the words, as int32.
    """
    dataset, words = house.dataset(key), request.args.get("q", "")[: selection.LONGEST]
    if "all" in request.args:
        return Response(finding.find(dataset, words).rows.astype("<i4").tobytes(), mimetype="application/octet-stream")
    found = finding.find(dataset, words) if words.strip() else finding.names(dataset)
    listed = []
    for row, place in zip(found.rows[:LISTED].tolist(), found.places[:LISTED].tolist(), strict=True):
        text = "" if place < 0 else finding.excerpt(shown(dataset.table[found.columns[place]][row]), words)
        listed.append([row, label(dataset, row), text])
    return jsonify(total=len(found.rows), rows=listed)


def members(house: House, dataset: str, clusters: str) -> Response:
    """Rows (int32) of the group ``cluster`` (−1 for noise), or those of them with the label number ``label``."""
    table, groups = house.dataset(dataset), house.mine(clusters) and house.store.get(clusters)
    if not isinstance(groups, Clusters) or len(groups.labels) != len(table.rows):
        raise Problem(WRONG)
    inside = groups.labels == request.args.get("cluster", -1, int)
    if "label" in request.args:
        if table.target is None or table.target.kind != "class":
            raise Problem(WRONG)
        inside &= table.target.codes == request.args.get("label", -1, int)
    return Response(np.flatnonzero(inside).astype("<i4").tobytes(), mimetype="application/octet-stream")


def _labels(house: House, grouped: dict[str, Any], dataset: Dataset, rows: np.ndarray) -> tuple[str, list[selection.Part]]:
    title = dataset.target.name if dataset.target else ""
    return title, _parts(house, {**grouped, "clusters": None}, dataset, rows, "no label") if dataset.target else []


def _clusters(house: House, grouped: dict[str, Any], dataset: Dataset, rows: np.ndarray) -> tuple[str, list[selection.Part]]:
    return "Clusters", _parts(house, grouped, dataset, rows, "noise") if grouped["clusters"] else []


def _parts(house: House, drawn: dict[str, Any], dataset: Dataset, rows: np.ndarray, none: str) -> list[selection.Part]:
    """The classes that the map would be coloured by, in its colours."""
    codes, names, palette = colours(house, drawn, len(dataset.rows))
    return [
        selection.Part(names[part.code], palette[part.code], part.code, part.inside, part.outside)
        if part.code >= 0
        else selection.Part(none, NOISE, 0, part.inside, part.outside)
        for part in contrast.shares(codes, rows, PARTS)
        if part.inside > 0
    ]


def _examples(dataset: Dataset, key: str, rows: np.ndarray) -> Any:
    """Pictures spread over the selection, or its first rows with a few values."""
    if dataset.picture:
        few = contrast.spread(rows, PICTURES).tolist()
        return selection.pictures([(row, label(dataset, row), picture(dataset, key, row)) for row in few], len(rows))
    names = [name for role in ("id", "text", "hover", "group", "feature") for name in dataset.named(role)][:VALUES]
    labelled = ["label"] if dataset.target else []
    first = [
        (row, [*([label(dataset, row)] if labelled else []), *(shown(dataset.table[name][row]) for name in names)])
        for row in rows[:FIRST].tolist()
    ]
    return selection.table([*labelled, *names], first, len(rows))
