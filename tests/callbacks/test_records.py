"""Records, locks, frames and the queue, with real processes and locks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from callbacks import job_file, processes
from callbacks import records as module
from callbacks.house import House
from callbacks.lanes import Lane
from callbacks.records import Records
from tests.callbacks.rooms import until

ROOT = Path(__file__).parents[2]
HOLD = """
import subprocess, sys, time
from pathlib import Path
from callbacks.records import Records
records = Records(Path(sys.argv[1]))
with records.held(sys.argv[2]) as mine:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    records.change(sys.argv[2], state="running", started=time.monotonic(), note=str(child.pid))
    print("held" if mine else "refused", flush=True)
    time.sleep(60)
"""


def holder(records: Records, key: str, ended: list[psutil.Process]) -> psutil.Process:
    """A process that does nothing but hold a job, with a child of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen([sys.executable, "-c", HOLD, str(records.folder), key], stdout=subprocess.PIPE, env=environment)
    ended.append(psutil.Process(started.pid))
    assert started.stdout and started.stdout.readline() == b"held\n"
    return ended[-1]


def dead(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def records(house: House) -> Records:
    return house.records


def test_a_request_has_one_key_for_its_owner_and_waits(records: Records) -> None:
    key = records.queue("explore", "me", {"recipe": {"a": 1}})
    assert key == records.queue("explore", "me", {"recipe": {"a": 1}})
    assert key != records.queue("explore", "you", {"recipe": {"a": 1}})
    record = records.read(key)
    assert record is not None
    assert (record["state"], record["owner"], record["request"]) == ("queued", "me", {"recipe": {"a": 1}})


@pytest.mark.parametrize("key", ["", "none", "../../secret", "a" * 40, "/" * 40])
def test_a_key_that_is_not_ours_names_nothing(records: Records, key: str) -> None:
    assert records.read(key) is None
    assert records.frame(key) is None
    assert not records.change(key, state="running")
    records.stop(key)
    with records.held(key) as mine:
        assert not mine


def test_a_second_worker_is_refused_while_the_first_lives(records: Records, ended: list[psutil.Process]) -> None:
    key = records.queue("explore", "me", {})
    holder(records, key, ended)
    with records.held(key) as mine:
        assert not mine
    assert records.queue("explore", "me", {}) == key
    record = records.read(key)
    assert record is not None
    assert record["state"] == "running"
    assert record["seconds"] > 0


def test_a_killed_worker_is_told_at_once_and_the_job_can_start_again(records: Records, ended: list[psutil.Process]) -> None:
    key = records.queue("explore", "me", {})
    process = holder(records, key, ended)
    process.kill()
    lost = until(lambda: (found := records.read(key)) and found["state"] == "lost" and found, 1.0)
    assert "ended unexpectedly" in lost["problem"]
    assert not records.live()
    records.queue("explore", "me", {})
    with records.held(key) as mine:
        assert mine


def test_stop_ends_the_whole_family_and_keeps_what_was_reached(records: Records, ended: list[psutil.Process]) -> None:
    key = records.queue("explore", "me", {})
    process = holder(records, key, ended)
    child = psutil.Process(int((records.read(key) or {})["note"]))
    assert records.show(key, 3, np.zeros((4, 2)), iteration=120)
    before = time.monotonic()
    records.stop(key)
    assert time.monotonic() - before < 6  # two seconds on a machine that is not busy
    assert dead(process)
    assert dead(child)
    record = records.read(key)
    assert record is not None
    assert (record["state"], record["frame"], record["iteration"]) == ("stopped", 3, 120)
    assert records.frame(key)[0] == 3
    assert not records.change(key, state="running")
    assert not records.show(key, 4, np.ones((4, 2)))
    assert records.frame(key)[0] == 3


def test_a_job_stopped_before_its_worker_came_is_not_begun(records: Records) -> None:
    key = records.queue("open", "me", {})
    records.stop(key)
    with records.held(key) as mine:
        assert not mine


def test_stop_never_kills_a_process_that_was_given_the_number_later(records: Records, ended: list[psutil.Process]) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    ended.append(psutil.Process(other.pid))
    key = records.queue("explore", "me", {})
    records.change(key, state="running", pid=other.pid, created=ended[0].create_time() - 100)
    records.stop(key)
    assert not dead(ended[0])


def test_a_job_whose_worker_never_came_is_lost_in_time(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    key = records.queue("explore", "me", {})
    assert records.read(key)["state"] == "queued"
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    assert records.read(key)["problem"] == module.UNBORN


def test_frames_replace_each_other_and_are_read_whole(records: Records) -> None:
    key = records.queue("explore", "me", {})
    assert records.frame(key) is None
    seen, over = [], threading.Event()

    def look() -> None:
        while not over.is_set():
            found = records.frame(key)
            if found:
                seen.append((found[0], np.unique(found[1]).tolist()))

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(1, 60):
        assert records.show(key, number, np.full((200, 3), number, np.float64))
    over.set()
    thread.join()
    assert seen
    assert all(values == [number] for number, values in seen)
    number, positions = records.frame(key)
    assert (number, positions.shape, positions.dtype) == (59, (200, 3), np.float32)
    assert len(list((records.folder / key).glob("frame*"))) == 1


def test_a_new_run_of_a_job_starts_without_the_old_frame(records: Records) -> None:
    key = records.queue("explore", "me", {})
    records.show(key, 1, np.zeros((2, 2)))
    records.stop(key)
    assert records.frame(key)
    records.queue("explore", "me", {})
    assert records.frame(key) is None


def test_a_newer_group_request_of_a_page_replaces_the_older_one(records: Records, ended: list[psutil.Process]) -> None:
    older = records.queue("group", "me", {"k": 2}, page="p")
    other = records.queue("group", "me", {"k": 2}, page="q")
    process = holder(records, older, ended)
    newer = records.queue("group", "me", {"k": 3}, page="p")
    assert records.read(older)["state"] == "stopped"
    assert dead(process)
    assert [records.read(key)["state"] for key in (newer, other)] == ["queued", "queued"]


def test_first_come_first_served_with_a_visible_place(tmp_path: Path) -> None:
    lane = Lane(tmp_path / "lane", 1, lambda key: True)
    places: dict[str, list[int]] = {"b": [], "c": []}
    order: list[str] = []

    def wait(key: str, queued: float) -> None:
        with lane.enter(key, queued, places[key].append):
            order.append(key)

    first = lane.enter("a", 1.0, lambda place: None)
    threads = [threading.Thread(target=wait, args=given) for given in (("c", 3.0), ("b", 2.0))]
    for thread in threads:
        thread.start()
        time.sleep(0.3)
    first.release()
    for thread in threads:
        thread.join(5)
    assert order == ["b", "c"]
    assert places == {"b": [1], "c": [1, 2]} or places == {"b": [1], "c": [1, 2, 1]}
    assert not list((tmp_path / "lane" / "waiting").iterdir())


def test_a_dead_ticket_holds_nobody_up_and_two_slots_let_two_in(tmp_path: Path) -> None:
    lane = Lane(tmp_path / "lane", 2, lambda key: key != "dead")
    (tmp_path / "lane" / "waiting" / f"{1.0:020.6f}-dead").touch()
    first, second = (lane.enter(key, queued, lambda place: None) for key, queued in (("a", 2.0), ("b", 3.0)))
    assert first.is_locked
    assert second.is_locked
    first.release()
    second.release()


def test_a_run_that_yields_takes_no_slot_from_others(records: Records) -> None:
    sample = records.read(records.queue("explore", "me", {"sample": 1}, yields=True))
    mine = [records.read(records.queue("explore", "me", {"mine": number})) for number in range(2)]
    held = [records.lane(record).enter(record["key"], record["queued"], lambda place: None) for record in (sample, *mine)]
    assert all(lock.is_locked for lock in held)


def test_old_records_go_and_live_ones_stay(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    over, waiting = records.queue("open", "me", {"a": 1}), records.queue("open", "me", {"a": 2})
    records.stop(over)
    records.tidy()
    assert records.read(over)
    monkeypatch.setattr(module, "KEPT", -1)
    records.tidy()
    assert records.read(over)  # one of the newest
    monkeypatch.setattr(module, "NEWEST", 0)
    records.tidy()
    assert records.read(over) is None
    assert records.read(waiting)


def test_a_worker_that_begins_late_is_waited_for_while_it_lives(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    key = records.queue("explore", "me", {})
    records.called(key, os.getpid(), processes.birth(os.getpid()))
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    assert records.read(key)["state"] == "queued"
    monkeypatch.setattr(module, "SLOW", 0.0)
    assert records.read(key)["problem"] == module.UNBORN
    for _ in range(module.TRIES + 1):  # it ended no process, so it is never parked for it
        assert records.queue("explore", "me", {}) == key
        assert records._load(key)["state"] == "queued"


def test_a_lock_that_cannot_be_opened_gives_no_run_up(records: Records) -> None:
    key = records.queue("explore", "me", {})
    records.change(key, state="running", pid=os.getpid(), created=processes.birth(os.getpid()))
    (records.folder / key / "lock").unlink(missing_ok=True)
    (records.folder / key / "lock").mkdir()
    assert records.read(key)["state"] == "running"


def test_a_finished_job_keeps_no_frame_and_no_room(records: Records) -> None:
    key = records.queue("explore", "me", {})
    records.change(key, state="running")
    records.show(key, 1, np.zeros((3, 2)))
    folder = records.folder / key
    assert records.frame(key) and (folder / "reserve").exists()
    records.change(key, state="finished")
    assert records.frame(key) is None and not (folder / "reserve").exists()


def test_old_records_go_in_a_server_that_runs_for_days_too(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    old = records.queue("explore", "me", {"asked": 1})
    records.change(old, state="finished")
    for name in ("NEWEST", "KEPT"):
        monkeypatch.setattr(module, name, -1 if name == "KEPT" else 0)
    records.queue("explore", "me", {"asked": 2})
    assert records.read(old)
    monkeypatch.setattr(module, "DAY", -1.0)
    records.queue("explore", "me", {"asked": 3})
    assert records.read(old) is None


def test_a_file_that_is_being_read_is_replaced_in_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, refusals = os.replace, [PermissionError(), PermissionError()]

    def refusing(made: Path, file: Path) -> None:
        if refusals:
            raise refusals.pop()
        replace(made, file)

    monkeypatch.setattr(os, "replace", refusing)
    (tmp_path / "made").write_text("new")
    job_file.put(tmp_path / "made", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "new"
    with pytest.raises(FileNotFoundError):
        job_file.put(tmp_path / "made", tmp_path / "file")
