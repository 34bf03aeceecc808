"""The app as a person starts it: real processes, killed for real."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from app import create_app
from callbacks import security, server
from callbacks.house import House
from callbacks.settings import Settings
from pipeline import loading
from pipeline.store import digest
from tests.callbacks.rooms import LONG, SHORT, points, put, recipe, start_body, until

ROOT = Path(__file__).parents[2]
HEAVY = ("sklearn", "umap", "openTSNE", "numba", "faiss", "pandas", "scipy")


@dataclass
class Running:
    """A started app, its files, and a browser that has visited it."""

    process: psutil.Process
    address: str
    house: House
    output: Any = None
    jar: CookieJar = field(default_factory=CookieJar)

    def ask(self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        request = urllib.request.Request(self.address + path, data, headers or {})
        with browser.open(request, timeout=10) as answer:
            return bytes(answer.read())

    @property
    def owner(self) -> str:
        self.ask("/health")
        cookie = next(cookie.value for cookie in self.jar if cookie.name == security.COOKIE)
        return digest("owner", self.house.settings.secret, cookie)

    def start(self, projection: dict[str, Any], n: int = 5000) -> str:
        key = put(self.house, points(n, 20), self.owner, str(n).zfill(40))
        job = self.house.records.queue("explore", self.owner, {"recipe": recipe(key, projection)})
        self.ask("/_dash-update-component", start_body("explore", job).encode(), {"Content-Type": "application/json"})
        return job

    def record(self, job: str) -> dict[str, Any]:
        return self.house.records.read(job) or {}

    def running(self, job: str) -> dict[str, Any]:
        """The record once the map moves."""
        return until(lambda: (found := self.record(job)) and found["frame"] >= 1 and found, 30)


def launch(folder: Path, cwd: Path, port: int = 0, *more: str) -> Running:
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--cache-dir", str(folder), "--threads", "1", *more]
    wrong = {"HOST": "10.1.2.3", "PORT": "1", "DASH_DEBUG": "true", "FLASK_DEBUG": "1", "DASH_MCP_ENABLED": "true"}
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=cwd, env={**os.environ, **wrong}, text=True, start_new_session=True
    )
    assert started.stdout
    said = started.stdout.readline()
    assert said.startswith("Cluster Explorer is at http://127.0.0.1:"), said
    return Running(psutil.Process(started.pid), said.split()[4], House(Settings(cache_dir=folder, threads=1)), started.stdout)


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def gone(processes: list[psutil.Process]) -> bool:
    return all(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in processes)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An app started from a folder that is not its own."""
    folder = tmp_path_factory.mktemp("served")
    app = launch(folder / "cache", folder)
    members = family(app.process)
    yield app
    members += family(app.process) if app.process.is_running() else []
    for member in members:
        if member.is_running():
            member.kill()


def test_the_app_imports_nothing_heavy() -> None:
    code = f"import sys, app; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "[]"


def test_it_listens_on_this_machine_alone_and_is_no_debug_server(served: Running) -> None:
    listening = [c for p in family(served.process) for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.ask("/_mcp", b"{}", {"Content-Type": "application/json"})
    assert refused.value.code in (404, 405)
    page = served.ask("/").decode()
    assert '"ui":true' not in page.replace(" ", "")


def test_a_port_that_stays_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, str(ROOT / "app.py"), "--port", port, "--cache-dir", str(tmp_path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"Cannot listen on 127.0.0.1:{port}: address already in use. Choose another with --port.\n"


@pytest.mark.parametrize("host", [str(IPv4Address(0)), "::", "lab.example"])
def test_it_does_not_listen_to_other_machines_without_asking_who_they_are(tmp_path: Path, host: str) -> None:
    command = [sys.executable, str(ROOT / "app.py"), "--host", host, "--cache-dir", str(tmp_path / "cache")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"--host {host} lets other machines in, and nobody would be asked who they are. Add --auth")
    assert not (tmp_path / "cache").exists()


def test_the_token_is_printed_once_and_outlives_the_web_process(tmp_path: Path, ended: list[psutil.Process]) -> None:
    app = launch(tmp_path / "cache", tmp_path, 0, "--auth")
    ended.append(app.process)
    app.address, ticket = app.address.split("/?token=")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        app.ask("/")
    assert b"_dash-config" in app.ask(f"/?token={ticket}")
    assert b"_dash-config" in app.ask("/")
    web = app.process.children()[0]
    web.kill()
    until(lambda: [child for child in app.process.children() if child != web][:1] and app.ask("/health"), 10)
    assert b"_dash-config" in app.ask("/")  # the same session
    app.jar.clear()
    assert b"_dash-config" in app.ask(f"/?token={ticket}")  # and the same token
    app.process.terminate()
    until(lambda: gone([app.process]), 30)
    assert app.output is not None
    assert ticket not in app.output.read()
    assert not [file for file in (tmp_path / "cache").rglob("*") if file.is_file() and ticket.encode() in file.read_bytes()]


def test_every_script_of_the_page_is_there_at_the_first_load(served: Running) -> None:
    scripts = [part.split('"')[0] for part in served.ask("/").decode().split('src="')[1:]]
    assert len(scripts) > 5
    for script in scripts:
        assert served.ask(script)


def test_a_run_before_the_workers_are_warm_ends_well(served: Running) -> None:
    job = served.start(SHORT, n=300)
    record = until(lambda: (found := served.record(job)) and found["state"] not in ("queued", "running") and found, 30)
    assert (record["state"], record["problem"]) == ("finished", "")


def test_workers_become_warm_though_the_app_was_started_elsewhere(served: Running) -> None:
    until(lambda: json.loads(served.ask("/health"))["warm"], 90)
    before = time.monotonic()
    job = served.start({"algorithm": "umap", "settings": {}}, n=301)
    record = until(lambda: (found := served.record(job)) and found["state"] not in ("queued", "running") and found, 30)
    assert (record["state"], record["problem"]) == ("finished", "")
    assert time.monotonic() - before < 15  # compiling alone takes as long on a machine that is not busy
    job = served.start(LONG)
    worker = psutil.Process(served.running(job)["pid"])
    parent = worker.parent()
    assert parent is not None
    assert "forkserver" in " ".join(parent.cmdline())
    assert not [c for c in worker.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    served.house.records.stop(job)


def test_a_killed_worker_is_told_in_words_and_the_run_can_be_repeated(served: Running) -> None:
    job = served.start(LONG)
    record = served.running(job)
    os.kill(record["pid"], signal.SIGKILL)
    lost = until(lambda: (found := served.record(job)) and found["state"] == "lost" and found, 15)
    assert "killed, perhaps for lack of memory" in lost["problem"]
    assert lost["frame"] >= 1
    assert served.start(LONG) == job
    assert served.running(job)["pid"] != record["pid"]
    before = time.monotonic()
    served.house.records.stop(job)
    assert time.monotonic() - before < 6  # two seconds on a machine that is not busy
    assert served.record(job)["state"] == "stopped"


def test_a_job_that_is_asked_for_twice_runs_once(served: Running) -> None:
    job = served.start(LONG)
    pid = served.running(job)["pid"]
    assert served.start(LONG) == job
    time.sleep(1)
    assert served.record(job)["pid"] == pid
    served.house.records.stop(job)


def test_sigterm_ends_server_and_workers_and_the_record_says_so(served: Running) -> None:
    job = served.start(LONG)
    served.running(job)
    members = family(served.process)
    assert len(members) > 3  # server, web process, forkserver, worker
    served.process.terminate()
    until(lambda: gone(members), 60)  # however busy the machine is
    record = served.record(job)
    assert record["state"] == "stopped"
    assert "server was stopped" in record["problem"]
    assert not list(served.house.settings.cache_dir.glob("dash-*"))


def test_a_run_outlives_a_killed_server_and_the_next_server_finds_it(tmp_path: Path, ended: list[psutil.Process]) -> None:
    first = launch(tmp_path / "cache", tmp_path)
    ended.append(first.process)
    job = first.start(LONG)
    worker = psutil.Process(first.running(job)["pid"])
    ended.append(worker)
    first.process.kill()
    port = int(first.address.rsplit(":", 1)[1])
    before = time.monotonic()
    second = launch(tmp_path / "cache", tmp_path, port)
    ended.append(second.process)
    assert time.monotonic() - before < 15
    second.jar = first.jar
    assert second.address == first.address
    frame = second.record(job)["frame"]
    assert second.record(job)["pid"] == worker.pid
    assert until(lambda: second.record(job)["frame"] > frame, 15)
    assert second.ask(f"/frame/{job}?after=0")
    second.start(LONG)  # the page asks again: the run is joined, not begun anew
    assert second.record(job)["pid"] == worker.pid
    web = second.process.children()[0]
    web.kill()  # the web process alone: a new one takes its place
    until(lambda: [child for child in second.process.children() if child != web][:1] and second.ask("/health"), 10)
    assert second.record(job)["pid"] == worker.pid
    members = family(second.process)  # its forkserver among them, still warming up
    os.killpg(second.process.pid, signal.SIGINT)  # Ctrl-C
    until(lambda: gone(members), 60)  # however busy the machine is
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    second.house.records.stop(job)
    assert gone([worker])


IMPATIENT = "from callbacks import server; server.SILENCE = 1; import app; app.main()"


def test_connections_that_stall_give_their_threads_back(tmp_path: Path, ended: list[psutil.Process]) -> None:
    command = [sys.executable, "-c", IMPATIENT, "--port", "0", "--cache-dir", str(tmp_path), "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True)
    ended.append(psutil.Process(process.pid))
    assert process.stdout
    app = Running(ended[0], process.stdout.readline().split()[4], House(Settings(cache_dir=tmp_path, threads=1)))
    port = int(app.address.rpartition(":")[2])
    head = f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Filename: x.csv\r\nContent-Length: 1000\r\n\r\nabc"
    stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(server.THREADS)]
    for one in stalled:
        one.sendall(head.encode())
    silent = socket.create_connection(("127.0.0.1", port))
    silent.sendall(head[:20].encode())
    assert app.ask("/health")
    for one in stalled:
        one.settimeout(10)
        heard = b""
        while b"did not arrive whole" not in heard:  # head and body may come one after the other
            heard += (part := one.recv(2**16))
            assert part, heard
        one.close()
    silent.settimeout(10)
    assert silent.recv(1) == b""
    silent.close()
    process.terminate()
    assert process.communicate(timeout=30)[1] == ""  # a connection that was given up is no error of ours


def test_a_file_that_went_before_the_start_is_told_on_the_page(tmp_path: Path) -> None:
    settings = Settings(file=tmp_path / "gone.csv", cache_dir=tmp_path / "cache", threads=1)
    warmed: list[bool] = []
    server._head_start(SimpleNamespace(house=House(settings), warm_up=lambda: warmed.append(True)))
    assert warmed
    app = create_app(settings)
    entered = {
        "output": "..changed.data...start.data..", "changedPropIds": ["address.search"],
        "outputs": [{"id": name, "property": "data"} for name in ("changed", "start")],
        "inputs": [{"id": "address", "property": "search", "value": ""}], "state": [{"id": "workspace", "property": "data"}],
    }  # fmt: skip
    answer = app.server.test_client().post("/_dash-update-component", json=entered)
    app.server.extensions["jobs"].end()
    assert answer.status_code == 200 and "gone.csv is no longer there" in answer.text


def test_a_folder_is_hashed_by_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    house, started = House(Settings(file=tmp_path / "pictures", cache_dir=tmp_path / "cache", threads=1)), []
    monkeypatch.setattr(loading, "fingerprint", lambda file: pytest.fail("hashed while the port does not answer"))
    server._head_start(SimpleNamespace(house=house, warm_up=list, start=lambda function, key: started.append(key)))
    assert len(started) == 1
