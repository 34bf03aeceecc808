"""The real server for a measurement: started in folders of its own, watched, restarted, ended."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from callbacks.records import Records

ROOT = Path(__file__).parents[1]
MB = 2**20


class Served:
    """One running app and its processes."""

    def __init__(self, folder: Path, file: Path, *options: str) -> None:
        self.cache, self.log = folder / "cache", folder / "log.txt"
        with socket.socket() as opened:
            opened.bind(("127.0.0.1", 0))
            self.port: int = opened.getsockname()[1]
        places = ["--port", str(self.port), "--cache-dir", str(self.cache), "--data-dir", str(folder / "data")]
        self._command = [sys.executable, str(ROOT / "app.py"), str(file), *places, "--slots", "2", "--threads", "1", *options]
        self.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def records(self) -> Records:
        """Records of its jobs."""
        return Records(self.cache / "jobs")

    def start(self) -> float:
        """Seconds until it answered."""
        begun = time.perf_counter()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log)
        while time.perf_counter() - begun < 60:
            with suppress(OSError):
                self.health()
                return time.perf_counter() - begun
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"The app did not start: {self.log.read_text()[-2000:]}")

    def health(self) -> dict[str, Any]:
        """What the app says of itself; raises OSError."""
        with urllib.request.urlopen(f"{self.address}/health", timeout=2) as answer:  # noqa: S310 - our own, on loopback
            told: dict[str, Any] = json.load(answer)
        return told

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        self.process.send_signal(number)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(15)

    def web(self) -> psutil.Process:
        """The process that answers requests."""
        main = psutil.Process(self.process.pid)
        return next((child for child in main.children() if "app.py" in " ".join(child.cmdline())), main)

    def forkserver(self) -> psutil.Process | None:
        """The process that workers are forked from, if there is one."""
        return next((child for child in self.web().children() if "forkserver" in " ".join(child.cmdline())), None)

    def memory(self) -> float:
        """Megabytes that the web process holds."""
        return float(self.web().memory_info().rss / MB)

    @contextmanager
    def peak(self) -> Iterator[list[float]]:
        """A list whose last number, after the block, is the most megabytes that the web process held in it."""
        found, over, web = [self.memory()], threading.Event(), self.web()

        def look() -> None:
            while not over.wait(0.005):
                found.append(max(found[-1], web.memory_info().rss / MB))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield found
        finally:
            over.set()
            looking.join()


@contextmanager
def serving(folder: Path, file: Path, *options: str) -> Iterator[Served]:
    """The app for the length of a block."""
    server = Served(folder, file, *options)
    try:
        yield server
    finally:
        server.end()
