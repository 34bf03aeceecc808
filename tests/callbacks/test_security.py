"""Hosts, owners, other sites, headers, malformed bodies and calm errors, on the whole app."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from flask import g, request
from flask.testing import FlaskClient

from app import create_app, settings
from callbacks import security
from callbacks.house import House
from callbacks.settings import Settings
from layouts import ids
from layouts.plain import PLAIN
from pipeline.results import Problem

WILDCARD = str(IPv4Address(0))  # every network card: given to the app, which must not obey the environment
MALFORMED = ("", "[]", "null", "{}", "3", '"a"', '{"output": "no.data"}', '{"output": []}', "[" * 100_000, "not json")
HOSTS = {"127.0.0.1:8050": 200, "localhost": 200, "[::1]:8050": 200, "evil.example": 400, "127.0.0.1.evil.example": 400}


@pytest.fixture
def client(house: House) -> Iterator[FlaskClient]:
    server = create_app(house.settings).server
    yield server.test_client()
    server.extensions["jobs"].end()


def owner_of(client: FlaskClient) -> str:
    """Who the server takes this browser for."""
    with client:
        client.get("/health")
        return str(g.owner)


def test_a_browser_is_known_again_by_its_cookie(client: FlaskClient) -> None:
    first = client.get("/")
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=31536000" in cookie
    assert "Set-Cookie" not in client.get("/").headers
    assert owner_of(client) == owner_of(client)
    other = client.application.test_client()
    assert owner_of(other) != owner_of(client)
    assert client.get_cookie(security.COOKIE).value not in owner_of(client)


@pytest.mark.parametrize("path", ["/picture/x/0.png", "/_dash-layout", "/health", "/"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate"])
def test_another_site_never_makes_the_server_give_a_new_cookie(client: FlaskClient, path: str, mode: str) -> None:
    """A browser holds its cookie back when another site asks for something: a new one would take its place."""
    answer = client.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode})
    assert "Set-Cookie" not in answer.headers
    if mode == "navigate" and path == "/":  # somebody followed a link: a page of ours asks again
        assert 'http-equiv="refresh"' in answer.text
        assert "Set-Cookie" in client.get("/", headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": mode}).headers
    posted = client.post("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert "Set-Cookie" not in posted.headers


def test_a_known_browser_follows_a_link_from_another_site(client: FlaskClient) -> None:
    client.get("/")
    answer = client.get("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert "_dash-config" in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "short", "../" * 20, "x" * 44, "a" * 42 + ";"])
def test_a_cookie_of_another_form_is_replaced(client: FlaskClient, cookie: str) -> None:
    client.set_cookie(security.COOKIE, cookie)
    assert "Set-Cookie" in client.get("/").headers


def test_the_secret_is_the_owners_alone_and_stays(house: House) -> None:
    file = house.settings.cache_dir / "secret"
    secret = house.settings.secret
    assert len(secret) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert Settings(cache_dir=house.settings.cache_dir).secret == secret


@pytest.mark.parametrize(("host", "code"), HOSTS.items())
def test_strange_hosts_are_refused(client: FlaskClient, host: str, code: int) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == code


def test_a_server_for_the_network_knows_its_own_addresses() -> None:
    assert "127.0.0.1" in security.hosts(WILDCARD)
    assert "evil.example" not in security.hosts(WILDCARD)
    assert security.hosts("Lab.example")[-1] == "lab.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_alone_needs_no_login(host: str) -> None:
    security.check(Settings(host=host))


@pytest.mark.parametrize(
    "host", [WILDCARD, "::", "", "192.168.1.7", "lab.example", "0", "localhost.evil.example", "::ffff:10.0.0.1"]
)
def test_other_machines_are_let_in_only_when_somebody_asks_who_they_are(host: str) -> None:
    with pytest.raises(Problem, match="nobody would be asked who they are. Add --auth"):
        security.check(Settings(host=host))
    security.check(Settings(host=host, token="t"))
    security.check(Settings(host=host, behind_proxy=True))


def test_a_name_that_the_operator_trusts_is_ours(house: House) -> None:
    server = create_app(replace(house.settings, trusted_hosts=("Lab.Example",))).server
    client = server.test_client()
    codes = {host: client.get("/health", headers={"Host": host}).status_code for host in ("lab.example", "x.example")}
    server.extensions["jobs"].end()
    assert codes == {"lab.example": 200, "x.example": 400}


@pytest.mark.parametrize("behind", [False, True])
def test_a_proxy_is_heard_when_the_operator_says_that_there_is_one(house: House, behind: bool) -> None:
    """One hop and no more: what stands before the last entry was written by whoever sent the request."""
    server = create_app(replace(house.settings, behind_proxy=behind, trusted_hosts=("lab.example",))).server
    seen = []
    server.before_request_funcs[None].insert(0, lambda: seen.append((request.remote_addr, request.scheme, request.host)))
    forwarded = {"X-Forwarded-For": "6.6.6.6, 10.0.0.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "lab.example"}
    answer = server.test_client().get("/", headers={**forwarded, "X-Forwarded-Prefix": "/evil"})
    server.extensions["jobs"].end()
    assert answer.status_code == 200
    assert seen[-1] == (("10.0.0.9", "https", "lab.example") if behind else ("127.0.0.1", "http", "localhost"))
    assert ("Secure" in answer.headers["Set-Cookie"]) is behind


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Origin": "http://localhost:1"}, {"Origin": "http://["}, {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://evil.example@localhost"},
])  # fmt: skip
@pytest.mark.parametrize("path", ["/upload", "/_dash-update-component"])
def test_other_sites_can_change_nothing(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    assert client.post(path, data=b"{}", headers=headers).status_code == 403


def test_the_page_itself_can_send(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost", "X-Filename": "a.csv"}
    assert client.post("/upload", data=b"a,b\n1,2\n", headers=headers).status_code == 200


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for path in ("/", "/health", "/nothing", "/assets/00_bootstrap.min.css", "/_dash-layout"):
        with client.get(path) as answer:
            headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert client.get("/_dash-layout").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", MALFORMED)
def test_malformed_bodies_are_refused_calmly(client: FlaskClient, house: House, body: str) -> None:
    answer = client.post("/_dash-update-component", data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.get_json()["problem"]
    assert not house.settings.log.exists()


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    body = json.dumps({"output": "x" * security.LARGEST_BODY})
    assert client.post("/_dash-update-component", data=body, content_type="application/json").status_code == 413


def test_an_unexpected_error_is_one_calm_sentence_with_a_reference(house: House) -> None:
    app = create_app(house.settings)
    app.server.view_functions["health"] = lambda: [][1]
    answer = app.server.test_client().get("/health")
    app.server.extensions["jobs"].end()
    assert answer.status_code == 500
    sentence = answer.get_json()["problem"]
    assert "IndexError" not in sentence
    assert sentence.split("Reference ")[1].rstrip(")") in house.settings.log.read_text()


def test_an_error_in_a_callback_reaches_the_page_in_words(
    client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug is a message on the page with a reference, and the log has where it arose, but nothing of the data."""

    def broken(*_: object) -> None:
        raise KeyError("cell 31337")

    monkeypatch.setattr(house.__class__, "has", broken)
    body = {
        "output": f"..{ids.STATUS}.{PLAIN}...{ids.CAUTION}.children...{ids.summary('projection')}.children..."
        f"{ids.summary('embedding')}.children..",
        "outputs": [
            {"id": name, "property": PLAIN if name == ids.STATUS else "children"}
            for name in (ids.STATUS, ids.CAUTION, ids.summary("projection"), ids.summary("embedding"))
        ],
        "inputs": [{"id": ids.RESULTS, "property": "data", "value": {"projection": "8" * 40}}],
        "changedPropIds": [f"{ids.RESULTS}.data"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    reference = answer.text.split("Reference ")[1][:8]
    told = house.settings.log.read_text()
    assert reference in told
    assert "builtins.KeyError" in told
    assert "in broken" in told
    assert "31337" not in told.replace('raise KeyError("cell 31337")', "")


def test_the_environment_cannot_open_the_app(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"HOST": WILDCARD, "PORT": "1", "DASH_DEBUG": "true", "FLASK_DEBUG": "1", "DASH_MCP_ENABLED": "true"}
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    app = create_app(house.settings)
    app.server.extensions["jobs"].end()
    assert not app.server.debug
    assert not any("mcp" in str(rule) for rule in app.server.url_map.iter_rules())
    assert (settings([]).host, settings([]).port) == ("127.0.0.1", 8050)


def test_the_command_line_becomes_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    given = settings([str(file), "--labels", str(file), "--slots", "1", "--max-upload", "3", "--cache-dir", str(tmp_path)])
    assert (given.file, given.labels, given.slots, given.max_upload, given.cache_dir) == (file, file, 1, 3 * 2**20, tmp_path)
    assert given.threads >= 1
    for wrong in (["no.csv"], ["--slots", "0"], ["--max-upload", "x"]):
        with pytest.raises(SystemExit):
            settings(wrong)
    assert "there is no file no.csv" in capsys.readouterr().err
