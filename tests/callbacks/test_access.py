"""Signing in with a token or a name, staying in, signing out, and what strangers get."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient

from app import create_app, main, settings
from callbacks import access
from callbacks.house import House
from callbacks.settings import Settings
from layouts import sign_in
from pipeline.results import Problem
from tests.callbacks.rooms import points, put

HTML = {"Accept": "text/html,application/xhtml+xml"}
WORD = "correct horse battery"
TICKET = "t" * 43

Serve = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def line() -> str:
    return f"anna:{access.generate_password_hash(WORD, method='scrypt')}"


@pytest.fixture
def file(tmp_path: Path, line: str) -> Path:
    made = tmp_path / "names"
    made.write_text(f"# who works here\n\n{line}\n{line.replace('anna', 'Bob Björk')}\n")
    return made


@pytest.fixture
def serve(house: House) -> Iterator[Serve]:
    """A browser at an app with these settings."""
    servers = []

    def new(**asked: Any) -> FlaskClient:
        server = create_app(replace(house.settings, **asked)).server
        servers.append(server)
        return server.test_client()

    yield new
    for server in servers:
        server.extensions["jobs"].end()


def enter(client: FlaskClient, name: str = "anna", word: str = WORD, **more: str) -> Any:
    return client.post("/sign-in", data={"name": name, "password": word, **more})


def owner(client: FlaskClient) -> str:
    with client:
        client.get("/_dash-layout")
        return str(g.owner)


def test_strangers_get_a_page_to_sign_in_on_and_nothing_else(serve: Serve, file: Path) -> None:
    client = serve(names=file)
    for path in ("/", "/?w=abc", "/anything", "/sign-out"):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 401
        assert '<label for="password">' in answer.text
        assert "_dash-config" not in answer.text
    assert 'value="abc"' in client.get("/?w=abc", headers=HTML).text
    assert "script" not in answer.text.lower()
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    for path in ("/_dash-layout", "/_dash-dependencies", "/assets/page.js", "/_dash-component-suites/dash/deps/x.js", "/row/x/0"):
        refused = client.get(path)
        assert (refused.status_code, refused.get_json()["problem"]) == (401, access.SIGN_IN), path
    for path in ("/upload", "/follow", "/_dash-update-component"):
        assert client.post(path, data=b"{}").status_code == 401
    health = client.get("/health").get_json()
    assert set(health) == {"app", "version", "warm"}
    with client.get("/assets/10_theme.css") as style:
        assert style.status_code == 200


def test_a_name_and_its_password_let_in_and_come_back_to_the_page(serve: Serve, file: Path) -> None:
    client = serve(names=file)
    answer = enter(client, w="abc_-9")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?w=abc_-9")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Max-Age=31536000"))
    assert "_dash-config" in client.get("/", headers=HTML).text
    assert '"Sign out"' in client.get("/_dash-layout").text
    assert enter(client, w="//evil.example").headers["Location"] == "/"
    secure = client.post("/sign-in", data={"name": "anna", "password": WORD}, base_url="https://localhost")
    assert "Secure" in secure.headers["Set-Cookie"]


def test_data_belong_to_the_name_whatever_the_browser(serve: Serve, file: Path, house: House) -> None:
    first = serve(names=file)
    second, other = first.application.test_client(), first.application.test_client()
    for client, name in ((first, "anna"), (second, "anna"), (other, "Bob Björk")):
        assert enter(client, name).status_code == 303
    assert owner(first) == owner(second) != owner(other)
    key = put(house, points(), owner(first))
    assert [client.get(f"/row/{key}/0").status_code for client in (first, second, other)] == [200, 200, 404]


@pytest.mark.parametrize(
    ("name", "word"), [("anna", "wrong"), ("nobody", WORD), ("", ""), ("Anna", WORD), ("anna", ""), ("a" * 999, "x")]
)
def test_a_wrong_name_or_password_is_told_alike(serve: Serve, file: Path, name: str, word: str) -> None:
    answer = enter(serve(names=file), name, word)
    assert answer.status_code == 401
    assert sign_in.WRONG_NAME in answer.text
    assert "Set-Cookie" not in answer.headers


def test_what_a_stranger_writes_is_shown_as_text(serve: Serve, file: Path) -> None:
    answer = enter(serve(names=file), '"><script>alert(1)</script>\u202e', w='"><b>')
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "<b>" not in answer.text
    assert "⟨U+202E⟩" in answer.text


def test_failed_tries_are_slowed_down_and_nobody_is_kept_on_a_thread(serve: Serve, file: Path) -> None:
    client = serve(names=file)
    assert enter(client, word="wrong").status_code == 401
    before = time.monotonic()
    answers = [enter(client, word=WORD) for _ in range(20)]  # even what is right, as long as it is too early
    assert time.monotonic() - before < access.FIRST
    assert {answer.status_code for answer in answers} == {429}
    assert "Wait 1 second" in answers[0].text
    assert answers[0].headers["Retry-After"] == "1"
    time.sleep(access.FIRST)
    assert enter(client).status_code == 303
    assert enter(client).status_code == 303  # who came in is slowed down no more


def test_waits_double_up_to_a_limit_and_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now, tries, waits = [1000.0], access.Tries(), []
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    for _ in range(7):
        assert tries.wait("a") == 0
        waits.append(tries.wait("a"))
        now[0] += waits[-1]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]
    assert tries.wait("b") == 0
    now[0] += access.FORGOTTEN + 1
    assert tries.wait("a") == 0
    assert tries.wait("a") == 0.5
    for address in range(access.REMEMBERED + 5):
        tries.wait(str(address))
    assert len(tries._failed) == access.REMEMBERED


def test_a_session_survives_a_restart_and_is_kept_as_a_hash(serve: Serve, file: Path, house: House) -> None:
    first = serve(names=file)
    enter(first)
    name = access.cookie_of(house.settings)
    cookie = first.get_cookie(name)
    assert cookie
    again = serve(names=file)
    again.set_cookie(name, cookie.value)
    assert again.get("/_dash-layout").status_code == 200
    kept = list((house.settings.cache_dir / "sessions").iterdir())
    assert len(kept) == 1
    assert cookie.value not in kept[0].name + kept[0].read_text()
    assert kept[0].parent.stat().st_mode & 0o777 == 0o700
    for wrong in ("", "x" * 43, cookie.value[:-1], "../../secret", kept[0].name):
        again.set_cookie(name, wrong)
        assert again.get("/_dash-layout").status_code == 401


def test_signing_out_ends_the_session_itself(serve: Serve, file: Path, house: House) -> None:
    client = serve(names=file)
    enter(client)
    cookie = client.get_cookie(access.cookie_of(house.settings))
    assert cookie
    asked = client.get("/sign-out", headers=HTML)
    assert "signed in as <b>anna</b>" in asked.text
    assert client.get("/_dash-layout").status_code == 200  # asking changes nothing
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/sign-out").headers["Location"] == "/"
    assert client.get("/_dash-layout").status_code == 401
    client.set_cookie(access.cookie_of(house.settings), cookie.value)  # whoever kept it
    assert client.get("/_dash-layout").status_code == 401


@pytest.mark.parametrize("change", ["password", "gone", "broken", "deleted", "aged"])
def test_a_session_ends_with_its_password_or_name(serve: Serve, file: Path, line: str, house: House, change: str) -> None:
    client = serve(names=file)
    enter(client)
    assert client.get("/_dash-layout").status_code == 200
    other = access.generate_password_hash("another password", method="scrypt")
    words = {"password": f"anna:{other}\n", "gone": line.replace("anna", "carl"), "broken": "what\n"}
    if change in words:
        file.write_text(words[change] + "\n")
    elif change == "deleted":
        file.unlink()
    else:
        (session,) = (house.settings.cache_dir / "sessions").iterdir()
        os.utime(session, (1, time.time() - access.YEAR - 9))
    assert client.get("/_dash-layout").status_code == 401


def test_the_address_with_the_token_lets_in_and_leaves_the_token_out(serve: Serve) -> None:
    client = serve(token=TICKET)
    answer = client.get(f"/?w=abc&token={TICKET}", headers={**HTML, "Sec-Fetch-Site": "none"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?w=abc")
    assert TICKET not in answer.headers["Set-Cookie"]
    assert "_dash-config" in client.get("/", headers=HTML).text
    assert client.get(f"/?token={TICKET}").headers["Location"] == "/"  # known already: the token goes all the same
    assert client.get("/?token=wrong").headers["Location"] == "/"


def test_a_wrong_token_is_refused_and_a_right_one_can_be_typed(serve: Serve) -> None:
    client = serve(token=TICKET)
    assert '<label for="token">' in client.get("/", headers=HTML).text
    for wrong in ("x" * 43, "", TICKET[:-1], f"{TICKET}t", "é\x00"):
        answer = client.post("/sign-in", data={"token": wrong}, environ_overrides={"REMOTE_ADDR": f"10.0.0.{len(wrong)}"})
        assert (answer.status_code, sign_in.NOT_OURS in answer.text) == (401, True), wrong
    assert client.get("/?token=wrong", headers=HTML, environ_overrides={"REMOTE_ADDR": "10.0.1.1"}).status_code == 401
    assert client.post("/sign-in", data={"token": f" {TICKET} "}).status_code == 303
    first, second = owner(client), client.application.test_client()
    second.post("/sign-in", data={"token": TICKET})
    assert owner(second) != first  # each browser has its own data


def test_a_session_of_a_token_is_none_of_a_name(serve: Serve, file: Path, house: House) -> None:
    client = serve(token=TICKET)
    client.post("/sign-in", data={"token": TICKET})
    cookie = client.get_cookie(access.cookie_of(house.settings))
    assert cookie
    named = serve(names=file)
    named.set_cookie(access.cookie_of(house.settings), cookie.value)
    assert named.get("/_dash-layout").status_code == 401


def test_nobody_is_asked_on_this_machine_alone(serve: Serve) -> None:
    client = serve()
    assert "_dash-config" in client.get("/", headers=HTML).text
    assert "Sign out" not in client.get("/_dash-layout").text
    assert client.post("/sign-in", data={"token": ""}).status_code == 405


@pytest.mark.parametrize("text", ["", "# nobody\n", "anna\n", "anna:plain\n", "anna:\n", ":scrypt:1:1:1$a$" + "0" * 128, "TWICE"])
def test_a_file_of_names_that_holds_none_is_told_in_words(tmp_path: Path, line: str, text: str) -> None:
    file = tmp_path / "names"
    file.write_text(f"{line}\n{line}\n" if text == "TWICE" else text)
    with pytest.raises(Problem, match="names") as said:
        access.names(file)
    assert "scrypt" not in str(said.value)
    with pytest.raises(Problem, match="could not be read"):
        access.names(tmp_path / "none")


def test_a_password_is_made_from_what_is_typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed: list[str] = []
    monkeypatch.setattr(access.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(access.getpass, "getpass", lambda _: typed.pop(0))
    monkeypatch.setattr("sys.argv", ["app.py", "--new-password", "anna"])
    typed[:] = [WORD, WORD]
    main()
    made = capsys.readouterr().out.strip()
    assert re.fullmatch(r"anna:scrypt:\d+:8:1\$\w+\$[0-9a-f]{128}", made)
    assert access.check_password_hash(made.partition(":")[2], WORD)
    for wrong, sentence in (([WORD, "other"], "two different"), (["short", "short"], "at least 10 letters")):
        typed[:] = wrong
        with pytest.raises(SystemExit, match=sentence):
            main()
    for name in ("", "a:b", " a", "a\nb", "x" * 65):
        with pytest.raises(Problem, match="A name has"):
            access.new_password(name)


def test_the_command_line_says_who_is_asked(file: Path) -> None:
    assert not settings([]).guarded
    one, other = settings(["--auth"]), settings(["--auth"])
    assert len(one.token) >= 43
    assert one.token != other.token
    named = settings(["--auth", str(file), "--trusted-host", "a.example", "--trusted-host", "b.example", "--behind-proxy"])
    assert (named.names, named.token, named.trusted_hosts, named.behind_proxy) == (file, "", ("a.example", "b.example"), True)
    plain = Settings(threads=named.threads)
    assert named == replace(plain, names=file, behind_proxy=True, trusted_hosts=("a.example", "b.example"))


def test_an_address_counts_with_all_that_are_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    for first, second in (("127.0.0.1", "127.9.8.7"), ("127.0.0.1", "::1"), ("::ffff:10.0.0.1", "10.0.0.1"),
                          ("2001:db8:1:2::3", "2001:db8:1:2:ffff::1")):  # fmt: skip
        tries = access.Tries()
        assert tries.wait(first) == 0 and tries.wait(second) > 0, (first, second)
    tries = access.Tries()
    for other in ("10.0.0.1", "10.0.0.2", "2001:db8:1:2::3", "2001:db8:1:3::3", "", "127.0.0.1"):
        assert tries.wait(other) == 0, other


def test_who_comes_in_takes_back_no_failed_try_but_this(monkeypatch: pytest.MonkeyPatch) -> None:
    now, tries = [1000.0], access.Tries()
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    for _ in range(3):
        now[0] += tries.wait("a") or 10
        tries.wait("a")
        now[0] += 10
        assert tries.wait("a") == 0
        tries.right("a")
    assert tries.wait("a") == 0  # nobody who came in waits
    assert tries.wait("a") == access.LONGEST


@pytest.mark.parametrize(("mode", "kind"), [("no-cors", "image"), ("navigate", "iframe")])
def test_a_token_that_a_page_elsewhere_has_fetched_is_no_try(serve: Serve, mode: str, kind: str) -> None:
    client, how = serve(token=TICKET), {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
    for _ in range(3):
        assert client.get("/?token=wrong", headers=how).status_code == 401
    assert client.post("/sign-in", data={"token": TICKET}).status_code == 303


def test_data_after_auth_are_told_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Problem, match="If this is the data to open, write it before --auth"):
        access.names(tmp_path / "my.csv")


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_told_in_a_sentence(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings([f"--port={port}"])
    assert f"{port} is no port; take a whole number from 1 to 65535" in capsys.readouterr().err
