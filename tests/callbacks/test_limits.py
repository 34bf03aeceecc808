"""Workers that hang, grow or abort, and jobs that are asked for again and again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from callbacks import jobs as jobs_module
from callbacks import lanes, processes, pulse, work
from callbacks import records as module
from callbacks.house import House
from callbacks.jobs import JobManager
from callbacks.records import Records
from tests.callbacks.rooms import SHORT, points, put, recipe, until

ROOT = Path(__file__).parents[2]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
WORKER = """
import re, sys, threading
from pathlib import Path
from callbacks import pulse
from callbacks.records import Records
records, key, task = Records(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
with records.held(key) as mine:
    assert mine
    pulse.keep(records.pulse(key), 2**50, print)
    records.change(key, state="running")
    print("held", flush=True)
    if task == "works":
        while True:
            sum(range(10_000))
    if task == "waits":
        threading.Event().wait()
    if task == "one long call":  # it lets no other thread of this process run
        re.match(r"(a+)+$", "a" * 60 + "b")
    if task == "aborts":
        import os
        os.abort()
"""


def worker(records: Records, key: str, task: str, ended: list[psutil.Process]) -> psutil.Process:
    """A process that holds a job and does this task."""
    command = [sys.executable, "-c", WORKER, str(records.folder), key, task]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=HERE)
    ended.append(psutil.Process(started.pid))
    assert started.stdout
    with started.stdout:
        assert started.stdout.readline() == b"held\n"
    until(lambda: records.pulse(key).exists())
    return ended[-1]


@pytest.fixture
def records(house: House, monkeypatch: pytest.MonkeyPatch) -> Records:
    """Records whose readers have less patience than half a minute."""
    monkeypatch.setattr(pulse, "SILENT", 1.6)
    return house.records


@pytest.mark.parametrize("task", ["works", "waits"])
def test_a_worker_that_stops_is_ended_and_that_is_said(records: Records, task: str, ended: list[psutil.Process]) -> None:
    key = records.queue("explore", "me", {"asked": 1})
    process = worker(records, key, task, ended)
    if task == "works":
        process.send_signal(signal.SIGSTOP)
    record = until(lambda: (found := records.read(key)) and found["state"] == "lost" and found)
    assert record["problem"] == module.SILENT
    assert "Settings are kept" in module.SILENT
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert records.queue("explore", "me", {"asked": 1}) == key
    with records.held(key) as mine:
        assert mine


@pytest.mark.parametrize("task", ["works", "one long call"])
def test_a_worker_that_works_is_never_ended(records: Records, task: str, ended: list[psutil.Process]) -> None:
    key = records.queue("explore", "me", {})
    process = worker(records, key, task, ended)
    process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGCONT)  # in time
    end = time.monotonic() + 2 * pulse.SILENT
    while time.monotonic() < end:
        assert (records.read(key) or {})["state"] == "running"
        time.sleep(0.1)
    before = sum(process.cpu_times()[:2])
    assert until(lambda: sum(process.cpu_times()[:2]) > before)


def test_who_waits_for_a_slot_ends_the_one_that_holds_it_and_hangs(
    records: Records, ended: list[psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "ROUND", 0.2)
    key = records.queue("open", "me", {})
    held = records.lane(records.read(key)).enter(key, 0.0, lambda place: None)
    process = worker(records, key, "waits", ended)
    process.suspend()
    lane = records.lane(records.read(key))
    lane.slots = 1
    waiting = threading.Thread(target=lambda: lane.enter("other", 1.0, lambda place: None).release(), daemon=True)
    waiting.start()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    held.release()
    waiting.join(10)
    assert not waiting.is_alive()


HUNGRY = """
import sys, time
from pathlib import Path
import numpy as np
from callbacks import pulse, work
from callbacks.settings import Settings
settings, held = Settings(cache_dir=Path(sys.argv[1]), threads=1, memory=pulse.memory() + 200 * 2**20), []
def never(job):
    np.ones(10**13)
def hungry(job):
    for _ in range(100):
        held.append(np.ones(2**22))
        time.sleep(0.05)
work._do({"job": sys.argv[2]}, settings, "explore", {"never": never, "hungry": hungry}[sys.argv[3]])
"""


@pytest.mark.parametrize(("task", "code", "words"), [
    ("never", 0, ["not enough memory", "Use fewer rows"]),
    ("hungry", 1, ["This run needed more than 0.", "Use fewer rows", "--memory"]),
])  # fmt: skip
def test_a_run_that_needs_too_much_memory_ends_alone_and_says_what_to_do(house: House, task: str, code: int, words: Any) -> None:
    key = house.records.queue("explore", "me", {})
    command = [sys.executable, "-c", HUNGRY, str(house.settings.cache_dir), key, task]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=HERE)
    assert (done.returncode, done.stderr) == (code, "")
    record = house.records.read(key) or {}
    assert record["state"] == "failed"
    assert all(part in record["problem"] for part in words)


def test_a_job_that_ends_its_worker_twice_is_parked_also_for_the_next_server(house: House, ended: list[psutil.Process]) -> None:
    records = house.records
    for _ in range(2):
        key = records.queue("explore", "me", {"poison": True})
        process = worker(records, key, "aborts", ended)
        process.wait(20)
        assert until(lambda: records.read(key)["state"] == "lost")  # noqa: B023
    for again in (records, Records(records.folder)):
        assert again.queue("explore", "me", {"poison": True}) == key
        record = again.read(key)
        assert (record["state"], record["problem"]) == ("failed", module.PARKED)
        assert not again.waits(key)
        with again.held(key) as mine:
            assert not mine
    jobs = JobManager(house)
    assert jobs.call_job_fn("answer", jobs.make_job_fn(work.explore, None), [{"job": key}], {}) == os.getpid()
    assert jobs.handle.get("answer") == key
    jobs.end()


def test_a_parked_job_may_start_again_later(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    key = records.queue("explore", "me", {})
    for deaths in (1, 2):
        records.change(key, pid=2**22 + 1, created=1.0, state="running")
        records.queue("explore", "me", {})
        assert records.read(key)["lost"] == deaths
    assert records.read(key)["problem"] == module.PARKED
    monkeypatch.setattr(module, "REST", 0.0)
    records.queue("explore", "me", {})
    assert (records.read(key)["state"], records.read(key)["lost"]) == ("queued", 0)
    records.change(key, pid=2**22 + 1, created=1.0)
    records.queue("explore", "me", {})
    records.change(key, state="finished")
    records.queue("explore", "me", {})
    assert records.read(key)["lost"] == 0


def test_a_worker_that_dies_before_it_holds_its_job_is_told_at_once(records: Records) -> None:
    started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    key = records.queue("explore", "me", {})
    assert records.waits(key)
    records.called(key, started.pid, processes.birth(started.pid))
    assert not records.waits(key)
    assert records.read(key)["state"] == "queued"
    started.kill()
    record = until(lambda: (found := records.read(key)) and found["state"] == "lost" and found, 15)
    assert record["problem"] == module.UNBORN
    started.wait()


def test_a_process_is_known_again_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    born = processes.birth(os.getpid())
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: time.time() + 3600)  # what psutil would tell then
    assert processes.lives(os.getpid(), born) or not Path("/proc").exists()
    assert not processes.lives(os.getpid(), born - 1)


@pytest.fixture
def jobs(house: House) -> Iterator[JobManager]:
    manager = JobManager(house)
    yield manager
    manager.end()


def test_two_hundred_presses_start_one_worker(jobs: JobManager, house: House) -> None:
    key = house.records.queue("explore", "me", {"recipe": recipe(put(house, points(), "me"), SHORT)})
    function, started = jobs.make_job_fn(work.explore, None), []

    def press() -> None:
        for number in range(20):
            started.append(jobs.call_job_fn(f"answer{number}", function, [{"job": key}], {}))

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pids = set(started) - {os.getpid()}
    assert len(started) == 200
    assert len(pids) == 1
    record = until(lambda: (found := house.records.read(key)) and found["state"] == "finished" and found, 60)
    assert record["pid"] in pids


@pytest.mark.parametrize("asked", [None, {}, [], "x", {"job": None}, {"job": "a" * 40}, {"job": {"b": 1}}])
def test_what_names_no_job_starts_nothing(jobs: JobManager, asked: object) -> None:
    assert jobs.call_job_fn("answer", jobs.make_job_fn(work.explore, None), [asked], {}) == os.getpid()
    assert not jobs._mine


def test_ctrl_c_is_not_heard_by_what_is_started_here() -> None:
    import multiprocess

    started = multiprocess.get_context("spawn").Process(target=time.sleep, args=(60,), daemon=True)
    pid = jobs_module._start(started)
    os.kill(pid, signal.SIGINT)  # long before it could have said so itself
    time.sleep(0.3)
    assert started.is_alive()
    started.kill()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_a_worker_that_was_frozen_with_all_others_is_looked_at_again(tmp_path: Path) -> None:
    file, long_ago = tmp_path / "pulse", time.monotonic() - 2 * pulse.SILENT
    file.write_bytes(pulse.FORM.pack(long_ago, time.process_time()))
    beat = threading.Timer(pulse.BEAT, lambda: file.write_bytes(pulse.FORM.pack(time.monotonic(), time.process_time())))
    beat.start()
    assert not pulse.silent(file, os.getpid())
    beat.join()
    file.write_bytes(pulse.FORM.pack(long_ago, time.process_time() + 60))
    assert pulse.silent(file, os.getpid())
