"""Locks, make and the other tools do what they say."""

import ast
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from benchmarks.__main__ import line, measured
from tests import browser_path

HOUSE = Path(__file__).parents[1]
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
