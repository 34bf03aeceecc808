"""Whatever lies in the cache folder, the app starts; what was damaged is made again; a clock may be set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import create_app
from callbacks import errors, healing, reading, requests, work
from callbacks import secret as secret_module
from callbacks.following import read, taken_in
from callbacks.house import House
from callbacks.view import entered
from layouts import status
from pipeline import stages
from pipeline.results import silent
from pipeline.store import digest
from tests.callbacks.rooms import SHORT, points, put, recipe
from tests.callbacks.test_work import job_of, sent

ROOT = Path(__file__).parents[2]
YEARS = 10 * 365 * 86_400


def hurt(file: Path) -> None:
    """Turn a bit in the middle of a file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


def largest(folder: Path) -> Path:
    return max((file for file in folder.iterdir() if file.name != "meta.json"), key=lambda file: file.stat().st_size)


def explored(house: House, owner: str, dataset: str) -> dict[str, Any]:
    """State of a page that shows a map of this dataset."""
    asked = recipe(dataset, SHORT)
    steps = requests.wanted(asked)
    results = {part: stages.run(stages.Work(house.store), step, part.split(".")[0]) for part, step in steps.items()}
    name = house.workspaces.new(owner)
    return house.workspaces.change(owner, name, lambda state: state.update(dataset=dataset, recipe=asked, results=results))


def done(house: House, owner: str, name: str, lane: str, body: Any) -> dict[str, Any]:
    """The state of a page once the job of this lane has been done in this process, and its page has heard of it."""
    state = house.workspaces.read(owner, name)
    key = state["jobs"][lane]
    house.records.change(key, state="running")
    job = work.Job(house, house.records.read(key))
    house.records.change(key, **work._ended(body, job, house.settings), **job.outcome())
    return taken_in(house, state, read(house, state["jobs"]))[0]


@pytest.mark.parametrize("part", ["projection", "quality.preservation"])
def test_a_page_whose_map_was_damaged_makes_it_anew_and_says_so(house: House, asking: Any, part: str) -> None:
    me = asking("me")
    state = explored(house, me, put(house, points(), me))
    truth = np.array(house.store.get(state["results"]["projection"]).positions)
    fresh = House(house.settings)
    folder = fresh.store.path(state["results"][part])
    hurt(largest(folder) if part == "projection" else folder / "meta.json")
    changed, start = entered(fresh, state["id"])
    assert changed["said"] == status.MENDED
    assert part not in changed["results"]
    assert start["lane"] == "explore"
    assert status.MENDED in status.run_words(fresh.records.read(start["job"]) | {"state": "running"})
    after = done(fresh, me, state["id"], "explore", work._explore)
    assert after["results"] == state["results"]
    assert after["said"].endswith(status.MENDED_THEN)
    np.testing.assert_array_equal(House(house.settings).store.get(after["results"]["projection"]).positions, truth)
    assert entered(House(house.settings), state["id"])[0]["version"] == after["version"]  # and then it is whole


def test_a_page_whose_data_were_damaged_reads_the_file_again(house: House, asking: Any) -> None:
    me = asking("me")
    state = explored(house, me, reading.dataset(house, me, sent(house, me), silent))
    fresh = House(house.settings)
    hurt(largest(fresh.store.path(state["dataset"])))
    changed, start = entered(fresh, state["id"])
    assert (changed["dataset"], changed["results"], changed["said"]) == (None, {}, status.MENDED)
    assert start["lane"] == "open"
    after = done(fresh, me, state["id"], "open", work._read)
    assert (after["dataset"], after["results"], after["recipe"]) == (state["dataset"], state["results"], state["recipe"])
    assert House(house.settings).dataset(after["dataset"])


def test_data_whose_request_is_gone_too_are_asked_for_in_words(house: House, asking: Any) -> None:
    me = asking("me")
    state = explored(house, me, reading.dataset(house, me, sent(house, me), silent))
    fresh = House(house.settings)
    hurt(fresh.store.path(state["dataset"]) / "meta.json")
    changed, _ = entered(fresh, state["id"])
    assert changed["problem"] == healing.UNKNOWN


def test_a_run_on_damaged_data_reads_the_file_again_itself(house: House) -> None:
    key = reading.dataset(house, "me", sent(house, "me"), silent)
    hurt(largest(house.store.path(key)))
    fresh = House(house.settings)
    job = job_of(fresh, "explore", {"recipe": recipe(key)})
    assert work._ended(work._explore, job, fresh.settings) == {"state": "finished"}
    assert fresh.records.read(job.key)["mended"]
    assert House(house.settings).dataset


def test_a_map_that_was_computed_before_is_not_shown_when_it_is_damaged(house: House) -> None:
    asked = recipe(put(house, points(), "me"))
    work._explore(job_of(house, "explore", {"recipe": asked}))
    found = requests.explored(house, asked)
    hurt(largest(house.store.path(found["projection"])))
    assert requests.explored(House(house.settings), asked) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_app_starts_whatever_lies_in_its_folder(house: House, seed: int) -> None:
    chance = np.random.default_rng(seed)
    client = create_app(house.settings).server.test_client()
    client.get("/")
    state = explored(house, digest("x"), put(house, points(), digest("x")))
    house.records.queue("explore", "me", {"recipe": recipe(state["dataset"])})
    client.application.extensions["jobs"].end()
    cache = house.settings.cache_dir
    for file in [file for file in cache.rglob("*") if file.is_file()]:
        if chance.random() < 0.7:
            file.write_bytes(chance.bytes(int(chance.integers(200))))
    for name in ("dash-x", "dash-", "results/zz", "results/tmp-", "jobs/x", "jobs/" + "a" * 40, "workspaces/x", "uploads/x"):
        (cache / name).mkdir(parents=True, exist_ok=True)
        (cache / name / "garbage").write_bytes(chance.bytes(50))
    for name in ("results/tmp-x-y", "jobs/newest-x", "workspaces/x/y.jsonl", "jobs/" + "b" * 40, "uploads/y"):
        (cache / name).write_bytes(b"\xff\x00 not ours")
    app = create_app(house.settings)
    again = app.server.test_client()
    assert again.get("/").status_code == again.get("/health").status_code == 200
    assert again.post("/follow", json={"workspace": state["id"]}).status_code == 404
    fresh = House(house.settings)
    fresh.store.prune(set())
    assert all(fresh.store.get(key) for key in [put(fresh, points(), "me", "5" * 40)])
    work._explore(job_of(fresh, "explore", {"recipe": recipe("5" * 40)}))
    app.server.extensions["jobs"].end()


def test_a_torn_line_of_a_workspace_is_passed_over(house: House) -> None:
    rooms = house.workspaces
    name = rooms.new("me")
    for number in range(5):
        rooms.change("me", name, lambda state, number=number: state.update(said=f"number {number}"))
    file = rooms.folder / "me" / f"{name}.jsonl"
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*lines[:-1], lines[-1].replace(b"number 4", b"number 9")]) + b"\n")
    assert rooms.read("me", name)["said"] == "number 3"
    file.write_bytes(b"\n".join([*lines[:-1], lines[-1][:-30], b"\xff\xfe"]) + b"\n")
    assert rooms.read("me", name)["said"] == "number 3"
    rooms.change("me", name, lambda state: state.update(said="on"))
    assert rooms.read("me", name)["said"] == "on"


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"a" * 64 + b"\t" + b"0" * 16, None])
def test_the_secret_is_kept_twice(tmp_path: Path, damage: bytes | None) -> None:
    truth = secret_module.kept(tmp_path)
    for name in secret_module.NAMES:
        (tmp_path / name).unlink() if damage is None else (tmp_path / name).write_bytes(damage)
        assert secret_module.kept(tmp_path) == truth
    first = "c" * 64
    for name in secret_module.NAMES:
        (tmp_path / name).unlink()
    (tmp_path / "secret").write_text(first)  # as it was written before it had a hash
    assert secret_module.kept(tmp_path) == secret_module.kept(tmp_path) == first


@pytest.mark.parametrize("way", ["file", "readonly"])
def test_a_folder_that_cannot_be_written_is_told_at_the_start(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "cache"
    if way == "file":
        folder.write_text("")
    else:
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("only root can make a disk that is read-only")
    command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--cache-dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if way == "readonly":
        subprocess.run(["umount", "--lazy", folder], check=True)
    assert ended.returncode == 1
    why = "file exists" if way == "file" else "read-only file system"
    words = r"Cannot write to (\S+): (.*)\. Make it a folder that you may write to, or choose another with --cache-dir\.\n"
    found = re.fullmatch(words, ended.stderr)
    assert found and found[1].startswith(str(folder)) and found[2] == why


@pytest.mark.parametrize("leap", [-86_400, YEARS])
def test_a_clock_that_is_set_harms_nothing(house: House, leap: int, monkeypatch: pytest.MonkeyPatch) -> None:
    key = house.records.queue("explore", "me", {"recipe": {}})
    over = house.records.queue("open", "me", {})
    house.records.stop(over)
    house.records.followed([key], "page")
    name = house.workspaces.new("me")
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + leap)
    assert house.records.read(key)["state"] == "queued"
    assert house.records.shared(key, "other")
    assert not house.records.waits(key, 60)
    with house.records.held(key) as mine:
        assert mine
        house.records.change(key, state="running", started=time.monotonic())
        assert 0 <= house.records.read(key)["seconds"] < 60
        house.records.tidy()
        house.workspaces.tidy()
    assert house.records.read(key)["state"] == "lost"
    assert house.records.read(over)
    assert house.workspaces.read("me", name)
    assert house.workspaces.held() == set()


def test_what_pages_looked_at_lately_is_held(house: House) -> None:
    for number in range(3):
        name = house.workspaces.new("me")
        house.workspaces.change("me", name, lambda state, n=number: state.update(results={"projection": str(n) * 40}))
        file = house.workspaces.folder / "me" / f"{name}.jsonl"
        os.utime(file, (time.time() - 2 * 86_400 * (number == 0),) * 2)
    assert house.workspaces.held() == {"1" * 40, "2" * 40}
    assert house.store.held() == house.workspaces.held()


def test_the_log_never_quotes_a_file(tmp_path: Path) -> None:
    cell = "Jane Doe, 4711"

    def inner() -> None:
        float(cell)

    try:
        try:
            inner()
        except ValueError as error:
            raise KeyError(cell) from error
    except KeyError as error:
        error.add_note(cell)
        sentence = errors.calm(error, tmp_path / "log.txt")
    log = (tmp_path / "log.txt").read_text()
    assert "Reference" in sentence
    assert all(word in log for word in ("KeyError", "ValueError", "in inner", "which came of"))
    assert "Jane" not in log and "4711" not in log
    assert errors.calm(OSError(30, "x"), tmp_path / "log.txt") == errors.LOCKED
    assert errors.calm(OSError(28, "x"), tmp_path / "log.txt") == errors.FULL


def test_a_secret_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    truth = secret_module.kept(tmp_path)
    held = (tmp_path / "secret").rename(tmp_path / "aside")
    (tmp_path / "secret").mkdir()  # reading it is an error, and it is there
    (tmp_path / "secret.copy").unlink()
    command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--cache-dir", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{tmp_path / 'secret'} cannot be read: is a directory. Everyone's data hang on it")
    (tmp_path / "secret").rmdir()
    held.rename(tmp_path / "secret")
    assert secret_module.kept(tmp_path) == truth


def test_what_cannot_be_taken_in_is_said_once_and_the_page_goes_on(house: House, asking: Any) -> None:
    me = asking("m")
    name = house.workspaces.new(me)
    key = house.records.queue("open", me, {"name": "x.csv"})
    house.records.change(key, state="finished", results={"dataset": "9" * 40})  # which is not stored any more
    house.workspaces.change(me, name, lambda state: state["jobs"].update(open=key))
    now = house.state(name)
    state, start = taken_in(house, now, read(house, now["jobs"]))
    assert (state["jobs"], start) == ({}, None) and "no longer stored" in state["problem"]
    assert house.state(name)["jobs"] == {}


def test_nobody_waits_for_what_is_done_for_another(house: House) -> None:
    rooms, going, over = house.workspaces, threading.Event(), threading.Event()
    other = next(name for name in map(str, range(99)) if rooms._guard(name) is not rooms._guard("me"))

    def hash_a_folder(state: dict[str, Any]) -> None:
        going.set()
        over.wait(10)

    busy = threading.Thread(target=rooms.change, args=("me", "mine", hash_a_folder))
    busy.start()
    assert going.wait(10)
    quick = threading.Thread(target=rooms.change, args=(other, "theirs", lambda state: None))
    quick.start()
    quick.join(5)
    told = quick.is_alive()
    over.set()
    busy.join()
    quick.join()
    assert not told
