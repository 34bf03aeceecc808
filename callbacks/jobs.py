"""The background manager: Dash's own for diskcache, hardened.

Its workers come from a forkserver that has loaded and compiled everything (ten milliseconds to
start), or, until that is warm, from a fresh process that imports what it needs. Nothing is forked
from the web process, so no worker inherits its socket or its OpenMP threads. Jobs are stopped by
their records alone: a page that goes or asks anew never kills a run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diskcache
import multiprocess
import psutil
from dash import DiskcacheManager
from dash.background_callback.managers.diskcache_manager import _make_job_fn

from callbacks import errors, warm
from callbacks.house import House
from callbacks.settings import ROOT, private

EXPIRE = 600  # seconds after which an answer that nobody fetched is thrown away


@dataclass(frozen=True)
class Answers:
    """The cache as a worker sees it: what it leaves there expires."""

    cache: diskcache.Cache

    def set(self, key: str, value: Any) -> None:
        """Leave an answer for Dash to fetch."""
        self.cache.set(key, value, expire=EXPIRE)


class JobManager(DiskcacheManager):
    """Starts workers; a background function gets the app's settings as its last argument."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.settings = settings = house.settings
        self.warm = threading.Event()
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

    def call_job_fn(self, key: str, job_fn: Any, args: Any, context: Any) -> int | None:
        """Number of the process that was started."""
        source = self._forked if self.warm.is_set() else self._spawned
        given = (key, self._make_progress_key(key), [*args, self.settings], context)
        process = source.Process(target=job_fn, args=given, daemon=True)
        process.start()
        self.house.records.change(args[0]["job"], called=time.time())
        return process.pid

    def start(self, function: Callable[..., Any], key: str) -> None:
        """Start a worker for a job that no page asked for."""
        self._spawned.Process(target=function, args=({"job": key}, self.settings), daemon=True).start()

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
        """Stop every job that this server started, say so in its record, and leave nothing behind."""
        mine = {process.pid for process in multiprocess.active_children()}
        for record in self.house.records.live():
            if record["pid"] in mine:
                self.house.records.stop(record["key"], "The server was stopped during this run. Run it again.")
        for process in [*multiprocess.active_children(), *_forkservers()]:
            process.kill()
        self.handle.close()
        shutil.rmtree(self.handle.directory, ignore_errors=True)

    def _wait_until_warm(self) -> None:
        # The forkserver looks for modules on PYTHONPATH alone, wherever the app was started from.
        paths = [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in dict.fromkeys(paths) if path)
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve a busy machine
        self._forked.set_forkserver_preload([warm.__name__])
        process = self._forked.Process(target=warm.tell, daemon=True)
        try:
            process.start()  # returns once the forkserver has loaded everything
        except (EOFError, OSError):  # the server has ended, and the forkserver with it
            return
        process.join()
        if process.exitcode == 0:
            self.warm.set()
        else:
            errors.note("The forkserver did not become warm: every run starts in a fresh process.", self.settings.log)


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
        if not psutil.pid_exists(int(part.name.split("-")[1])):
            shutil.rmtree(part, ignore_errors=True)
