"""Processes by number and time of birth, so that a number used again is never mistaken for the old process."""

from __future__ import annotations

import time

import psutil

LAST = 2.0  # seconds in which a killed process is gone


def me() -> psutil.Process:
    """The process that asks."""
    return psutil.Process()


def end(pid: int, created: float) -> None:
    """Kill the process of this number and birth with all that it started, and wait until they are gone."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - created) > 0.05:
            return
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return
    for member in family:
        try:
            member.kill()
        except psutil.Error:
            continue
    until = time.monotonic() + LAST
    while not all(_gone(member) for member in family) and time.monotonic() < until:
        time.sleep(0.01)


def _gone(process: psutil.Process) -> bool:
    """Whether a process has ended; its parent may not have noticed yet (and is the one to ask for its exit code)."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
