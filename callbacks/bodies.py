"""What a request to a callback looks like: exactly the parts that this page sends, or it is refused with a sentence."""

from __future__ import annotations

import json
from typing import Any

from dash import Dash
from flask import abort, request

from callbacks.house import EVERYONE, House
from callbacks.workspace import EMPTY
from layouts import ids

ROUTE = "/_dash-update-component"
REFUSED = "This is not a request of this page. Reload the page."
UNKNOWN = "This run is not known here any more. Reload the page."
SOME = (["ALL"], ["MATCH"], ["ALLSMALLER"])  # what stands in a family's id for any value
MANY = (["ALL"], ["ALLSMALLER"])  # and then for several components
KEYS = {"dataset": "", "map": "", "clusters": ""}
# Examples of what the page holds, by id or by type of a family; any of it may be absent (None).
HELD: dict[str, Any] = {
    ids.WORKSPACE: {**EMPTY, "id": "", "ways": {"job": "", "options": []}},
    ids.DRAWN: {**KEYS, "live": "", "beside": "", "filters": [], "look": {}},
    ids.GROUPED: {**KEYS, "labels": ""},
    ids.JUDGED: {"dataset": "", "clusters": "", "agreement": "", "curve": ""},
    ids.CLUSTERED: {"dataset": "", "clusters": "", "labels": ""},
    ids.SAID: {"problem": "", "said": "", "ways": {"options": []}},
    ids.SELECTION: {"dataset": "", "rows": ""},
    ids.UPLOADED: {"kind": "", "at": 0},
    ids.RESULTS: {},
    ids.ANSWERED: {"notice": 0, "option": 0},
    ids.ROLE_GIVEN: {"index": 0, "value": ""},
    ids.RENAMED: {"code": 0, "value": ""},
    ids.MERGED: {"codes": []},
    **dict.fromkeys((ids.DATASET, ids.COLOUR, ids.SAMPLES, ids.FILTER_BY, ids.HAND_NAME, ids.TABS, ids.ADDRESS), ""),
    ids.WEB_ADDRESS: "",
    **dict.fromkeys((ids.PINNED, ids.COMPARED, ids.NEAR_COUNT, ids.DIMENSIONS), 0),
    **dict.fromkeys(("choice",), ""),
}


def check(app: Dash, house: House) -> None:
    """Refuse (400) what is no request of this page, and (404) a worker for a job that is not the present owner's."""
    if request.path != ROUTE or request.method != "POST":
        return
    try:
        body = request.get_json()
    except RecursionError:  # nested without end
        body = None
    declared = _declared(app, body)
    if declared is None or not _is_of(declared, body):
        abort(400, REFUSED)
    if declared["background"] and not request.args.get("cacheKey"):
        _known_job(house, body["inputs"][0].get("value"))


def _declared(app: Dash, body: Any) -> dict[str, Any] | None:
    """What is known of the callback that is asked; None when there is none, or the browser does it alone."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return None
    known: dict[str, Any] | None = app.callback_map.get(body["output"])
    return known if known and "callback" in known else None


def _is_of(declared: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether a body names the outputs, inputs and states of this callback, and holds such values as the page has there."""
    several = isinstance(declared["output"], list | tuple)
    names = [
        {"id": one.component_id_str(), "property": one.component_property}
        for one in (declared["output"] if several else [declared["output"]])
    ]
    outputs, inputs, states = body.get("outputs"), body.get("inputs"), body.get("state", [])
    fits = _all_fit(names, outputs if several else [outputs])
    return fits and _all_fit(declared["inputs"], inputs) and _all_fit(declared["state"], states) and _changed(inputs, body)


def _all_fit(declared: list[dict[str, Any]], given: Any) -> bool:
    """Whether each part fits what is declared, and values and ids of one family are equally many."""
    if not isinstance(given, list) or len(given) != len(declared) or not all(map(_fits, declared, given)):
        return False
    lengths = {(one["id"], len(sent)) for one, sent in zip(declared, given, strict=True) if isinstance(sent, list)}
    return len(lengths) == len({name for name, _ in lengths})


def _fits(declared: dict[str, Any], given: Any) -> bool:
    """Whether what was sent is of the component, or of components of the family, that the callback names."""
    pattern = json.loads(declared["id"]) if declared["id"].startswith("{") else declared["id"]
    name = declared["property"].split("@")[0]
    if isinstance(pattern, dict) and any(value in MANY for value in pattern.values()):
        return isinstance(given, list) and all(_one(pattern, name, sent) for sent in given)
    return _one(pattern, name, given)


def _one(pattern: Any, name: str, given: Any) -> bool:
    if not isinstance(given, dict) or not isinstance(given.get("property"), str) or given["property"].split("@")[0] != name:
        return False
    found, value = given.get("id"), given.get("value")
    if name == "id":
        return _named(pattern, found) and value == found
    kind = pattern["type"] if isinstance(pattern, dict) else pattern
    example = 0 if name in ("n_clicks", "n_submit") else HELD.get(kind)
    return _named(pattern, found) and (example is None or _like(example, value))


def _named(pattern: Any, found: Any) -> bool:
    if not isinstance(pattern, dict):
        return bool(found == pattern)
    same = isinstance(found, dict) and found.keys() == pattern.keys()
    return same and all(_part(pattern[key], found[key]) for key in pattern)


def _part(wanted: Any, found: Any) -> bool:
    return isinstance(found, str | int) if wanted in SOME else bool(wanted == found)


def _like(example: Any, value: Any) -> bool:
    """Whether a value is of the kind of the example, with the same names in it at least."""
    if value is None or example is None:
        return True
    if isinstance(example, dict):
        return isinstance(value, dict) and all(name in value and _like(inner, value[name]) for name, inner in example.items())
    kinds = (int, float) if isinstance(example, int) else type(example)
    return isinstance(value, kinds)


def _changed(inputs: list[Any], body: dict[str, Any]) -> bool:
    """Whether what is said to have changed is among the inputs."""
    parts = [part for one in inputs for part in (one if isinstance(one, list) else [one])]
    known = {f"{_written(part['id'])}.{part['property']}" for part in parts}
    named = body.get("changedPropIds", [])
    return isinstance(named, list) and all(isinstance(name, str) and name in known for name in named)


def _written(name: Any) -> str:
    return name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))


def _known_job(house: House, start: Any) -> None:
    """Refuse to start a process for a job that nobody here has asked for."""
    key = start.get("job") if isinstance(start, dict) else None
    record = house.records.read(key) if isinstance(key, str) else None
    if record is None or record["owner"] not in (house.owner(), EVERYONE):
        abort(404, UNKNOWN)
