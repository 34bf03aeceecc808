"""The background manager: Dash's own for diskcache, hardened.

Its workers come from a forkserver that has loaded and compiled everything (ten milliseconds to
start), or, until that is warm, from a fresh process that imports what it needs. Nothing is forked
from the web process, so no worker inherits its socket or its OpenMP threads. Jobs are stopped by
their records alone: a page that goes or asks anew never kills a run.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diskcache
import multiprocess
import psutil
from dash import DiskcacheManager
from dash.background_callback.managers.diskcache_manager import _make_job_fn
from multiprocess import resource_tracker

from callbacks import errors, processes, warm
from callbacks.house import House
from callbacks.settings import ROOT, private

EXPIRE = 600  # seconds after which an answer that nobody fetched is thrown away
ENDED = "The server was stopped during this run. Run it again."
WARMINGS = 3  # forkservers that are started before it is given up


@dataclass(frozen=True)
class Answers:
    """The cache as a worker sees it: what it leaves there expires."""

    cache: diskcache.Cache

    def set(self, key: str, value: Any) -> None:
        """Leave an answer for Dash to fetch; the page follows the record, so on a full disk there is none."""
        with suppress(OSError, sqlite3.Error, diskcache.Timeout):
            self.cache.set(key, value, expire=EXPIRE)


class JobManager(DiskcacheManager):
    """Starts workers; a background function gets the app's settings as its last argument."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.settings = settings = house.settings
        self.warm, self._ending = threading.Event(), threading.Event()
        self._calling = threading.Lock()
        self._mine: dict[int, float] = {}  # number and birth of every worker that was started here
        _sweep(private(settings.cache_dir))
        folder = tempfile.mkdtemp(prefix=f"dash-{os.getpid()}-", dir=settings.cache_dir)
        super().__init__(diskcache.Cache(folder, eviction_policy="none"))
        self._spawned = multiprocess.get_context("spawn")
        self._forked = multiprocess.get_context("forkserver") if "forkserver" in multiprocess.get_all_start_methods() else None

    def build_cache_key(self, fn: Any, args: Any, cache_args_to_ignore: Any, triggered: Any) -> str:
        """A key of its own for every start: two pages never share or lose an answer."""
        return uuid.uuid4().hex

    def make_job_fn(self, fn: Callable[..., Any], progress: Any, key: str | None = None) -> Any:
        """What a worker calls: the background function, with its answer left in the cache."""
        return _make_job_fn(fn, Answers(self.handle), progress)

    def call_job_fn(self, key: str, job_fn: Any, args: Any, context: Any) -> int:
        """Number of the process that was started; of this one if the job needs none, and then its answer is there."""
        job = str((args[0] or {}).get("job") or "") if isinstance(args[0], dict | None) else ""
        given = (key, self._make_progress_key(key), [*args, self.settings], context)
        pid = self._call(job, job_fn, given)
        if pid is None:
            Answers(self.handle).set(key, job)
        return pid or os.getpid()

    def start(self, function: Callable[..., Any], key: str) -> None:
        """Start a worker for a job that no page asked for."""
        self._call(key, function, ({"job": key}, self.settings))

    def _call(self, job: str, function: Callable[..., Any], given: tuple[Any, ...]) -> int | None:
        """Number of the worker started for a job, or None when it has one or is not queued: two hundred starts are one."""
        with self._calling:
            if not self.house.records.waits(job):
                return None
            pid = self._started(function, given)
            with suppress(psutil.Error):  # it may have ended already
                self._mine[pid] = processes.birth(pid)
            self.house.records.called(job, pid, self._mine.get(pid, 0.0))
            return pid

    def _started(self, function: Callable[..., Any], given: tuple[Any, ...]) -> int:
        """Number of a new process, forked from the forkserver if that lives and is warm."""
        if self.warm.is_set() and _forkservers():
            with suppress(EOFError, OSError):  # it was killed just now
                return _start(self._forked.Process(target=function, args=given, daemon=True))
        if self.warm.is_set():
            self.warm.clear()
            self.warm_up()
        return _start(self._spawned.Process(target=function, args=given, daemon=True))

    def terminate_job(self, job: Any) -> None:
        """Nothing: Dash would end the run of a page that was reloaded, and a worker ends by itself."""

    def terminate_unhealthy_job(self, job: Any) -> bool:
        """False: nothing was ended."""
        return False

    def warm_up(self) -> None:
        """Start the forkserver and note when it is warm, without waiting for it."""
        if self._forked:
            threading.Thread(target=self._wait_until_warm, name="warm-up", daemon=True).start()

    def end(self) -> None:
        """Stop every job that this server started, say so in its record, and leave nothing behind; all of it at once."""
        self._ending.set()
        for record in self.house.records.live():
            if self._mine.keys() & {record["pid"], record["starter"][0]}:
                with suppress(OSError):
                    self.house.records.change(record["key"], state="stopped", problem=ENDED, seconds=record["seconds"])
        killed = [member for pid, born in self._mine.items() for member in processes.kill(pid, born)]
        for process in [*multiprocess.active_children(), *_forkservers()]:
            process.kill()
        processes.await_end(killed)
        self.handle.close()
        shutil.rmtree(self.handle.directory, ignore_errors=True)

    def _wait_until_warm(self) -> None:
        # The forkserver looks for modules on PYTHONPATH alone, wherever the app was started from.
        paths = [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in dict.fromkeys(paths) if path)
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve a busy machine
        self._forked.set_forkserver_preload([warm.__name__])
        for _ in range(WARMINGS):
            process = self._forked.Process(target=warm.tell, daemon=True)
            with suppress(EOFError, OSError):  # it was killed while it loaded, by the end of the server or by someone else
                _start(process)  # returns once the forkserver has loaded everything
                process.join()
            if self._ending.is_set():
                return
            if process.exitcode == 0:
                self.warm.set()
                return
        errors.note("The forkserver did not become warm: every run starts in a fresh process.", self.settings.log)


def _start(process: Any) -> int:
    """Number of the process, started so that it never hears Ctrl-C: that is the server's."""
    with _unheard():
        process.start()
    return int(process.pid)


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep Ctrl-C from what this thread starts meanwhile, from its first moment on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # would let Ctrl-C through again when it is started later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _forkservers() -> list[psutil.Process]:
    """The forkserver of this process, if it has one; while it warms up it would not notice our end."""
    return [child for child in psutil.Process().children() if warm.__name__ in " ".join(_words(child))]


def _words(process: psutil.Process) -> list[str]:
    """The command line of a process, or nothing when it has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _sweep(folder: Path) -> None:
    """Throw away the folders of servers that were killed."""
    for part in folder.glob("dash-*"):
        number = part.name.split("-")[1]
        if not (number.isdecimal() and psutil.pid_exists(int(number))):
            shutil.rmtree(part, ignore_errors=True)
