"""Every address that the server answers, with its rule: who may ask, how, for whose results, with how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from app import create_app
from callbacks import reading, security
from callbacks.house import House
from callbacks.settings import Settings
from pipeline import stages
from pipeline.results import Problem
from tests.callbacks.bodies import Room, furnish
from tests.callbacks.rooms import recipe

TICKET = "t" * 43
KB = 2**10
READ, SEND, BOTH = {"GET", "HEAD"}, {"POST"}, {"GET", "HEAD", "POST"}


@dataclass(frozen=True)
class Rule:
    """What holds for one route; ``owned`` paths name a result, for its owner alone."""

    path: str
    methods: set[str] | frozenset[str] = frozenset(READ)
    open: bool = False  # to strangers
    owned: bool = False
    largest: int = 64 * KB  # bytes of body
    sent: Any = None  # JSON of a request that is answered


RULES = {
    "health": Rule("/health", open=True),
    "sign_in": Rule("/sign-in", SEND, open=True, largest=8 * KB),
    "sign_out": Rule("/sign-out", BOTH),
    "_dash_assets.static": Rule("/assets/page.js"),
    "static": Rule("/static/nothing"),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": Rule("/_dash-component-suites/dash/x.js"),
    "/_dash-layout": Rule("/_dash-layout"),
    "/_dash-dependencies": Rule("/_dash-dependencies"),
    "/_reload-hash": Rule("/_reload-hash"),
    "/_favicon.ico": Rule("/_favicon.ico"),
    "/": Rule("/"),
    "/<path:path>": Rule("/whatever"),
    "/_dash-update-component": Rule("/_dash-update-component", SEND, largest=16 * 1024 * KB),
    "upload": Rule("/upload", SEND, largest=2 * 1024 * KB),  # --max-upload
    "follow": Rule("/follow", SEND, owned=True, sent={"workspace": "{page}", "version": -1}),
    "frame": Rule("/frame/{job}", owned=True),
    "trail": Rule("/trail/{map}", owned=True),
    "picture": Rule("/picture/{dataset}/0.png", owned=True),
    "mean": Rule("/mean/{dataset}.png", owned=True),
    "mean_of": Rule("/mean/{clusters}/0.png", owned=True),
    "row": Rule("/row/{dataset}/0", owned=True),
    "find": Rule("/find/{dataset}?q=a", owned=True),
    "members": Rule("/members/{dataset}/{clusters}?cluster=0", owned=True),
    "points": Rule("/points/{dataset}/{map}/{clusters}.csv?labels={labels}", owned=True),
    "map_file": Rule("/map/{dataset}/{map}/{clusters}.html", owned=True),
    "table": Rule("/table/{dataset}/{map}/{clusters}?labels={labels}", owned=True),
    "table_rows": Rule("/table/{dataset}/{map}/{clusters}/rows", SEND, owned=True, largest=1024 * KB, sent={"sort": []}),
    "table_values": Rule(
        "/table/{dataset}/{map}/{clusters}/values", SEND, owned=True, largest=256 * KB, sent={"columns": ["row"], "rows": [1]}
    ),
}
WITHOUT_PICTURE = ("picture", "mean", "mean_of")  # of the dataset below: 404 for its owner too
OWNED = [name for name, rule in RULES.items() if rule.owned]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("rules")
    settings = Settings(cache_dir=folder / "cache", data_dir=folder, threads=1, token=TICKET, max_upload=2 * 1024 * KB)
    made = create_app(settings).server
    made.config["house"] = House(settings)
    yield made
    made.extensions["jobs"].end()


def signed_in(server: Flask) -> tuple[FlaskClient, str]:
    client = server.test_client()
    client.post("/sign-in", data={"token": TICKET})
    with client:
        client.get("/_dash-layout")
        return client, str(g.owner)


@pytest.fixture(scope="module")
def mine(server: Flask) -> tuple[FlaskClient, Room]:
    client, owner = signed_in(server)
    return client, furnish(server.config["house"], owner)


def named(room: Room) -> dict[str, str]:
    made = room.results
    return {"dataset": room.dataset, "map": made["projection"], "clusters": made["clustering"], "labels": made["labels"],
            "job": room.job, "page": room.state["id"]}  # fmt: skip


def ask(client: FlaskClient, rule: Rule, keys: dict[str, str]) -> Any:
    """The answer to what the page asks of this route, with these keys."""
    sent = rule.sent and {name: value.format(**keys) if isinstance(value, str) else value for name, value in rule.sent.items()}
    path = rule.path.format(**keys)
    return client.post(path, json=sent) if rule.methods == SEND else client.get(path)


def test_every_route_has_its_rule_and_its_methods(server: Flask) -> None:
    found = {rule.endpoint: (rule.methods or set()) - {"OPTIONS"} for rule in server.url_map.iter_rules()}
    assert found == {name: set(rule.methods) for name, rule in RULES.items()}


@pytest.mark.parametrize("name", RULES)
def test_strangers_are_let_in_nowhere_but_where_they_sign_in(server: Flask, mine: tuple[FlaskClient, Room], name: str) -> None:
    rule, stranger, keys = RULES[name], server.test_client(), named(mine[1])
    for method in rule.methods:
        answer = stranger.open(rule.path.format(**keys), method=method)
        if name == "sign_in":
            assert answer.status_code in (401, 429)
            assert "Set-Cookie" not in answer.headers
        elif rule.open:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 401, method


@pytest.mark.parametrize("name", RULES)
def test_other_methods_are_refused(mine: tuple[FlaskClient, Room], name: str) -> None:
    client, room = mine
    path = RULES[name].path.format(**named(room))
    for method in ("PUT", "DELETE", "PATCH", "TRACE", *(["POST"] if "POST" not in RULES[name].methods else [])):
        assert client.open(path, method=method).status_code == 405, method


@pytest.mark.parametrize("name", RULES)
def test_bodies_are_bounded(mine: tuple[FlaskClient, Room], name: str) -> None:
    rule, (client, room) = RULES[name], mine
    path, method = rule.path.format(**named(room)), "POST" if "POST" in rule.methods else "GET"
    too_much = client.open(path, method=method, data=b"x" * (rule.largest + 1))
    assert too_much.status_code == 413
    assert too_much.get_json()["problem"]
    if name not in ("upload", "sign_in", "sign_out"):  # these do something
        allowed = client.open(path, method=method, data=b"x" * min(rule.largest, KB))
        assert allowed.status_code != 413


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "POST" in rule.methods])
def test_other_sites_can_change_nothing(mine: tuple[FlaskClient, Room], name: str) -> None:
    client, room = mine
    path = RULES[name].path.format(**named(room))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}):
        assert client.post(path, data=b"{}", headers=headers).status_code == 403


@pytest.mark.parametrize("name", OWNED)
def test_what_is_anothers_is_as_if_it_were_not_there(server: Flask, mine: tuple[FlaskClient, Room], name: str) -> None:
    """Each key alone too: one foreign key among one's own is as good as none."""
    rule, (client, room) = RULES[name], mine
    keys = named(room)
    if name not in WITHOUT_PICTURE:
        assert ask(client, rule, keys).status_code in (200, 204)
    stranger, owner = signed_in(server)
    own = named(furnish(server.config["house"], owner))
    assert ask(stranger, rule, own).status_code == ask(client, rule, keys).status_code
    used = [key for key in keys if f"{{{key}}}" in rule.path + str(rule.sent)]
    for foreign in [used, *([key] for key in used)]:
        theirs = ask(stranger, rule, own | {key: keys[key] for key in foreign})
        nobodys = ask(stranger, rule, own | {key: "8" * len(keys[key]) for key in foreign})
        assert theirs.status_code == 404
        assert (theirs.status_code, theirs.data, _plain(theirs)) == (nobodys.status_code, nobodys.data, _plain(nobodys))


def _plain(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


def test_limits_are_those_of_the_server() -> None:
    """The table above is written by hand; here it is held against what the server keeps to."""
    written = {name: rule.largest for name, rule in RULES.items() if rule.largest != security.SMALL_BODY and name != "upload"}
    assert written == {name: most for name, most in security.BODIES.items() if name != "upload"}


def test_equal_files_of_two_people_have_nothing_in_common(server: Flask) -> None:
    """Keys, results and time to an answer: nobody learns that somebody has the same file."""
    house = server.config["house"]
    (first, one), (second, two) = signed_in(server), signed_in(server)
    content = b"a,b,kind\n" + b"".join(b"%d,%d,%s\n" % (i, i * i % 7, b"xyz"[i % 3 : i % 3 + 1]) for i in range(50))
    sent = [client.post("/upload", data=content, headers={"X-Filename": "same.csv"}).get_json() for client in (first, second)]
    asked = [{"token": answer["token"], "name": "same.csv", "choices": {}} for answer in sent]
    key = reading.dataset(house, one, asked[0], lambda *_: None)
    made = stages.run(stages.Work(house.store), recipe(key), "projection")
    assert reading.stored(house, two, asked[1]) is None  # it is read again, as if nobody had
    other = reading.dataset(house, two, asked[1], lambda *_: None)
    assert other != key
    assert house.store.get(other).rows_key != house.store.get(key).rows_key
    assert stages.find(house.store, recipe(other), "projection", 1) is None  # and computed again
    assert stages.run(stages.Work(house.store), recipe(other), "projection") != made
    assert (house.uploads(one) / asked[0]["token"]).exists()
    assert (house.uploads(two) / asked[1]["token"]).exists()
    with pytest.raises(Problem, match="no longer there"):
        reading.stored(house, "9" * 40, asked[0])  # a file's hash opens it for its owner alone


def test_keys_of_another_installation_are_others(server: Flask, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without the secret nobody can compute the key of a file that they guess."""
    settings = server.config["house"].settings
    request = {"path": str(settings.data_dir / "a.csv"), "name": "a.csv", "choices": {}}
    (settings.data_dir / "a.csv").write_text("a,b\n1,2\n3,4\n")
    elsewhere = House(replace(settings, cache_dir=tmp_path_factory.mktemp("other")))
    keys = {reading._named(house, "everyone", request)[0] for house in (server.config["house"], elsewhere)}
    assert len(keys) == 2
