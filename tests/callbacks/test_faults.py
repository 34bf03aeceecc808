"""Processes killed, stopped and filled up for real, in every state of a run: it is said, and nothing finished is lost."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from callbacks import jobs as jobs_module
from callbacks import work
from callbacks.house import EVERYONE, House
from callbacks.jobs import JobManager
from callbacks.settings import Settings
from pipeline.store import Store
from tests.callbacks import lukewarm
from tests.callbacks.rooms import LONG, SHORT, points, put, recipe, start_body, until
from tests.callbacks.test_server import Running, family, gone

ROOT = Path(__file__).parents[2]
STATES = ("queued", "loading", "iterating", "writing", "finished")
TOGETHER = ("queued", "loading", "writing")  # while one waits another iterates, and others have finished: three kills hit all
SAID = 15.0  # seconds: three times what is promised
OVER = ("finished", "failed", "stopped", "lost")
WORK = {"open": work.open_file, "explore": work.explore, "group": work.group}
LARGE = "7" * 40  # a dataset whose features take a while to write
FILE = "f" * 40  # a file that takes a while to read
FORKSERVER = "multiprocess.forkserver import main"


@dataclass
class Room:
    """A house whose jobs can be brought into any state, and what was finished in it so far."""

    house: House
    call: Callable[[str, str], Any]  # starts the worker of a lane for a key
    jobs: JobManager | None = None
    finished: list[str] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=lambda: count(1))
    others: list[str] = field(default_factory=list)  # jobs that only hold a slot

    def record(self, key: str) -> dict[str, Any]:
        return self.house.records.read(key) or {}

    def asked(self, lane: str, request: dict[str, Any]) -> str:
        key = self.house.records.queue(lane, EVERYONE, request)
        self.call(lane, key)
        return key

    def explored(self, projection: dict[str, Any], n: int = 0) -> str:
        """A map of data that nobody has asked for before."""
        number = next(self.number)
        key = put(self.house, points(n or 200 + number), EVERYONE, str(number).zfill(40))
        return self.asked("explore", {"recipe": recipe(key, projection)})

    def reach(self, state: str) -> str:
        """Key of a job that has just come into this state."""
        return str(getattr(self, f"_{state}")())

    def _queued(self) -> str:
        self.others = [self.explored(LONG, 3000 + next(self.number)) for _ in range(self.house.records.slots["explore"])]
        until(lambda: all(self.record(other)["frame"] for other in self.others), 60)
        key = self.explored(SHORT)
        until(lambda: (found := self.record(key))["pid"] and found["place"] and found, 60)
        return key

    def _loading(self) -> str:
        request = {"token": FILE, "name": "large.csv", "choices": {"skip": 0, "number": next(self.number)}}
        key = self.asked("open", request)
        until(lambda: self.record(key)["stage"] == "open", 60)
        return key

    def _iterating(self) -> str:
        key = self.explored(LONG, 3000 + next(self.number))
        until(lambda: self.record(key)["frame"], 60)
        return key

    def _writing(self) -> str:
        for _ in range(10):  # writing takes a hundredth of a second, so it may be missed
            step = {"algorithm": "standard", "settings": {"pca": 40 - next(self.number) % 38}}
            key = self.asked("explore", {"recipe": recipe(LARGE) | {"embedding": step}})
            end = time.monotonic() + 60
            while self.record(key)["state"] not in OVER and time.monotonic() < end:
                if pid := self.record(key)["pid"]:
                    while psutil.pid_exists(pid) and self.house.records._held(key):
                        if any(name.startswith(f"tmp-{pid}-") for name in os.listdir(self.house.store.folder)):
                            return key
        return key

    def _finished(self) -> str:
        key = self.explored(SHORT)
        self.ended(key)
        return key

    def ended(self, key: str, seconds: float = 60.0) -> dict[str, Any]:
        return until(lambda: (found := self.record(key)) and found["state"] in OVER and found, seconds)

    def runs(self) -> None:
        """A new run succeeds; its results join what must never be lost."""
        record = self.ended(self.explored(SHORT))
        assert (record["state"], record["problem"]) == ("finished", "")
        self.finished += record["results"].values()

    def goes_on(self, key: str, before: dict[str, Any]) -> None:
        """The same workers go on with this job and with those that hold a slot."""
        for other in self.others:
            frame = self.record(other)["frame"]
            until(lambda: self.record(other)["frame"] > frame, 60)  # noqa: B023
        now = self.record(key)
        assert now["state"] in ("queued", "running", "finished")
        assert (now["pid"], now["queued"]) == (before["pid"], before["queued"])
        self.freed()
        assert self.ended(key)["state"] == "finished"

    def freed(self) -> None:
        """Nobody else holds a slot any more."""
        while self.others:
            self.house.records.stop(self.others.pop())

    def whole(self) -> None:
        """Nothing finished is lost, nothing torn is shown, and nobody is left over."""
        fresh = Store(self.house.store.folder)
        for key in [*self.finished, *(name for name, _ in fresh.entries())]:
            assert fresh.get(key)
        workers = [(record["pid"], record["created"]) for record in self.house.records.live()]
        assert workers == []
        assert fresh.damaged(LARGE) is None


def filled(house: House) -> None:
    """A dataset that is large enough to be caught while its features are written, and a file while it is read."""
    put(house, points(40_000, 40), EVERYONE, LARGE)
    folder = house.uploads(EVERYONE)
    folder.mkdir(parents=True)
    lines = [",".join(f"{value:.6f}" for value in row) for row in np.random.default_rng(1).random((2000, 30))]
    (folder / FILE).write_text("\n".join([",".join(f"x{i}" for i in range(30)), *(20 * lines)]))


def forkservers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if FORKSERVER in " ".join(jobs_module._words(child))]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A manager of this process, with a warm forkserver, and one slot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs_module, "warm", lukewarm)
        house = House(Settings(cache_dir=tmp_path_factory.mktemp("room"), threads=1, slots=1))
        jobs = JobManager(house)
        jobs.warm_up()
        assert jobs.warm.wait(60)
        filled(house)

        def call(lane: str, key: str) -> int:
            return jobs.call_job_fn("answer", jobs.make_job_fn(WORK[lane], None), [{"job": key}], {})

        yield Room(house, call, jobs)
        jobs.end()
        assert not forkservers()


@pytest.mark.parametrize("state", STATES)
def test_a_worker_killed_in_any_state(room: Room, state: str, size: Any) -> None:
    chance = np.random.default_rng(STATES.index(state))
    for _ in range(size(1, 20)):
        key = room.reach(state)
        time.sleep(chance.random() * 0.02)
        pid = room.record(key)["pid"]
        killed = time.monotonic()
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
        record = room.ended(key, SAID)
        assert time.monotonic() - killed < SAID
        assert record["state"] == "finished" or "ended unexpectedly" in record["problem"]
        assert state in ("writing", "finished") or record["state"] == "lost"  # a quick hand may come too late
        room.freed()
        room.runs()
        assert gone([psutil.Process(pid)] if psutil.pid_exists(pid) else [])
        room.whole()


@pytest.mark.parametrize("state", TOGETHER)
def test_a_forkserver_killed_in_any_state(room: Room, state: str, size: Any) -> None:
    for _ in range(size(1, 20)):
        assert room.jobs.warm.wait(60)
        key = room.reach(state)
        before = room.record(key)
        for process in forkservers():
            process.kill()
        room.goes_on(key, before)
        first = room.explored(SHORT)
        assert not room.jobs.warm.is_set()  # it did not wait until another forkserver has loaded everything
        assert room.ended(first)["state"] == "finished"
        assert room.jobs.warm.wait(60)
        room.runs()
        room.whole()
    assert forkservers()


def test_a_storm_of_starts_and_stops_leaves_nothing(room: Room, size: Any) -> None:
    chance, keys = np.random.default_rng(5), []
    room.runs()
    before, workers = psutil.Process().num_fds(), len(psutil.Process().children(recursive=True))
    for _ in range(size(40, 1000)):
        if chance.random() < 0.5 or not keys:
            keys.append(room.explored(LONG))
        else:
            room.house.records.stop(keys[int(chance.integers(len(keys)))])  # maybe once more
    for key in keys:
        room.house.records.stop(key)
    assert {room.record(key)["state"] for key in keys} <= {"stopped", "finished"}
    until(lambda: len(psutil.Process().children(recursive=True)) <= workers)
    room.runs()
    until(lambda: gc.collect() >= 0 and psutil.Process().num_fds() <= before + 4)
    assert not list((room.house.records.folder / "lanes" / "explore" / "waiting").iterdir())
    room.whole()


COLD = """
import sys
from app import create_app, settings
from callbacks import server
from callbacks.jobs import JobManager
JobManager.warm_up = lambda self: None  # nobody waits for it here
wanted = settings(sys.argv[1:])
server.serve(lambda: create_app(wanted), wanted)
"""


def launched(folder: Path, port: int, ended: list[psutil.Process]) -> Running:
    """The app as it is served, on this port."""
    command = [sys.executable, "-c", COLD, "--port", str(port), "--cache-dir", str(folder), "--threads", "1", "--slots", "1"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True)
    ended.append(psutil.Process(started.pid))
    assert started.stdout
    said = started.stdout.readline()
    assert said.startswith("Cluster Explorer is at"), said
    return Running(psutil.Process(started.pid), said.split()[4], House(Settings(cache_dir=folder, threads=1, slots=1)))


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder, ended = tmp_path_factory.mktemp("cold") / "cache", []
    filled(House(Settings(cache_dir=folder, threads=1)))
    here = {"app": launched(folder, 0, ended)}

    def call(lane: str, key: str) -> None:
        here["app"].ask("/_dash-update-component", start_body(lane, key).encode(), {"Content-Type": "application/json"})

    def again() -> float:
        """Seconds until a new server answers where the killed one was."""
        before = time.monotonic()
        here["app"] = launched(folder, int(here["app"].address.rsplit(":", 1)[1]), ended)
        here["app"].ask("/health")
        return time.monotonic() - before

    yield here, Room(House(Settings(cache_dir=folder, threads=1, slots=1)), call), again
    here["app"].process.terminate()
    for process in ended:
        process.wait(30)


@pytest.mark.parametrize("state", TOGETHER)
def test_a_server_killed_in_any_state(cold: Any, state: str, size: Any) -> None:
    here, room, again = cold
    for _ in range(size(1, 20)):
        key = room.reach(state)
        before = room.record(key)
        for process in family(here["app"].process)[:2]:  # gunicorn and its web process
            process.kill()
        assert again() < SAID
        room.goes_on(key, before)
        room.runs()
        room.whole()
