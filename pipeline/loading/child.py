"""Loading in a process of its own, so that a file which asks for too much takes only that process down."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.loading.limits import MUCH, Limits, bound_process, minutes
from pipeline.results import Dataset, Problem, silent
from pipeline.store import Store

KEY = "0" * 40  # the one entry of the folder through which the dataset comes back
BUSY = getattr(signal, "SIGXCPU", None)


def load_bounded(
    file: Path,
    name: str,
    *,
    choices: dict[str, Any],
    root: str,
    limits: Limits,
    labels: Path | None = None,
    report: Any = silent,
    within: Any = bound_process,
) -> Dataset:
    """The dataset of a file, with the labels of another if one is given, read by a child process under ``within`` (limits).

    Raises Problem, also when the child uses up its memory or time, or dies.
    """
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="cluster-explorer-", ignore_cleanup_errors=True) as folder:
        hear, tell = context.Pipe(duplex=False)
        asked = {"file": file, "name": name, "choices": choices, "root": root}
        process = context.Process(target=_child, args=(tell, folder, within, limits, asked, labels), daemon=True)
        process.start()
        tell.close()
        try:
            _follow(hear, report, name, process, limits)
        finally:
            process.kill()
            process.join()
        dataset = Store(Path(folder)).get(KEY)
        if not isinstance(dataset, Dataset):
            raise TypeError(f"The child left {type(dataset).__name__}, not a dataset.")
        return dataset


def _follow(hear: Connection, report: Any, name: str, process: Any, limits: Limits) -> None:
    """Pass progress on until the child has finished."""
    while True:
        try:
            kind, *words = hear.recv()
        except EOFError:
            process.join()
            raise _ended(name, process.exitcode, limits) from None
        if kind == "report":
            report(*words)
        elif kind == "problem":
            raise Problem(*words)
        elif kind == "failed":
            raise RuntimeError(f"loading failed in its process:\n{words[0]}")
        else:
            return


def _ended(name: str, code: int, limits: Limits) -> Problem:
    """What is known of a child that could not say a last word."""
    if BUSY is not None and code == -BUSY:
        return Problem(f"Reading {name} takes more than {minutes(limits.processor)} of the processor's time. {MUCH}.")
    return Problem(f"Reading {name} was ended by the system (code {code}), most likely for want of memory. {MUCH}.")


def _child(tell: Connection, folder: str, within: Any, limits: Limits, asked: dict[str, Any], labels: Path | None) -> None:
    """Read the file and leave the dataset in the folder."""
    import traceback

    from pipeline.loading import load, with_labels

    speaking = threading.Lock()

    def say(*words: Any) -> None:
        with speaking:
            tell.send(words)

    try:
        within(limits, lambda words: say("problem", f"{asked['name']} is too much for this machine. {words}"))
        heard: dict[str, Any] = {
            "limits": limits,
            "report": lambda fraction, note="", positions=None: say("report", fraction, note),
        }
        dataset = load(**asked, **heard)
        if labels:
            dataset = with_labels(dataset, labels, labels.name, choices=asked["choices"], **heard)
        Store(Path(folder)).put(KEY, dataset, owner="", recipe=[])
        say("done")
    except Problem as problem:
        say("problem", str(problem), problem.options)
    except Exception:
        say("failed", traceback.format_exc())
