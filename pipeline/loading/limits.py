"""What a file may ask of this machine, before and while it is read."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from pipeline.loading.words import counted

GLANCE = 0.2  # seconds between two looks at the memory and the clock
SPARED = 0.2  # share of the free memory of the machine that is left alone
MUCH = "Take a sample of its rows, leave columns out, or save it as Parquet"


@dataclass(frozen=True)
class Limits:
    """Largest file (bytes), table (cells) and number of columns that are read.

    A process that reads may use ``memory`` bytes and ``processor`` seconds beyond what it has used, and ``seconds`` in all.
    """

    bytes: int = 512 * 2**20
    cells: int = 200_000_000
    columns: int = 10_000
    memory: int = 4 * 2**30
    processor: int = 600
    seconds: int = 900


def bound_process(limits: Limits, last: Callable[[str], None] = lambda words: None) -> None:
    """Bound the memory and the time of this process; it ends when they are used up.

    A file of the largest allowed size fits. The system bounds the address space and the processor's time (but on
    Windows); a thread watches the memory in use, which may be scarcer, and the clock. It hands its ``last`` words over
    and ends the process.
    """
    memory = max(limits.memory, 8 * limits.bytes)
    _bound_by_system(memory, limits.processor)
    process, started = psutil.Process(), time.monotonic()
    most = process.memory_info().rss + min(memory, int((1 - SPARED) * psutil.virtual_memory().available))

    def watch() -> None:
        while True:
            time.sleep(GLANCE)
            if process.memory_info().rss > most:
                words = f"Reading it needs more than {most / 2**30:,.1f} GB of memory"
            elif time.monotonic() - started > limits.seconds:
                words = f"Reading it takes longer than {minutes(limits.seconds)}"
            else:
                continue
            try:
                last(f"{words}. {MUCH}.")
            finally:
                os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def minutes(seconds: int) -> str:
    """Seconds in words."""
    return counted(seconds // 60, "minute") if seconds >= 60 else counted(seconds, "second")


def _bound_by_system(memory: int, processor: int) -> None:
    """Bound address space and processor's time, where the system knows such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    space = psutil.Process().memory_info().vms + memory
    used = resource.getrusage(resource.RUSAGE_SELF)
    for kind, wanted in ((resource.RLIMIT_AS, space), (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + processor)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
