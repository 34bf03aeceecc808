"""What a page really sends, one body for every callback, and seeded ways to spoil it."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from dash import Dash

from callbacks import reading
from callbacks.house import House
from layouts import ids
from pipeline import editing, stages
from pipeline.store import digest
from tests.callbacks.rooms import recipe

ROWS = 60
STEPS = {
    "embedding": {"algorithm": "standard", "settings": {}},
    "projection": {"algorithm": "pca", "settings": {}},
    "clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}},
}
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3.5, -0.0, 1e308, float("nan"), float("inf"), 2**63, 10**400, "", "a", "null", "-", "NaN", "\n",
    "\x00", "\u202e", "\ud800", "../../x", "__proto__", "x" * 5000, "0" * 40, "everyone", "é" * 300, [], {}, [[]], [None] * 50,
    [1e9], [{}] * 3, ["column: x0"], {"id": 1}, {"job": 7}, {"a": {"b": {"c": []}}}, {"type": "x"}, {"": ""},
)  # fmt: skip
TEXTS = (
    b"", b"[]", b"null", b"{}", b"3", b'"a"', b"not json", b"[" * 100_000, b'{"a":' * 5000, b"\xff\xfe\x00", b"{", b"1" * 6000,
    b"NaN", b'{"output": "x", "output": []}', b"\xef\xbb\xbf{}", b'{"output":"..changed.data..."}',
)  # fmt: skip


@dataclass
class Room:
    """A dataset with map, groups and labels by hand, and a page that looks at them."""

    house: House
    owner: str
    dataset: str
    results: dict[str, str]
    state: dict[str, Any]
    job: str


def furnish(house: House, owner: str) -> Room:
    """Everything that a page can name, stored for this owner: a file that was read, its map, its groups, a run that ended."""
    token = digest("file", owner)
    folder = house.uploads(owner)
    folder.mkdir(parents=True, exist_ok=True)
    lines = (f"{i % 3 * 9 + i % 7},{i % 5},{i % 3 * 4 - i % 4},note {i},{'abc'[i % 3]}" for i in range(ROWS))
    (folder / token).write_text("\n".join(["x0,x1,x2,note,kind", *lines]))
    request = {"token": token, "name": "kinds.csv", "choices": {}}
    key = reading.dataset(house, owner, request, lambda *_: None)
    asked, work = recipe(key) | STEPS, stages.Work(house.store)
    made = {stage: stages.run(work, asked, stage) for stage in ("embedding", "projection", "clustering")}
    made["labels"] = digest("by hand", owner)
    house.store.put(made["labels"], editing.by_hand(ROWS), owner=owner, recipe=house.store.meta(key)["recipe"])
    for name in ("preservation", "proposal", "agreement"):
        made[f"quality.{name}"] = stages.run(work, asked | {"quality": {"algorithm": name, "settings": {}}}, "quality")
    job = house.records.queue("explore", owner, {"recipe": asked, "choices": {}, **request})
    house.records.show(job, 1, np.zeros((ROWS, 2), np.float32))
    house.records.change(job, state="finished", results=made, ways=[{"label": "a way", "choices": {}}])
    ways = {"job": job, "options": [{"label": "a way", "choices": {}}]}
    known = {"dataset": key, "results": made, "recipe": asked, "jobs": {}, "ways": ways, "problem": "No."}
    page = house.workspaces.change(owner, house.workspaces.new(owner), lambda state: state.update(known))
    return Room(house, owner, key, made, page, job)


def held(room: Room) -> dict[str, Any]:
    """Value of every component that has a name of its own, as the page holds it."""
    results, key = room.results, room.dataset
    rows = base64.b64encode(np.arange(0, 9, 2).astype("<i4").tobytes()).decode()
    drawn = {"dataset": key, "map": results["projection"], "clusters": results["clustering"], "live": None, "beside": None}
    drawn |= {"filters": [{"by": "label", "names": ["a", "b"]}], "look": {"size": 1.2, "second": "column: x1"}}
    upload = {"kind": "data", "at": 5, "token": digest("file", room.owner), "name": "kinds.csv", "bytes": 3}
    shown = {"dataset": key, "clusters": results["clustering"]}
    grouped = {**shown, "map": results["projection"], "labels": results["labels"], "measured": True}
    judged = {"agreement": results["quality.agreement"], "curve": results["quality.proposal"]}
    return {
        ids.WORKSPACE: room.state, ids.CHANGED: room.state, ids.DATASET: key, ids.RESULTS: results, ids.RESTORED: None,
        ids.DRAWN: {**drawn, "by": None},
        ids.GROUPED: grouped, ids.JUDGED: {**shown, **judged}, ids.CLUSTERED: {**shown, "labels": None},
        ids.SAID: {"problem": "No.", "ways": {"options": [{"label": "a way"}]}, "said": ""},
        ids.SELECTION: {"dataset": key, "map": results["projection"], "rows": rows, "marked": True}, ids.UPLOADED: upload,
        ids.PINNED: 4, ids.COMPARED: 7, ids.NEAR_COUNT: 15, ids.CLOSED: 1, ids.TABS: "table", ids.SAMPLES: "digits.csv",
        ids.COLOUR: "column: x0", ids.FILTER_BY: "label", ids.HAND_NAME: "odd", ids.DIMENSIONS: 2, ids.TABLE_PLACE: None,
        ids.ADDRESS: f"?w={room.state['id']}", ids.SELECTED: "[]", ids.WEB_ADDRESS: "http://127.0.0.1/kinds.csv",
        ids.ANSWERED: {"notice": 0, "option": 0, "at": 1}, ids.ROLE_GIVEN: {"index": 0, "value": "hover", "at": 1},
        ids.RENAMED: {"code": 1, "value": "ones", "at": 1}, ids.MERGED: {"codes": [0, 1], "at": 1},
        **{name: {"job": room.job} for name in (ids.START_OPEN, ids.START_EXPLORE, ids.START_GROUP)},
    }  # fmt: skip


def families(key: str) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """Ids and values of the components of each family."""
    chosen = [(stage, step["algorithm"]) for stage, step in STEPS.items()]
    parameters = [(stage, name, p) for stage, name in chosen for p in stages.algorithm(stage, name).parameters]
    looks = (("size", 1.0), ("opacity", 1.0), ("second", "none"), ("logarithmic", False))
    settings = [(ids.setting(stage, name, p.name), p.preset(ROWS, 3)) for stage, name, p in parameters]
    return {
        "setting": settings,
        "absent": [(ids.absent(stage, name, p.name), False) for stage, name, p in parameters if p.absent],
        "choice": [(ids.choice(stage), step["algorithm"]) for stage, step in STEPS.items()],
        "choice-place": [(ids.choice_place(stage), None) for stage in STEPS],
        "panel": [(ids.panel(stage), key) for stage in STEPS],
        "reset": [(ids.reset(stage, step["algorithm"]), 1) for stage, step in STEPS.items()],
        "way": [(ids.way(0), 1)],
        "filter-value": [(ids.filter_value("label", "names"), ["a"])], "filter-chip": [(ids.filter_chip(0), 1)],
        "look": [(ids.look(part), value) for part, value in looks],
    }  # fmt: skip


def real(app: Dash, room: Room) -> dict[str, dict[str, Any]]:
    """Output → body, for every callback that the server answers."""
    values, kinds = held(room), families(room.dataset)
    made = {}
    for output, declared in app.callback_map.items():
        if "callback" not in declared:
            continue
        names = declared["output"] if isinstance(declared["output"], list | tuple) else [declared["output"]]
        outputs = [_sent({"id": one.component_id_str(), "property": one.component_property}, values, kinds) for one in names]
        inputs, state = ([_sent(one, values, kinds) for one in declared[part]] for part in ("inputs", "state"))
        first = inputs[0][0] if isinstance(inputs[0], list) and inputs[0] else inputs[0]
        made[output] = {
            "output": output, "outputs": outputs if isinstance(declared["output"], list | tuple) else outputs[0],
            "inputs": inputs, "state": state, "changedPropIds": [_changed(first)] if first else [],
        }  # fmt: skip
    return made


def _changed(part: dict[str, Any]) -> str:
    name = part["id"] if isinstance(part["id"], str) else json.dumps(part["id"], sort_keys=True, separators=(",", ":"))
    return f"{name}.{part['property']}"


def _sent(declared: dict[str, Any], values: dict[str, Any], kinds: dict[str, Any]) -> Any:
    name = declared["property"].split("@")[0]
    if not declared["id"].startswith("{"):
        value = 1 if name in ("n_clicks", "n_submit") else None if name in ("options", "disabled") else values.get(declared["id"])
        return {"id": declared["id"], "property": name, "value": value}
    pattern = json.loads(declared["id"])
    fitting = [
        {"id": one, "property": name, "value": one if name == "id" else value}
        for one, value in kinds[pattern["type"]]
        if all(wanted in (["ALL"], ["MATCH"]) or one[part] == wanted for part, wanted in pattern.items())
    ]
    return fitting if ["ALL"] in pattern.values() else fitting[0]


def spoilt(chance: random.Random, body: Any) -> bytes:
    """A body with one to three things wrong in it, or bytes that are no JSON at all."""
    if chance.random() < 0.05:
        return chance.choice(TEXTS)
    made = copy.deepcopy(body)
    for _ in range(chance.randint(1, 3)):
        made = _spoil(chance, made)
    written = json.dumps(made).encode()
    if chance.random() < 0.05:
        at = chance.randrange(len(written))
        written = written[:at] + chance.randbytes(chance.randint(0, 4)) + written[at + chance.randint(0, 9) :]
    return written


def _spoil(chance: random.Random, made: Any) -> Any:
    """The body with one place in it changed: replaced, taken away, doubled, nested, or with more beside it."""
    places = [place for place in _places(made) if place]
    if not places or chance.random() < 0.03:
        return copy.deepcopy(chance.choice(JUNK))
    *way, last = chance.choice(places)
    around = made
    for part in way:
        around = around[part]
    act = chance.randrange(6)
    if act == 0:
        del around[last]
    elif act == 1:
        around[last] = [copy.deepcopy(around[last]) for _ in range(chance.choice((0, 2, 50)))]
    elif act == 2:
        for _ in range(chance.choice((1, 40, 400))):
            around[last] = {"a": around[last]} if chance.random() < 0.5 else [around[last]]
    elif act == 3 and isinstance(around, dict):
        name = chance.choice(("id", "value", "property", "job", "__class__", "by", "of", "x" * 999))
        around[name] = copy.deepcopy(chance.choice(JUNK))
    elif act == 3:
        around.append(copy.deepcopy(chance.choice(JUNK)))
    else:
        around[last] = copy.deepcopy(chance.choice(JUNK))
    return made


def _places(part: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every place in a body, not too deep."""
    yield way
    if len(way) > 12:
        return
    for name, inner in part.items() if isinstance(part, dict) else enumerate(part[:20]) if isinstance(part, list) else ():
        yield from _places(inner, (*way, name))
