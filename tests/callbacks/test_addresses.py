"""A file from an address, in the app: a worker fetches it, it is kept like an upload, and closed servers refuse."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import multiprocess
import pytest

from app import create_app, settings
from callbacks import deleting, opening, reading, work
from callbacks.house import House
from callbacks.settings import Settings
from callbacks.workspace import EMPTY
from pipeline.results import Problem, silent
from pipeline.store import digest
from tests.callbacks.rooms import until
from tests.pipeline.loading.servers import Server, Visit, serving

TABLE = b"a,b,kind\n" + b"".join(b"%d,%d,%s\n" % (i, i * i % 17, b"xy"[i % 2 : i % 2 + 1]) for i in range(60))
PAGE = b"<!DOCTYPE html><html><body>Log in first</body></html>"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data", threads=1, reach=("127.0.0.1",)))


@pytest.fixture
def web() -> Iterator[Server]:
    def script(visit: Visit) -> None:
        if visit.path == "/slow.csv":
            visit.answer(Content_Length="9999999")
            while True:
                visit.send(TABLE)
                time.sleep(0.05)
        visit.answer(PAGE if visit.path == "/page" else TABLE, Content_Disposition='attachment; filename="set.csv"')

    with serving(script) as server:
        yield server


def request(web: Server, path: str = "/data") -> dict[str, Any]:
    return {"address": f"http://127.0.0.1:{web.port}{path}", "name": path[1:], "choices": {}}


def doing(house: House, key: str) -> Any:
    """A real worker for a job."""
    process = multiprocess.get_context("spawn").Process(target=work.open_file, args=({"job": key}, house.settings), daemon=True)
    process.start()
    return process


def parts(house: House, owner: str) -> list[Path]:
    return list(house.uploads(owner).glob("part-*"))


def test_a_worker_fetches_reads_and_keeps_the_file(house: House, web: Server) -> None:
    key = house.records.queue("open", "me", request(web))
    doing(house, key).join(60)
    record = house.records.read(key) or {}
    assert record["state"] == "finished", record["problem"]
    asked = record["request"]
    assert "address" not in asked and (house.uploads("me") / asked["token"]).read_bytes() == TABLE
    made = record["results"]["dataset"]
    step = house.store.meta(made)["recipe"][0]
    assert step["request"]["source"]["address"] == f"http://127.0.0.1:{web.port}/data" and step["request"]["source"]["when"]
    dataset = house.store.get(made)
    assert (dataset.name, len(dataset.rows), dataset.details["source"]) == ("set.csv", 60, step["request"]["source"])
    assert house.store.meta(made)["owner"] == "me" and not parts(house, "me")


def test_another_answer_is_read_from_the_kept_file(house: House, web: Server) -> None:
    first = reading.dataset(house, "me", reading.fetched(house, "me", request(web), silent), silent)
    second = reading.dataset(house, "me", {"dataset": first, "choices": {"header": False}}, silent)
    assert (len(house.store.get(first).rows), len(house.store.get(second).rows)) == (60, 61)
    assert house.store.get(second).details["source"] == house.store.get(first).details["source"]
    assert len(web.visits) == 1


def test_a_file_that_cannot_be_read_is_kept_too(house: House, web: Server) -> None:
    key = house.records.queue("open", "me", request(web, "/page"))
    doing(house, key).join(60)
    record = house.records.read(key) or {}
    assert record["state"] == "failed" and "set.csv is a web page (HTML)" in record["problem"]
    assert (house.uploads("me") / record["request"]["token"]).read_bytes() == PAGE


def test_the_key_comes_from_the_content(house: House, web: Server) -> None:
    keys = set()
    for path in ("/one", "/two"):
        keys.add(reading.dataset(house, "me", reading.fetched(house, "me", request(web, path), silent), silent))
    sent = house.uploads("me") / digest("upload", hashlib.sha256(TABLE).hexdigest())
    keys.add(reading.dataset(house, "me", {"token": sent.name, "name": "set.csv", "choices": {}}, silent))
    assert sent.read_bytes() == TABLE and len(keys) == 1
    other = reading.dataset(house, "you", reading.fetched(house, "you", request(web), silent), silent)
    assert other not in keys


def test_an_address_is_asked_again_each_time(house: House, web: Server) -> None:
    assert reading.slow(house, request(web))  # the web process never looks for it
    for _ in range(2):
        reading.fetched(house, "me", request(web), silent)
    assert len(web.visits) == 2


def test_what_is_too_large_leaves_nothing(house: House, web: Server) -> None:
    small = House(replace(house.settings, max_upload=100))
    with pytest.raises(Problem, match="largest file that is taken here"):
        reading.fetched(small, "me", request(web), silent)
    assert not list(house.uploads("me").iterdir())


def test_stopping_ends_the_fetch_and_leaves_nothing(house: House, web: Server, asking: Any) -> None:
    me = asking("a")
    state: dict[str, Any] = {**EMPTY, "id": "page", "jobs": {}}
    start = opening._fetched(house, state, f"http://127.0.0.1:{web.port}/slow.csv")
    assert start and start["lane"] == "open" and state["jobs"]["open"] == start["job"]
    process = doing(house, start["job"])
    until(lambda: "Fetching slow.csv" in (house.records.read(start["job"]) or {})["note"], 60)
    assert len(parts(house, me)) == 1
    opening._stop(house, state)
    assert not parts(house, me)
    process.join(6)
    assert not process.is_alive()
    assert (state["jobs"], state["said"]) == ({}, "Stopped. Nothing new was opened.")
    assert (house.records.read(start["job"]) or {})["state"] == "stopped"


def test_a_newer_address_takes_the_place_of_one_that_is_being_fetched(house: House, web: Server, asking: Any) -> None:
    asking("a")
    state: dict[str, Any] = {**EMPTY, "id": "page", "jobs": {}}
    first = opening._fetched(house, state, f"http://127.0.0.1:{web.port}/slow.csv")
    again = opening._fetched(house, state, f"http://127.0.0.1:{web.port}/slow.csv")
    assert first == again and (house.records.read(first["job"]) or {})["state"] == "queued"
    second = opening._fetched(house, state, f"http://127.0.0.1:{web.port}/data")
    assert (house.records.read(first["job"]) or {})["state"] == "stopped"
    assert state["jobs"] == {"open": second["job"]}


def test_labels_that_came_before_go_with_it(house: House, asking: Any) -> None:
    asking("a")
    waiting = {"token": "f" * 40, "name": "kinds.csv"}
    state: dict[str, Any] = {**EMPTY, "id": "page", "jobs": {}, "labels": waiting, "then": "explore"}
    start = opening._fetched(house, state, "https://example.org/t.csv")
    asked = (house.records.read(start["job"]) or {})["request"]
    assert (asked["labels"]["name"], asked["labels"]["waited"], state["then"]) == ("kinds.csv", True, "explore")


def test_what_was_left_half_written_by_a_killed_process_is_swept(house: House, web: Server) -> None:
    folder = house.uploads("me")
    folder.mkdir(parents=True)
    for pid in (999_999_999, os.getpid()):
        (folder / f"part-{pid}-x").touch()
    reading.fetched(house, "me", request(web), silent)
    assert [part.name for part in parts(house, "me")] == [f"part-{os.getpid()}-x"]


def test_deleting_removes_the_fetched_file(house: House, web: Server, asking: Any) -> None:
    me = asking("a")
    asked = reading.fetched(house, me, request(web), silent)
    key = reading.dataset(house, me, asked, silent)
    deleting.delete(house, key, house.workspaces.new(me))
    assert not house.store.has(key) and not list(house.uploads(me).iterdir())


# Where others can use the app, addresses are fetched only if that is allowed.


@pytest.mark.parametrize(
    ("host", "allowed", "fetches"),
    [("127.0.0.1", False, True), ("127.0.0.2", False, True), ("::1", False, True), ("localhost", False, True),
     ("0.0.0.0", False, False), ("::", False, False), ("192.168.1.5", False, False), ("lab.example", False, False),  # noqa: S104
     ("", False, False), ("0.0.0.0", True, True), ("lab.example", True, True)],  # noqa: S104
)  # fmt: skip
def test_addresses_are_for_who_sits_at_this_machine(host: str, allowed: bool, fetches: bool) -> None:
    assert Settings(host=host, allow_urls=allowed).fetches is fetches


def test_the_option_is_on_the_command_line() -> None:
    assert not settings([]).allow_urls and settings(["--allow-urls"]).allow_urls


@pytest.mark.parametrize(("host", "there"), [("127.0.0.1", True), ("192.0.2.1", False)])
def test_a_server_that_is_open_to_others_has_no_field_and_no_callback(house: House, host: str, there: bool) -> None:
    app = create_app(replace(house.settings, host=host))
    drawn = app.server.test_client().get("/_dash-layout", base_url=f"http://{host}").get_data(as_text=True)
    app.server.extensions["jobs"].end()
    asked = [each["id"] for told in app.callback_map.values() for each in told["inputs"]]
    assert "upload-data" in drawn and "samples" in asked
    assert ("web-address" in drawn, "fetch" in asked) == (there, there)


def test_a_worker_of_such_a_server_refuses(house: House, web: Server) -> None:
    closed = House(replace(house.settings, host="192.0.2.1"))
    with pytest.raises(Problem, match="not fetched by this server"):
        reading.fetched(closed, "me", request(web), silent)
    assert web.knocks == 0
