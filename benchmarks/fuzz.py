"""Hostile files, one after the other: ``python -m benchmarks.fuzz --count 20000 --seed 0``, or ``make fuzz N=20000``.

Each is loaded in process, with some of its other answers. It fails on a crash, on more than five seconds, on any
exception but Problem and on a dataset that is not whole. What failed is kept; ``--again FILE`` loads it once more.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hostile import Corpus, Hostile, hostile
from pipeline import loading
from pipeline.results import Dataset, Option, Problem

SECONDS = 5.0  # of the processor: beyond, it hangs
SILENT = 60.0  # seconds at one file after which its process is ended
OTHERS = 3  # of so many files, one is loaded with one of its other answers, too
BLANKS = {0xA0: " ", 0x202F: " "}  # that do not break lines
LIMITS = loading.Limits(bytes=2**22, cells=2**22, columns=1_000)  # a column of words costs some milliseconds


def main(arguments: list[str] | None = None) -> None:
    """Load so many files in so many processes; exit 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="how many files")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same files")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="folder for files that failed")
    parser.add_argument("--again", type=Path, help="load one kept file once more")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)  # a share: this file and every so-many-th behind it
    given = parser.parse_args(arguments)
    if given.again:
        print(tried(_kept(given.again), Path(tempfile.mkdtemp())))
    elif given.first is not None:
        share(given.seed, range(given.first, given.count, given.processes), given.keep)
    else:
        sys.exit(all_shares(given))


def all_shares(given: argparse.Namespace) -> int:
    """Whether a file failed (1) or none (0), after all shares have ended, each in a process of its own."""
    started, total, slowest = time.monotonic(), Counter[str](), 0.0
    given.keep.mkdir(parents=True, exist_ok=True)
    running = {first: _started(given, first) for first in range(given.processes)}
    while running:
        time.sleep(0.05)
        for first, process in list(running.items()):
            at = _at(given.keep, first % given.processes)
            if process.poll() is None:
                if time.time() - at.stat().st_mtime > SILENT:
                    process.kill()
                continue
            del running[first]
            reached = json.loads(at.read_text())
            total, slowest = total + Counter(reached["ended"]), max(slowest, reached["slowest"])
            if process.returncode == 0:
                at.unlink()
                continue
            total["failed"] += 1
            number = int(reached["number"])
            _keep(given.keep, given.seed, number, f"its process ended with code {process.returncode}")
            running[number + given.processes] = _started(given, number + given.processes)
    print(
        f"{given.count:,} files of seed {given.seed}: {total['read']:,} read, {total['refused']:,} refused, "
        f"{total['failed']:,} failed; {time.monotonic() - started:.0f} s, the slowest {slowest:.1f} s of the processor."
    )
    return int(total["failed"] > 0)


def _started(given: argparse.Namespace, first: int) -> subprocess.Popen[bytes]:
    """A process for the share that begins with this file."""
    _note(_at(given.keep, first % given.processes), first, Counter(), 0.0)
    words = ["--count", given.count, "--seed", given.seed, "--processes", given.processes, "--keep", given.keep, "--first", first]
    command = [sys.executable, "-m", "benchmarks.fuzz", *map(str, words)]
    env = {**os.environ, "POLARS_MAX_THREADS": "1"}
    return subprocess.Popen(command, env=env, cwd=Path(__file__).parents[1])


def share(seed: int, numbers: range, keep: Path) -> None:
    """Load these files, note how they end, and keep what failed."""
    corpus, ended, slowest = Corpus.read(), Counter[str](), 0.0
    at = _at(keep, numbers.start % numbers.step)
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            _note(at, number, ended, slowest)
            started = time.process_time()
            how = tried(hostile(seed, number, corpus), Path(folder))
            seconds = time.process_time() - started
            slowest = max(slowest, seconds)
            if seconds > SECONDS and number != numbers.start:  # the first one waits for what is imported
                how = f"it took {seconds:.1f} s of the processor"
            if how not in ("read", "refused"):
                _keep(keep, seed, number, how)
                how = "failed"
            ended[how] += 1
    _note(at, numbers.stop, ended, slowest)


def tried(one: Hostile, folder: Path) -> str:
    """How a file ends: read, refused, or in words what is wrong; so does, of some, another answer."""
    file, labels = folder / "table.csv", folder / "labels.csv"
    file.write_bytes(one.content)
    if one.labels is not None:
        labels.write_bytes(one.labels)
    try:
        how, ways = _loaded(file, labels if one.labels is not None else None, one.choices)
        if ways and len(one.content) % OTHERS == 0:
            _loaded(file, None, {**one.choices, **ways[len(one.content) % len(ways)].choices})
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # the panics of polars and of the reader of workbooks are no Exceptions
        return traceback.format_exc()
    return how


def _loaded(file: Path, labels: Path | None, choices: dict[str, Any]) -> tuple[str, list[Option]]:
    """Whether the file is read or refused, and the other answers that there are."""
    settled = {"choices": choices, "limits": LIMITS}
    try:
        dataset = loading.load(file, file.name, root="", **settled)
        if labels:
            dataset = loading.with_labels(dataset, labels, labels.name, **settled)
    except Problem as problem:
        _check_words(str(problem))
        return "refused", list(problem.options)
    _check(dataset)
    return "read", [way for notice in dataset.notices for way in notice.options[-1:]]


def _check(dataset: Dataset) -> None:
    """Raise AssertionError for a dataset that is not whole."""
    rows, table = dataset.rows, dataset.table
    whole = len(rows) == table.height >= 2 and len(dataset.columns) == table.width and np.isfinite(rows).all()
    if not whole or [column.name for column in dataset.columns] != table.columns:
        raise AssertionError(f"{rows.shape} rows, {table.shape} cells")
    if dataset.target is not None and len(dataset.target.codes) + len(dataset.target.values) != len(rows):
        raise AssertionError(f"{len(dataset.target.codes)} labels of {len(rows)} rows")
    for notice in dataset.notices:
        _check_words(notice.text)


def _check_words(words: str) -> None:
    """Raise AssertionError for a sentence that is not fit to be shown."""
    if not words.endswith((".", "?")) or len(words) > 700 or not words.translate(BLANKS).isprintable():
        raise AssertionError(f"not a sentence: {words[:700]!r}")


def _at(keep: Path, worker: int) -> Path:
    """Where a process notes the file that it is at, and how those before it ended."""
    return keep / f"at-{worker}"


def _note(at: Path, number: int, ended: Counter[str], slowest: float) -> None:
    at.write_text(json.dumps({"number": number, "ended": ended, "slowest": slowest}))


def _keep(keep: Path, seed: int, number: int, why: str) -> None:
    """Keep what is needed to run a file again, and say what went wrong."""
    one = hostile(seed, number, Corpus.read())
    held = {"content": one.content, "labels": one.labels}
    packed = {part: None if data is None else base64.b64encode(data).decode() for part, data in held.items()}
    file = keep / f"seed-{seed}-file-{number}.json"
    file.write_text(json.dumps({**packed, "choices": one.choices, "why": why}, indent=1))
    print(f"{file} (seed {seed}, file {number}): {why.strip().splitlines()[-1][:200]}", file=sys.stderr, flush=True)


def _kept(file: Path) -> Hostile:
    held = json.loads(file.read_text())
    content, labels = (None if held[part] is None else base64.b64decode(held[part]) for part in ("content", "labels"))
    return Hostile(content or b"", held["choices"], labels)


if __name__ == "__main__":
    main()
