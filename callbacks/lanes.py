"""The queue without a scheduler: who waits in a lane, first come first served, and the slots to run in."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

LOOK = 0.1  # seconds between two looks at the queue
ROUND = 5.0  # seconds between two looks at whether those who run still respond


class Lane:
    """A folder with a ticket for each waiting job and a lock for each slot.

    ``alive(key)`` tells who still waits; ``look()`` ends who holds a slot and does not respond.
    """

    def __init__(self, folder: Path, slots: int, alive: Callable[[str], bool], look: Callable[[], Any] = list) -> None:
        self.folder = folder
        self.slots = slots
        self.alive = alive
        self.look = look
        (folder / "waiting").mkdir(parents=True, exist_ok=True, mode=0o700)

    def enter(self, key: str, queued: float, placed: Callable[[int], None]) -> FileLock:
        """The lock of a slot, once it is this job's turn; ``placed`` hears of its place in the queue, 1 for the next."""
        ticket = self.folder / "waiting" / f"{queued:020.6f}-{key}"
        ticket.touch()
        told, looked = 0, time.monotonic()
        try:
            while True:
                with FileLock(self.folder / "guard"):
                    place = self._before(ticket.name) + 1
                    slot = self._free() if place == 1 else None
                if slot:
                    return slot
                if place != told:
                    placed(place)
                    told = place
                if time.monotonic() - looked > ROUND:
                    self.look()
                    looked = time.monotonic()
                time.sleep(LOOK)
        finally:
            ticket.unlink(missing_ok=True)

    def _before(self, name: str) -> int:
        """Number of living jobs that wait before this ticket; tickets of dead ones are thrown away."""
        count = 0
        for ticket in (self.folder / "waiting").iterdir():
            if ticket.name >= name:
                continue
            if self.alive(ticket.name.rpartition("-")[2]):
                count += 1
            else:
                ticket.unlink(missing_ok=True)
        return count

    def _free(self) -> FileLock | None:
        for number in range(self.slots):
            try:
                lock = FileLock(self.folder / f"slot-{number}", timeout=0)
                lock.acquire()
            except Timeout:
                continue
            return lock
        return None
