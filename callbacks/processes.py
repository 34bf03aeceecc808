"""Processes by number and time of birth, so that a number used again is never mistaken for the old process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

LAST = 2.0  # seconds in which a killed process is gone
SAME = 0.05  # that two readings of a birth may differ


def birth(pid: int) -> float:
    """When the process of this number was born, by a clock that nobody sets; raises psutil.Error when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")  # psutil adds the time of day, which may be set
        return float(stat.rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return float(psutil.Process(pid).create_time())


def lives(pid: int, born: float) -> bool:
    """Whether the process of this number and birth still works; a killed one may wait to be noticed by its parent."""
    try:
        return abs(birth(pid) - born) <= SAME and not _gone(psutil.Process(pid))
    except psutil.Error:
        return False


def end(pid: int, born: float) -> None:
    """Kill the process of this number and birth with all that it started, and wait until they are gone."""
    await_end(kill(pid, born))


def await_end(killed: Iterable[psutil.Process]) -> None:
    """Wait until these killed processes are gone, for as long as that should take."""
    left, until = list(killed), time.monotonic() + LAST
    while not all(_gone(member) for member in left) and time.monotonic() < until:
        time.sleep(0.01)


def kill(pid: int, born: float) -> list[psutil.Process]:
    """The process of this number and birth with all that it started, killed."""
    if not lives(pid, born):
        return []
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
    for member in family:
        with suppress(psutil.Error):
            member.kill()
    return family


def _gone(process: psutil.Process) -> bool:
    """Whether a process has ended; its parent may not have noticed yet (and is the one to ask for its exit code)."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
