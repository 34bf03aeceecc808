"""What a worker does: the three background functions, one for each lane, from a job's key to its results."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import psutil
from dash import Dash, Input, Output

from callbacks import errors, reading, requests
from callbacks.house import House
from callbacks.records import Record
from callbacks.settings import Settings
from layouts import ids
from pipeline import loading, stages

NICE = {"open": 0, "explore": 3, "group": 0}  # the page goes a little before a long run
YIELDING = 8  # and every run before one that yields
PAUSE = 0.2  # seconds between two notes
REACHED = re.compile(r"(?:iteration|epoch) (\d+)", re.IGNORECASE)
LOSS = re.compile(r"loss (\d+(?:\.\d+)?)")


def open_file(start: dict[str, Any], settings: Settings) -> str:
    """Key of the job, done or being done by another worker: a file read, labels added or roles changed."""
    return _do(start, settings, "open", _open)


def explore(start: dict[str, Any], settings: Settings) -> str:
    """Key of the job: features, map and how far to trust it."""
    return _do(start, settings, "explore", _explore)


def group(start: dict[str, Any], settings: Settings) -> str:
    """Key of the job: groups of features or of the map."""
    return _do(start, settings, "group", _group)


def register(app: Dash, house: House) -> None:
    """Connect each lane's start with its background function."""
    lanes = (
        (ids.STARTED_OPEN, ids.START_OPEN, open_file),
        (ids.STARTED_EXPLORE, ids.START_EXPLORE, explore),
        (ids.STARTED_GROUP, ids.START_GROUP, group),
    )
    often = {"background": True, "interval": 3000, "prevent_initial_call": True}  # the page follows the record, not Dash
    for started, start, function in lanes:
        app.callback(Output(started, "data"), Input(start, "data"), **often)(function)


class Job:
    """One job in its worker: what was asked, and the record that its progress goes into."""

    def __init__(self, house: House, record: Record) -> None:
        self.house = house
        self.key = record["key"]
        self.owner = record["owner"]
        self.request = record["request"]
        self.results: dict[str, str] = {}
        self.times: dict[str, float] = {}
        self.reached: dict[str, float] = {}  # iteration and loss
        self._stage, self._frame, self._noted, self._shown = "", 0, 0.0, 0.0

    def work(self) -> stages.Work:
        """How stages are to be computed for this job."""
        return stages.Work(self.house.store, self.report, self.entered, self.left, self.house.threads)

    def report(self, fraction: float, note: str = "", positions: np.ndarray | None = None) -> None:
        """Put progress into the record, and positions into a frame, as often as a page can show."""
        now = time.monotonic()
        self.reached |= _figures(note)
        values = {"fraction": round(float(fraction), 4), "note": note, **self.reached}
        if positions is not None and self._stage == "projection" and now - self._shown >= _pause(len(positions)):
            self._frame, self._shown, self._noted = self._frame + 1, now, now
            self._leave_unless(self.house.records.show(self.key, self._frame, positions, **values))
        elif now - self._noted >= PAUSE:
            self._noted = now
            self.change(**values)

    def entered(self, stage: str) -> None:
        """A stage starts to be computed."""
        self._stage = stage
        self.change(stage=stage, fraction=0.0, note="")

    def left(self, stage: str, seconds: float, key: str) -> None:
        """A stage has been computed."""
        self.times[stage] = round(self.times.get(stage, 0.0) + seconds, 3)
        self.change(times=self.times, **self.reached)

    def made(self, name: str, key: str) -> None:
        """A result that the page waits for is stored."""
        self.results[name] = key
        self.change(results=self.results, fraction=1.0)

    def change(self, **values: Any) -> None:
        """Change the record; a job that was stopped goes no further."""
        self._leave_unless(self.house.records.change(self.key, **values))

    @staticmethod
    def _leave_unless(live: bool) -> None:
        if not live:
            raise SystemExit


def _do(start: dict[str, Any], settings: Settings, lane: str, body: Callable[[Job], None]) -> str:
    """Do the job if it waits for a worker; its record says how it went, whatever happens."""
    house, key = House(settings), str((start or {}).get("job") or "")
    with house.records.held(key) as mine:
        record = house.records.read(key)
        if not mine or record is None or record["lane"] != lane:
            return key
        _settle_down(record, settings)
        with house.records.lane(record).enter(key, record["queued"], lambda place: _placed(house, key, place)):
            started = time.time()
            if house.records.change(key, state="running", started=started, place=0):
                ended = _ended(body, Job(house, record), settings)
                house.records.change(key, **ended, seconds=round(time.time() - started, 3), fraction=1.0)
    return key


def _ended(body: Callable[[Job], None], job: Job, settings: Settings) -> dict[str, Any]:
    try:
        body(job)
    except Exception as error:  # whatever it was, the record says it in words
        ways = [asdict(way) for way in getattr(error, "options", ())]
        return {"state": "failed", "problem": errors.calm(error, settings.log), "ways": ways}
    return {"state": "finished"}


def _placed(house: House, key: str, place: int) -> None:
    if not house.records.change(key, place=place):
        raise SystemExit


def _settle_down(record: Record, settings: Settings) -> None:
    """Leave Ctrl-C to the server, let the page go first, and keep to the threads of one run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        psutil.Process().nice(YIELDING if record["yields"] else NICE[record["lane"]])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # for libraries that are loaded later
        os.environ[name] = str(settings.threads)
    from threadpoolctl import threadpool_limits

    threadpool_limits(settings.threads)


def _open(job: Job) -> None:
    job.entered("open")
    bound = reading.limits_of(job.house)  # this process does nothing else
    loading.bound_process(bound, lambda words: job.change(state="failed", problem=words, ways=[]))
    job.made("dataset", reading.dataset(job.house, job.owner, job.request, job.report))


def _explore(job: Job) -> None:
    for name, recipe in requests.wanted(job.request["recipe"]).items():
        job.made(name, stages.run(job.work(), recipe, name.split(".")[0]))


def _group(job: Job) -> None:
    for name, recipe in requests.grouping(job.request["recipe"]).items():
        job.made(name, stages.run(job.work(), recipe, name.split(".")[0]))


def _pause(n: int) -> float:
    """Seconds between two frames of n points: what a browser needs to draw them."""
    return 0.25 if n <= 10_000 else 0.25 + 0.75 * min(2.0, (n - 10_000) / 60_000)


def _figures(note: str) -> dict[str, float]:
    """Iteration and loss, where the words of a note tell them."""
    reached, loss = REACHED.search(note), LOSS.search(note)
    return ({"iteration": int(reached[1])} if reached else {}) | ({"loss": float(loss[1])} if loss else {})
