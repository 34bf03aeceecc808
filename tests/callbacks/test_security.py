"""Hosts, owners, other sites, headers, malformed bodies and calm errors, on the whole app."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from flask import g
from flask.testing import FlaskClient

from app import create_app, settings
from callbacks import security
from callbacks.house import House
from callbacks.settings import Settings

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
    assert security.hosts("lab.example")[-1] == "lab.example"


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
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


def test_an_error_in_a_callback_reaches_the_page_in_words(client: FlaskClient, house: House) -> None:
    """A recipe from a page can be anything: the answer is a message on the page, not an error of the server."""
    from layouts import ids

    value = {"dataset": 17, "map": "no", "clusters": None, "live": None}
    body = {
        "output": f"{ids.TAKE_POINTS}.href", "outputs": {"id": ids.TAKE_POINTS, "property": "href"},
        "inputs": [{"id": ids.GROUPED, "property": "data", "value": {"map": 1}}], "changedPropIds": [f"{ids.GROUPED}.data"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, value
    assert "Reference" in json.dumps(answer.get_json()["sideUpdate"])
    assert "KeyError" in house.settings.log.read_text()


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
