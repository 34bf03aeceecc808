"""What a worker does: the three background functions, one for each lane, from a job's key to its results."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from dash import Dash, Input, Output

from callbacks import errors, pulse, reading, requests
from callbacks.house import House
from callbacks.records import Record
from callbacks.settings import Settings
from layouts import ids
from pipeline import loading, stages
from pipeline.results import Problem

NICE = {"open": 0, "explore": 3, "group": 0}  # the page goes a little before a long run
YIELDING = 8  # and every run before one that yields
PAUSE = 0.2  # seconds between two notes
AGAIN = 60  # tries, half a second apart, to write how a job ended
SPARE = 2**20  # bytes of disk that every job needs
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
        return stages.Work(self.house.store, self.report, self.entered, self.left, self.house.threads, mended=self.mended)

    def report(self, fraction: float, note: str = "", positions: np.ndarray | None = None) -> None:
        """Put progress into the record, and positions into a frame, as often as a page can show."""
        now = time.monotonic()
        self.reached |= _figures(note)
        values = {"fraction": round(float(fraction), 4), "note": note, **self.reached}
        if positions is not None and self._stage == "projection" and now - self._shown >= _pause(len(positions)):
            self._frame, self._shown, self._noted = self._frame + 1, now, now
            values["shown"] = self.reached.get("iteration", 0)  # what the frame reached; later notes tell of later iterations
            with suppress(OSError):  # as in change
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

    def mended(self) -> None:
        """A result that was damaged is computed again."""
        self.change(mended=True)

    def outcome(self) -> dict[str, Any]:
        """What the record is to hold in the end, whatever was noted on the way."""
        return {"results": self.results, "times": self.times, **self.reached}

    def change(self, **values: Any) -> None:
        """Change the record; a job that was stopped goes no further.

        A disk that is full for a while ends no run: the next note may find room, and the last one waits for it.
        """
        with suppress(OSError):
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
        pulse.keep(house.records.pulse(key), settings.memory, lambda: _too_large(house, key))
        with house.records.lane(record).enter(key, record["queued"], lambda place: _placed(house, key, place)):
            started = time.monotonic()
            if house.records.change(key, state="running", started=started, place=0):
                job = Job(house, record)
                ended = _ended(body, job, settings)
                _conclude(job, **ended, seconds=round(time.monotonic() - started, 3))
    return key


def _ended(body: Callable[[Job], None], job: Job, settings: Settings) -> dict[str, Any]:
    try:
        _check_room(job)
        body(job)
    except Exception as error:  # whatever it was, the record says it in words
        ways = [asdict(way) for way in getattr(error, "options", ())]
        return {"state": "failed", "problem": errors.calm(error, settings.log), "ways": ways}
    return {"state": "finished"}


def _conclude(job: Job, **ended: Any) -> None:
    """Write how the job ended, once the disk has room for it."""
    for _ in range(AGAIN):
        try:
            job.house.records.change(job.key, **ended, **job.outcome(), fraction=1.0)
        except OSError:
            time.sleep(0.5)
        else:
            return


def _check_room(job: Job) -> None:
    """Refuse a job whose results have no room on the disk; raises Problem."""
    needed, free = SPARE + _weight(job), shutil.disk_usage(job.house.settings.cache_dir).free
    if needed > free:
        raise Problem(
            f"The disk is full: this needs about {needed / 2**20:,.0f} MB for its results and {free / 2**20:,.0f} MB are free. "
            "Free some space and run it again; what was finished before is kept."
        )


def _weight(job: Job) -> int:
    """About how many bytes a job adds to the store: a table and what is drawn from it, features and neighbours of its rows."""
    if "recipe" not in job.request:
        sources = [job.request, job.request.get("labels") or {}]
        files = [Path(s["path"]) if s.get("path") else job.house.uploads(job.owner) / s["token"] for s in sources if _named(s)]
        return sum(3 * file.stat().st_size for file in files if file.is_file())
    key = job.request["recipe"]["dataset"]
    n, d = (job.house.store.meta(key)[part] for part in "nd") if job.house.store.has(key) else (0, 0)
    return int(n * (16 if "clustering" in job.request["recipe"] else 4 * min(d, 784) + 8 * 96))


def _named(source: dict[str, Any]) -> bool:
    return bool(source.get("path") or source.get("token"))


def _too_large(house: House, key: str) -> None:
    """End this process, which uses more memory than one run may, and say so; all others go on."""
    limit = house.settings.memory / 2**30
    with suppress(OSError):
        house.records.change(
            key, state="failed",
            problem=f"This run needed more than {limit:.1f} GB of memory, the most that one run may use here, so it was ended. "
            "Use fewer rows or columns, a smaller initial PCA or another method, or start the app with a larger --memory.",
        )  # fmt: skip
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.kill()
    os._exit(1)


def _placed(house: House, key: str, place: int) -> None:
    if not house.records.change(key, place=place):
        raise SystemExit


def _settle_down(record: Record, settings: Settings) -> None:
    """Leave Ctrl-C to the server, let the page go first, and keep to the threads and the memory of one run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        psutil.Process().nice(YIELDING if record["yields"] else NICE[record["lane"]])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # for libraries that are loaded later
        os.environ[name] = str(settings.threads)
    from threadpoolctl import threadpool_limits

    threadpool_limits(settings.threads)
    _bound_memory()


def _bound_memory() -> None:
    """Refuse at once what could never fit into this machine, where the system can; the pulse watches the rest."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = psutil.Process().memory_info().vms + psutil.virtual_memory().total
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _open(job: Job) -> None:
    bound = reading.limits_of(job.house)  # this process does nothing else
    loading.bound_process(bound, lambda words: job.change(state="failed", problem=words, ways=[]))
    _read(job)


def _read(job: Job) -> None:
    job.entered("open")
    asked = reading.fetched(job.house, job.owner, job.request, job.report)
    if asked is not job.request:  # from now on it is an upload: another answer will not fetch it again
        job.request = asked
        job.change(request=asked)
    job.made("dataset", reading.dataset(job.house, job.owner, job.request, job.report))


def _explore(job: Job) -> None:
    for name, recipe in requests.wanted(job.request["recipe"]).items():
        job.made(name, _made(job, recipe, name.split(".")[0]))


def _group(job: Job) -> None:
    for name, recipe in requests.grouping(job.request["recipe"]).items():
        job.made(name, _made(job, recipe, name.split(".")[0]))


def _made(job: Job, recipe: stages.Recipe, stage: str) -> str:
    """Key of a stage's result; a dataset that was damaged is read again from its file."""
    try:
        return stages.run(job.work(), recipe, stage)
    except Problem:
        request = requests.origin(job.house, recipe["dataset"])
        if request is None:
            raise
        job.mended()
        reading.dataset(job.house, job.owner, request, job.report)
        return stages.run(job.work(), recipe, stage)


def _pause(n: int) -> float:
    """Seconds between two frames of n points: what a browser needs to draw them."""
    return 0.25 if n <= 10_000 else 0.25 + 0.75 * min(2.0, (n - 10_000) / 60_000)


def _figures(note: str) -> dict[str, float]:
    """Iteration and loss, where the words of a note tell them."""
    reached, loss = REACHED.search(note), LOSS.search(note)
    return ({"iteration": int(reached[1])} if reached else {}) | ({"loss": float(loss[1])} if loss else {})
