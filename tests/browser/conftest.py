"""The real app as its own process, and pages in a real browser that may reach nothing but it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import browser_path

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-quic"]  # fmt: skip


@dataclass
class Server:
    """One running app: its process, address and folders."""

    process: subprocess.Popen
    address: str
    cache: Path
    port: int

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the web process and wait until it is gone."""
        self.process.send_signal(number)
        self.process.wait(20)


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def start(cache: Path, port: int, *arguments: str, program: tuple[str, ...] = ("app.py",)) -> Server:
    """Start the app and wait until it answers."""
    command = [sys.executable, *program, "--port", str(port), "--cache-dir", str(cache), *arguments]
    with open(cache.parent / f"{cache.name}.log", "a") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2).read()
            return Server(process, address, cache, port)
        except (urllib.error.URLError, OSError):
            if process.poll() is not None:
                raise RuntimeError((cache.parent / f"{cache.name}.log").read_text()[-3000:]) from None
            time.sleep(0.1)
    raise RuntimeError("The app did not answer within a minute.")


@contextmanager
def running(cache: Path, *arguments: str, port: int = 0, program: tuple[str, ...] = ("app.py",)) -> Iterator[Server]:
    """The app for the length of a block, and nothing left of it afterwards."""
    server = start(cache, port or free_port(), *arguments, program=program)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
            try:
                server.process.wait(15)
            except subprocess.TimeoutExpired:
                server.process.kill()


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[Server]:
    """One app for all tests that do not harm it."""
    with running(tmp_path_factory.mktemp("app") / "cache") as server:
        yield server


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path.find(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium):
    """Make pages; afterwards no page may have asked for anything outside or have said an error."""
    made, said, outside = [], [], []

    def new(viewport=(1440, 900), scheme="light", context=None, motion="reduce"):
        """A page; with ``motion`` "no-preference" the stored map of the sample plays when it opens."""
        context = context or chromium.new_context(
            viewport={"width": viewport[0], "height": viewport[1]},
            color_scheme=scheme,
            reduced_motion=motion,
            accept_downloads=True,
        )
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if local(request.url) else outside.append(request.url))
        page.set_default_timeout(30_000)
        return page

    new.said = said
    yield new
    for context in made:
        context.close()
    assert not outside, outside
    assert not said, said


def local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


def finished(page, timeout: float = 60_000) -> None:
    """Wait until a map is finished: the status line gives the share of kept neighbours."""
    page.locator("#status", has_text="neighbours kept").wait_for(timeout=timeout)


