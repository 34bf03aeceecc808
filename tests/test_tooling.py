"""Locks, make and the other tools do what they say."""

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.__main__ import line, measured
from tests import audit, browser_path

HOUSE = Path(__file__).parents[1]
AUDIT = HOUSE / "tests" / "audit.py"
MODULES = {
    "dash-bootstrap-components": "dash_bootstrap_components",
    "scikit-learn": "sklearn",
    "umap-learn": "umap",
    "faiss-cpu": "faiss",
    "dash-ag-grid": "dash_ag_grid",
    "pillow": "PIL",
}
INDIRECT = {"pandas"}


def wanted(name):
    lines = [row.split("#") for row in (HOUSE / name).read_text().splitlines() if row.strip() and not row.startswith(("#", "-"))]
    return {re.match(r"[\w.-]+", row[0])[0]: row[1:] for row in lines}


def locked(name):
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (HOUSE / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_locks_are_complete_and_point_nowhere(name):
    text = (HOUSE / f"{name}.lock").read_text()
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert all(re.match(r"[\w.-]+==", block) and "--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|index|find-links|@ ", text)
    names = {package.lower() for package in locked(f"{name}.lock")}
    assert {package.lower() for package in wanted(f"{name}.txt")} <= names


def test_both_locks_hold_the_same_versions():
    run, test = locked("requirements.lock"), locked("requirements-dev.lock")
    assert run.items() <= test.items()
    assert re.fullmatch(r"4\.4\.\d+", run["dash"])


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_says_what_it_is_for(name):
    assert [package for package, words in wanted(name).items() if not (words and words[0].strip())] == []


def test_every_requirement_is_used():
    imported = set()
    for room in (HOUSE, *(HOUSE / room for room in ("pipeline", "layouts", "callbacks", "benchmarks"))):
        for file in room.glob("*.py") if room == HOUSE else room.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) else []
                imported |= {name.split(".")[0] for name in names}
    unused = {package for package in wanted("requirements.txt") if MODULES.get(package, package) not in imported}
    assert unused == INDIRECT


PRODUCT = [file for room in ("pipeline", "layouts", "callbacks") for file in (HOUSE / room).rglob("*.py")]
BANNED = """
import socket, ssl, http.client, urllib.request, requests, urllib3, pandas, pooch
import polars as pl
from urllib import request
pl.scan_csv("http://a"), pl.read_json("a"), pl.read_database("a", "b"), pl.read_excel("a"), pl.read_ndjson("a")
"""


def test_what_fetches_is_banned_but_in_one_place():
    def refused(name):
        command = [sys.executable, "-m", "ruff", "check", "--output-format=json", "--stdin-filename", name, "-"]
        said = subprocess.run(command, cwd=HOUSE, input=BANNED, capture_output=True, text=True, timeout=60)
        return [finding["message"].split("`")[1] for finding in json.loads(said.stdout) if finding["code"] == "TID251"]

    assert len(refused("pipeline/loading/delimited.py")) == len(refused("callbacks/opening.py")) == 14
    assert refused("pipeline/loading/url.py") == []


def reads(module):
    """Line, function that it stands in, and first argument of every call of a reader of tables."""
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                if re.fullmatch(r"(pl|polars|fastexcel|pd|pandas)\.(read|scan)_\w+", called):
                    yield node.lineno, function, node.args[0]


def ours(function, argument):
    """Whether an argument is bytes or a path that we made: a text could be an address."""
    kinds = {one.arg: ast.unparse(one.annotation) for one in function.args.args if one.annotation}
    written = ast.unparse(argument)
    return bool(re.match(r"\w+\.with_name\(", written)) or kinds.get(written) in ("bytes", "Path")


def test_tables_are_read_from_bytes_and_paths_alone():
    found = [(file, *one) for file in PRODUCT for one in reads(ast.parse(file.read_text(encoding="utf-8")))]
    assert len(found) >= 5
    assert [(file.name, line) for file, line, function, argument in found if not ours(function, argument)] == []
    wrong = ast.parse("def f(name: str, file: Path):\n    pl.read_csv(name)\n    pl.read_csv('http://a')\n    pl.read_csv(file)")
    assert [ours(function, argument) for _, function, argument in reads(wrong)] == [False, False, True]


def test_nothing_of_ours_is_a_pickle():
    """No module that pickles, and no reader that may: what is stored is npy, Arrow and JSON."""
    for file in PRODUCT:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            heads = {name.split(".")[0] for name in named}
            assert not heads & {"pickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "copyreg"}, file
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load"):
                assert "allow_pickle=False" in ast.unparse(node), f"{file}:{node.lineno}"


class Advisories(BaseHTTPRequestHandler):
    """Answers like PyPI; ``told`` holds the advisories of a package, or None for one that it does not know."""

    told = {}

    def do_GET(self):
        _, name, version, _ = self.path.split("/")
        found = self.told.get(name, [])
        body = json.dumps({"info": {"version": version}, "vulnerabilities": found}).encode()
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(b"Not Found" if found is None else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def advised():
    """Run the audit against these advisories."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Advisories)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def run(told, *more):
        Advisories.told = told
        source = ("--source", f"http://127.0.0.1:{server.server_port}")
        return subprocess.run([sys.executable, AUDIT, *source, *more], capture_output=True, text=True, timeout=120)

    yield run
    server.shutdown()
    server.server_close()


def weakness(name, *aliases, **more):
    return {"id": name, "aliases": list(aliases), "summary": "Runs what it reads.", "fixed_in": ["9.9"], **more}


def test_an_audit_passes_when_everything_was_looked_up_and_nothing_found(advised):
    packages = len(locked("requirements.lock"))
    gone = weakness("PYSEC-0", withdrawn="2026-01-01")
    known = {"diskcache": [weakness("GHSA-w8v5-vhqr-4h9v", "CVE-2025-69872")], "flask": [gone]}
    passed = advised(known)
    assert passed.returncode == 0, passed.stderr
    assert f"{packages} packages of requirements.lock, no known weakness without a written reason (1 with one)" in passed.stdout


def test_an_audit_fails_for_a_weakness_and_for_whatever_it_skipped(advised, tmp_path):
    found = advised({"flask": [weakness("PYSEC-1", "CVE-1")]})
    assert found.returncode and "CVE-1, PYSEC-1: Runs what it reads. (mended in 9.9)" in found.stdout
    skipped = advised({"flask": None})
    assert skipped.returncode and "not looked up: flask" in skipped.stdout
    assert f"1 of {len(locked('requirements.lock'))} packages could not be looked up" in skipped.stderr
    empty = tmp_path / "empty.lock"
    empty.write_text("# nothing\n")
    assert "nothing to audit" in advised({}, "--lock", empty).stderr


def test_an_audit_without_a_network_fails_and_says_so():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        source = f"http://127.0.0.1:{closed.getsockname()[1]}"
        ended = subprocess.run([sys.executable, AUDIT, "--source", source], capture_output=True, text=True, timeout=120)
    everything = len(locked("requirements.lock"))
    assert ended.returncode == 1
    assert f"{everything} of {everything} packages could not be looked up at {source}: this audit says nothing" in ended.stderr


def test_what_the_audit_lets_pass_is_told_to_people():
    words = (HOUSE / "SECURITY.md").read_text(encoding="utf-8")
    assert all(name in words for name in audit.KNOWN)
    assert "tests/audit.py" in (HOUSE / "Makefile").read_text()


def test_the_checks_run_what_people_run():
    script = HOUSE / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [row for row in script.read_text().splitlines() if not row.startswith("#")]
    assert lines == ['cd "$(dirname "$0")/.." && exec make test']


def make(folder, *words):
    environment = {**os.environ, "MAKEFLAGS": "", "ARGS": "", "PIP_NO_INPUT": "1"}
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env=environment)


def test_a_second_start_installs_nothing(tmp_path):
    shutil.copy(HOUSE / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "app.py").write_text("import sys; print('started', *sys.argv[1:], 'by', sys.prefix)")
    first = make(tmp_path, "run")
    assert "Making .venv" in first.stdout and "Installing" in first.stdout, first.stderr
    assert f"started by {tmp_path}/.venv" in first.stdout
    begun = time.monotonic()
    second = make(tmp_path, "run", "ARGS=a.csv --port 8060")
    assert second.stdout == f"started a.csv --port 8060 by {tmp_path}/.venv\n" and time.monotonic() - begun < 5
    later = time.time() + 5
    os.utime(tmp_path / "requirements.lock", (later, later))
    assert "Installing" in make(tmp_path, "run").stdout


def test_make_says_what_is_missing(tmp_path):
    shutil.copy(HOUSE / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").write_text("")
    refused = make(tmp_path, "run", "PYTHON=")
    assert refused.returncode and "Python 3.11 or newer with venv is needed" in refused.stderr


def test_the_browser_that_is_named_is_taken(monkeypatch, tmp_path):
    named = tmp_path / "my browser"
    named.write_text("#!/bin/sh\necho Chromium 1\n")
    monkeypatch.setenv("BROWSER_PATH", str(named))
    with pytest.raises(SystemExit, match="does not start"):
        browser_path.find()
    named.chmod(0o755)
    assert browser_path.find() == str(named)
    monkeypatch.setenv("BROWSER_PATH", "")
    monkeypatch.setattr(browser_path, "NAMES", ("no-such-browser", named.name))
    monkeypatch.setattr(browser_path, "MAC", ())
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert browser_path.find() == str(named)


def test_a_measurement_has_seconds_memory_and_quality():
    result = measured("digits", 150, "PCA")
    assert result["rows"] == 150 and set(result["seconds"]) == {"embedding", "projection"}
    assert 50 < result["megabytes"] < 4000 and 0.1 < result["kept"] < 1 and 0.3 < result["accuracy"] < 1
    assert line(result).startswith("| digits 150 | PCA |") and line(result).count("|") == 12
