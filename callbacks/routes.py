"""What is fetched beside Dash's callbacks: uploads, frames, pictures, facts of a row, the table of points."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash
from flask import Response, jsonify, request

from callbacks import uploads
from callbacks.house import House
from callbacks.sample import label, shown
from callbacks.version import VERSION
from layouts.png import pixels, png
from pipeline import exporting
from pipeline.results import Clusters, Dataset, Map, Problem
from pipeline.trail import quantised

FACTS = 6  # values shown beside a point
FOREVER = "private, max-age=31536000, immutable"  # what a key names never changes
ABSENT = "There is nothing here."


def register(app: Dash, house: House) -> None:
    """Connect every route; each looks only at what the present owner may see."""
    server = app.server
    server.add_url_rule("/upload", "upload", lambda: upload(house), methods=["POST"])
    server.add_url_rule("/frame/<job>", "frame", lambda job: frame(house, job))
    server.add_url_rule("/trail/<key>", "trail", lambda key: trail(house, key))
    server.add_url_rule("/picture/<key>/<int:row>.png", "picture", lambda key, row: picture(house, key, row))
    server.add_url_rule("/mean/<key>.png", "mean", lambda key: mean(house, key))
    server.add_url_rule("/mean/<key>/<int(signed=True):code>.png", "mean_of", lambda key, code: mean_of(house, key, code))
    server.add_url_rule("/row/<key>/<int:row>", "row", lambda key, row: facts(house, key, row))
    server.add_url_rule("/points/<dataset>/<map_>/<clusters>.csv", "points", lambda **keys: points(house, **keys))
    server.add_url_rule("/health", "health", lambda: health(app))


def health(app: Dash) -> Response:
    """That the app lives, which it is, and whether its workers are warm."""
    return jsonify(app="Cluster Explorer", version=VERSION, warm=app.server.extensions["jobs"].warm.is_set())


def upload(house: House) -> Response | tuple[Response, int]:
    """Token, name and bytes of the file sent, or a sentence why it was not taken."""
    try:
        return jsonify(uploads.receive(request, house.uploads(house.owner()), house.settings.max_upload))
    except Problem as problem:
        return jsonify(problem=str(problem)), 413 if isinstance(problem, uploads.TooLarge) else 400


def frame(house: House, job: str) -> Response:
    """The newest frame as int16 positions in [-32767, 32767], row by row, or nothing when there is none after ``after``."""
    record = house.records.read(job)
    if record is None or record["owner"] != house.owner():
        raise Problem(ABSENT)
    found = house.records.frame(job)
    if found is None or found[0] <= request.args.get("after", -1, int):
        return Response(status=204)
    positions = quantised(found[1])
    headers = {"X-Frame": str(found[0]), "X-Dimensions": str(positions.shape[1]), "Cache-Control": "no-store"}
    return Response(positions.tobytes(), mimetype="application/octet-stream", headers=headers)


def trail(house: House, key: str) -> Response:
    """The frames that a map's run was kept in, one after the other, as int16 positions like those of ``frame``."""
    house.mine(key)
    found = house.store.get(key)
    if not isinstance(found, Map) or not len(found.trail):
        return Response(status=204)
    frames, rows, dimensions = found.trail.shape
    headers = {"X-Frames": str(frames), "X-Rows": str(rows), "X-Dimensions": str(dimensions), "Cache-Control": FOREVER}
    return Response(found.trail.astype("<i2").tobytes(), mimetype="application/octet-stream", headers=headers)


def picture(house: House, key: str, row: int) -> Response:
    """The picture of a row: the one that was in the file, if it was a picture file, else its pixels drawn."""
    dataset = house.dataset(key)
    if not dataset.picture or row >= len(dataset.rows):
        raise Problem(ABSENT)
    if dataset.originals is not None:
        content, kind = dataset.originals.row(row)
        return Response(content, mimetype=kind, headers={"Cache-Control": FOREVER})
    return _drawn(dataset, dataset.rows[row])


def mean(house: House, key: str) -> Response:
    """The mean picture of a dataset."""
    dataset = house.dataset(key)
    if not dataset.picture:
        raise Problem(ABSENT)
    return _drawn(dataset, dataset.rows.mean(axis=0))


def mean_of(house: House, key: str, code: int) -> Response:
    """The mean picture of a cluster."""
    made, clusters = house.mine(key)["recipe"], house.store.get(key)
    dataset = house.dataset(made[0].get("key", ""))
    if not isinstance(clusters, Clusters) or not dataset.picture or not (clusters.labels == code).any():
        raise Problem(ABSENT)
    return _drawn(dataset, dataset.rows[clusters.labels == code].mean(axis=0))


def facts(house: House, key: str, row: int) -> Response:
    """Label and first values of a row, and whether it has a picture."""
    dataset = house.dataset(key)
    if row >= len(dataset.rows):
        raise Problem(ABSENT)
    words = [name for role in ("id", "text", "hover", "group") for name in dataset.named(role)]
    names = [*words, *([] if dataset.picture else dataset.named("feature"))][:FACTS]
    values = [[name, shown(dataset.table[name][row])] for name in names]
    answer = jsonify(picture=bool(dataset.picture), label=label(dataset, row), values=values)
    answer.headers["Cache-Control"] = FOREVER
    return answer


def points(house: House, dataset: str, map_: str, clusters: str) -> Response:
    """Every row with its place, label and cluster, and the label given by hand (``labels``), as CSV."""
    headers = {"Content-Disposition": "attachment; filename=points.csv"}
    found = asked(house, dataset, map_, clusters)
    by_hand = asked(house, dataset, "-", request.args.get("labels") or "-")[2]
    return Response(exporting.points_csv(*found, by_hand), mimetype="text/csv", headers=headers)


def asked(house: House, dataset: str, map_: str, clusters: str) -> tuple[Dataset, Map | None, Clusters | None]:
    """Dataset, map and clusters of these keys ("-" for none): of the same rows and the present owner's; raises Problem."""
    results: list[Any] = []
    for key, kind in ((map_, Map), (clusters, Clusters)):
        if key != "-":
            house.mine(key)
            found = house.store.get(key)
            if not isinstance(found, kind):
                raise Problem(ABSENT)
        results.append(None if key == "-" else found)
    table = house.dataset(dataset)
    sizes = {len(table.rows), *(len(r.positions if isinstance(r, Map) else r.labels) for r in results if r is not None)}
    if len(sizes) > 1:
        raise Problem(ABSENT)
    return table, results[0], results[1]


def body(wrong: str) -> dict[str, Any]:
    """What was sent as JSON, an object; raises Problem with these words for anything else."""
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # nested without end
        sent = None
    if not isinstance(sent, dict):
        raise Problem(wrong)
    return sent


def _drawn(dataset: Dataset, values: np.ndarray) -> Response:
    """One row's values as PNG."""
    return Response(png(pixels(dataset, values[None])[0]), mimetype="image/png", headers={"Cache-Control": FOREVER})
