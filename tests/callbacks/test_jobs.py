"""The background manager: what it takes from Dash, and what it does otherwise."""

from __future__ import annotations

import inspect
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from dash import DiskcacheManager
from dash.background_callback.managers import diskcache_manager

from callbacks import jobs as module
from callbacks import warm, work
from callbacks.house import House
from callbacks.jobs import JobManager
from tests.callbacks.rooms import LONG, points, put, recipe, until


@pytest.fixture
def jobs(house: House) -> Iterator[JobManager]:
    manager = JobManager(house)
    yield manager
    manager.end()


def test_the_private_function_of_dash_is_as_we_know_it() -> None:
    made = diskcache_manager._make_job_fn
    assert list(inspect.signature(made).parameters) == ["fn", "cache", "progress"]
    kept: dict[str, object] = {}

    class Cache:
        set = staticmethod(kept.__setitem__)

    job = made(lambda first, last: f"{first} {last}", Cache, None)
    assert list(inspect.signature(job).parameters) == ["result_key", "progress_key", "user_callback_args", "context"]
    job("answer", "progress", ["a", "b"], {})
    assert kept == {"answer": "a b"}
    for name in ("build_cache_key", "make_job_fn", "call_job_fn", "terminate_job", "terminate_unhealthy_job"):
        ours, theirs = (list(inspect.signature(getattr(kind, name)).parameters) for kind in (JobManager, DiskcacheManager))
        assert ours == theirs, name


def test_equal_requests_never_share_an_answer(jobs: JobManager) -> None:
    one, other = (jobs.build_cache_key(work.explore, [{"job": "a"}], [], None) for _ in range(2))
    assert one != other


def test_dash_cannot_end_a_process(jobs: JobManager, ended: list[psutil.Process]) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    ended.append(psutil.Process(other.pid))
    jobs.terminate_job(str(other.pid))
    assert not jobs.terminate_unhealthy_job(str(other.pid))
    time.sleep(0.1)
    assert other.poll() is None


def test_the_folder_is_private_made_anew_and_taken_away(house: House) -> None:
    one, other = JobManager(house), JobManager(house)
    folders = [Path(manager.handle.directory) for manager in (one, other)]
    assert folders[0] != folders[1]
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in folders)
    stale = house.settings.cache_dir / "dash-999999999-x"
    stale.mkdir()
    for manager in (one, other, JobManager(house)):
        manager.end()
    assert not list(house.settings.cache_dir.glob("dash-*"))


def test_an_answer_that_nobody_fetches_expires(jobs: JobManager) -> None:
    module.Answers(jobs.handle).set("key", "value")
    value, expires = jobs.handle.get("key", expire_time=True)
    assert value == "value"
    assert 0 < expires - time.time() <= module.EXPIRE


def test_the_forkserver_prepares_itself_and_nobody_else_does() -> None:
    assert warm.PREPARED_IN == 0
    with pytest.raises(SystemExit) as left:
        warm.tell()
    assert left.value.code == 1


def test_a_worker_runs_although_the_web_process_has_used_openmp(jobs: JobManager, house: House) -> None:
    """A worker forked from a process with OpenMP threads would hang for ever."""
    from sklearn.cluster import KMeans

    data = points(3000)
    KMeans(3, n_init=1).fit(data.rows)
    key = house.records.queue("group", "me", {"recipe": recipe(put(house, data, "me")) | {
        "clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}})  # fmt: skip
    work_group = jobs.make_job_fn(work.group, None)
    pid = jobs.call_job_fn("answer", work_group, [{"job": key}], {})
    record = until(lambda: (found := house.records.read(key)) and found["state"] not in ("queued", "running") and found, 60)
    assert (record["state"], record["problem"], record["pid"]) == ("finished", "", pid)
    assert house.store.get(record["results"]["clustering"]).details["n_clusters"] == 3
    assert until(lambda: jobs.handle.get("answer"), 10) == key
    assert record["times"].keys() == {"embedding", "clustering", "quality"}
    assert "silhouette" in house.store.get(record["results"]["quality.agreement"]).details


def test_ending_stops_the_workers_and_says_so(house: House) -> None:
    jobs = JobManager(house)
    key = house.records.queue("explore", "me", {"recipe": recipe(put(house, points(5000, 20), "me"), LONG)})
    jobs.call_job_fn("answer", jobs.make_job_fn(work.explore, None), [{"job": key}], {})
    running = until(lambda: (found := house.records.read(key)) and found["stage"] == "projection" and found, 60)
    jobs.end()
    assert not psutil.pid_exists(running["pid"]) or psutil.Process(running["pid"]).status() == psutil.STATUS_ZOMBIE
    record = house.records.read(key)
    assert record is not None
    assert record["state"] == "stopped"
    assert "server was stopped" in record["problem"]
