"""What a file may ask of this machine, before and while it is read."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

MEMORY = 4 * 2**30  # bytes that loading may use beyond what the process uses already
SECONDS = 600  # processor seconds that loading may use


@dataclass(frozen=True)
class Limits:
    """Largest file (bytes), table (cells) and number of columns that are read."""

    bytes: int = 512 * 2**20
    cells: int = 200_000_000
    columns: int = 10_000


def bound_process(limits: Limits) -> None:
    """Bound this process: 4 GiB of memory and ten minutes of processor beyond what it has used.

    A file of the largest allowed size fits. Where the system knows no such limits (Windows), nothing happens.
    """
    try:
        import resource
    except ImportError:
        return
    memory = psutil.Process().memory_info().vms + max(MEMORY, 8 * limits.bytes)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS
    for kind, wanted in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(kind)[1]
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (bound, hard))
