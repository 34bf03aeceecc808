"""A worker's pulse: proof that it works, for whoever looks at its record, and a watch on its own memory.

A beat is a time and the processor seconds that the worker had used by then. It comes every second, but only
if the worker has done something since the last one: a worker that waits for ever has no pulse,
although its threads live. Times are of the clock that only goes forward, which all processes share.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

BEAT = 1.0  # seconds between two beats
LOOK = 0.2  # seconds between two looks at the memory
WORK = 0.005  # processor seconds that are work; a thread that only waits uses less in half a minute
SILENT = 30.0  # seconds without a pulse after which a worker is given up
AGAIN = 1.5  # seconds until a second look at one that would be given up: one that works has beaten by then
SHARE = 0.02  # of a processor: what one long call uses at least while it lets no thread beat
FORM = struct.Struct("<dd")


def keep(file: Path, most: int, over: Callable[[], None]) -> None:
    """Beat into this file until the process ends; call ``over`` once it uses more than ``most`` bytes of memory."""
    with suppress(OSError):  # whole from its first moment: an empty one would tell nothing of a worker that hangs there
        made = file.with_suffix(".new")
        _write(made, time.monotonic(), time.process_time())
        os.replace(made, file)
    threading.Thread(target=_watch, args=(file, most, over), name="pulse", daemon=True).start()


def silent(file: Path, pid: int) -> bool:
    """Whether the worker of this number has done nothing for half a minute, nor does now: all may have been frozen meanwhile."""
    if not _still(file, pid):
        return False
    time.sleep(AGAIN)
    return _still(file, pid)


def _still(file: Path, pid: int) -> bool:
    """Whether this worker's last beat is half a minute ago, and it has used no processor since."""
    try:
        then, spent = FORM.unpack(file.read_bytes())
        if time.monotonic() - then < SILENT:
            return False
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
            return True
        used = sum(process.cpu_times()[:2]) - spent  # a library may keep every other thread waiting, and yet work
        return used < SHARE * (time.monotonic() - then)
    except (OSError, struct.error, psutil.Error):  # it has not begun, or it has just ended: its lock tells
        return False


def memory() -> int:
    """Bytes that this process alone keeps in memory; stored results are mapped, and the system can let go of them."""
    used = psutil.Process().memory_info()
    return int(used.rss - getattr(used, "shared", 0))


def _watch(file: Path, most: int, over: Callable[[], None]) -> None:
    worked, beaten = -1.0, 0.0
    while True:
        if memory() > most:
            over()
        now = time.monotonic()
        if now - beaten >= BEAT and (spent := _spent(worked)) - worked >= WORK:
            worked, beaten = spent, now
            with suppress(OSError):
                _write(file, now, time.process_time())
        time.sleep(LOOK)


def _spent(before: float) -> float:
    """Processor seconds of this process and, while it waits, of those that it started; this thread's do not count."""
    own = time.process_time() - time.thread_time()
    if own - before >= WORK:
        return own
    with suppress(psutil.Error):
        own += sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))
    return own


def _write(file: Path, now: float, spent: float) -> None:
    """One write over the one before: it needs no room, so a full disk silences nobody."""
    handle = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.write(handle, FORM.pack(now, spent))
    finally:
        os.close(handle)
