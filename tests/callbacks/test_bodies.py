"""Malformed requests: whatever is sent, the answer is a sentence, and nothing of what was sent reaches the log."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dash import Dash
from flask import g
from flask.testing import FlaskClient

from app import create_app
from callbacks.bodies import ROUTE
from callbacks.house import House
from layouts import ids
from tests.callbacks.bodies import Room, furnish, real, spoilt

USUAL = 2_000
ADDRESSES = (
    "/find/{d}?q=%00", "/find/{d}?q=%ff%fe", "/find/{d}?all=&q=" + "9" * 400, "/find/{d}?q=" + "%F0%9F%98%80" * 500,
    "/members/{d}/{c}?cluster=x&label=1e9", "/members/{d}/{c}?cluster=" + "9" * 5000, "/frame/{d}?after=" + "9" * 5000,
    "/row/{d}/" + "9" * 4000, "/picture/{d}/0.png", "/mean/{c}/" + "9" * 99 + ".png", "/table/{m}/{d}/{c}", "/table/%00/-/-",
    "/map/{d}/{m}/{c}.html?by=column%3A%20%00", "/map/{d}/{m}/{c}.html?by=__class__", "/trail/..%2F..%2Fsecret",
    "/points/{d}/{m}/-.csv?labels=../../secret", "/?w=%00%ff", "/?w=" + "w" * 9000, "/assets/..%2Fapp.py", "/assets/%00",
    "/_dash-component-suites/os/../../secret", "/_dash-component-suites/dash/%00", "/%00", "//evil.example/%2e%2e",
)  # fmt: skip
LANES = (ids.START_OPEN, ids.START_EXPLORE, ids.START_GROUP)


@pytest.fixture
def app(house: House) -> Iterator[Dash]:
    made = create_app(house.settings)
    yield made
    made.server.extensions["jobs"].end()


@pytest.fixture
def client(app: Dash) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def room(house: House, me: str) -> Room:
    return furnish(house, me)


def test_what_a_page_sends_is_answered(app: Dash, client: FlaskClient, house: House, room: Room) -> None:
    """Otherwise the spoilt bodies would be spoilt before."""
    sent = real(app, room)
    assert len(sent) > 45
    for output, body in sent.items():
        answer = client.post(ROUTE, json=body)
        assert answer.status_code in (200, 204), (output, answer.text)
        assert "Reference" not in answer.text, (output, house.settings.log.read_text())


def test_no_spoilt_body_is_an_error_of_the_server(
    app: Dash, client: FlaskClient, house: House, room: Room, size: Callable[[int, int], int]
) -> None:
    chance, codes = random.Random(4), Counter[int]()
    for number in range(size(USUAL, 100_000)):
        if not house.store.has(room.dataset):  # one of them deleted it
            room = furnish(house, room.owner)
        if number % 500 == 0 or not house.store.has(room.results["projection"]):
            sent = [*_callbacks(app, room), *_routes(room)]
        path, body = chance.choice(sent)
        wrong = spoilt(chance, body)
        answer = client.post(path, data=wrong, content_type=chance.choice(("application/json", "application/json", "text/plain")))
        codes[answer.status_code] += 1
        assert answer.status_code < 500, (number, path, wrong[:500], answer.text[:500])
        assert "Traceback" not in answer.text
        if answer.status_code >= 400:
            assert answer.get_json()["problem"]
    assert codes[400] > codes.total() / 3  # so they are spoilt
    assert codes[200] > codes.total() / 50  # and some reach what they ask for
    assert not house.settings.log.exists() or "column: x0" not in house.settings.log.read_text()


def _callbacks(app: Dash, room: Room) -> list[tuple[str, Any]]:
    """Every callback's body; those that start a worker name a run that nobody asked for."""
    bodies = real(app, room)
    for body in bodies.values():
        if body["inputs"] and isinstance(body["inputs"][0], dict) and body["inputs"][0]["id"] in LANES:
            body["inputs"][0]["value"] = {"job": "7" * 40}
    return [(ROUTE, body) for body in bodies.values()]


def _routes(room: Room) -> list[tuple[str, Any]]:
    """What the page sends beside the callbacks, as often as all of these together."""
    table = f"/table/{room.dataset}/{room.results['projection']}/{room.results['clustering']}"
    sort = [{"colId": "c0", "sort": "asc"}, {"colId": "label", "sort": "desc"}]
    look = {"c0": {"type": "inRange", "filter": 1, "filterTo": 5}, "label": {"type": "contains", "filter": "a"}}
    only = [{"by": "label", "names": ["a"]}, {"by": "column: x0", "low": 1.0, "high": None}, {"by": "words", "words": "note"}]
    return [
        *[("/follow", {"workspace": room.state["id"], "version": 3})] * 5,
        *[(f"{table}/rows?labels={room.results['labels']}", {"sort": sort, "filter": look, "only": only})] * 10,
        *[(f"{table}/values", {"columns": ["row", "c0", "label"], "rows": [0, 5, 59]})] * 5,
    ]


@pytest.mark.parametrize("asked", ADDRESSES)
def test_no_address_is_an_error_of_the_server(client: FlaskClient, room: Room, asked: str) -> None:
    path = asked.format(d=room.dataset, m=room.results["projection"], c=room.results["clustering"])
    for method in ("get", "post", "head", "put", "delete", "options"):
        answer = getattr(client, method)(path)
        assert answer.status_code < 500, (method, path, answer.text[:300])
        assert "Traceback" not in answer.text


def test_a_worker_starts_for_ones_own_run_alone(app: Dash, client: FlaskClient, room: Room) -> None:
    """A process costs a second of a processor: nobody gets one for another's run, or for none at all."""
    body = next(body for body in real(app, room).values() if body["inputs"] and body["inputs"][0] and _lane(body))
    assert client.post(ROUTE, json=body).status_code == 200
    stranger = app.server.test_client()
    other, absent = stranger.post(ROUTE, json=body), json.loads(json.dumps(body).replace(room.job, "7" * 40))
    nobodys = stranger.post(ROUTE, json=absent)
    assert (other.status_code, other.data) == (nobodys.status_code, nobodys.data)
    assert other.status_code == 404


def _lane(body: dict[str, Any]) -> bool:
    return isinstance(body["inputs"][0], dict) and body["inputs"][0]["id"] in LANES


def test_handles_of_jobs_that_we_did_not_sign_do_nothing(app: Dash, client: FlaskClient, room: Room) -> None:
    """Before Dash 4.4.1 anyone could end any process of this user, and read or delete any answer, by its number."""
    body = next(body for body in real(app, room).values() if body["inputs"] and _lane(body))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as victim:
        pid = victim.pid
        for query in (f"oldJob={pid}", f"cancelJob={pid}", f"cacheKey=a&job={pid}", "cacheKey=%00&job=x&endId=y"):
            assert client.post(f"{ROUTE}?{query}", json=body).status_code < 500
        assert victim.poll() is None
        victim.kill()


def test_a_page_of_another_name_is_no_page_of_everybodys(house: House, client: FlaskClient, app: Dash, room: Room) -> None:
    """A workspace's name that is no name would lie in one file for all."""
    body = next(body for body in real(app, room).values() if body["inputs"] and _is(body, ids.EXPLORE))
    for wrong in ("../../x", "", "a/b", "é", "x" * 65):
        sent = json.loads(json.dumps(body).replace(room.state["id"], wrong))
        answer = client.post(ROUTE, json=sent)
        assert "not known here" in answer.text, wrong
    assert not (house.settings.cache_dir / "workspaces" / "none").exists()


def _is(body: dict[str, Any], name: str) -> bool:
    return isinstance(body["inputs"][0], dict) and body["inputs"][0]["id"] == name


def test_other_peoples_keys_and_absent_ones_are_alike_in_every_callback(app: Dash, client: FlaskClient, room: Room) -> None:
    """Whoever got hold of a key learns nothing from it, not even that it is somebody's."""
    stranger = app.server.test_client()
    with stranger:
        stranger.get("/")
        theirs = str(g.owner)
    keys = [room.dataset, room.job, *room.results.values()]

    def told(body: str, nobodys: bool) -> tuple[int, str]:
        page = room.house.workspaces.new(theirs)
        for number, key in enumerate(keys):
            body = body.replace(key, f"{number:x}" * 40) if nobodys else body
        answer = stranger.post(ROUTE, data=body.replace(room.state["id"], page), content_type="application/json")
        text = re.sub(r"Reference \w+", "", answer.text.replace(page, ""))
        for number, key in enumerate(keys):
            text = text.replace(key, f"{number:x}" * 40)
        return answer.status_code, text

    for output, body in real(app, room).items():
        written = json.dumps(body)
        assert told(written, nobodys=False) == told(written, nobodys=True), output
