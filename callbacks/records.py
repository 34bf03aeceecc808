"""The truth of every job: a small record in a file, and a lock that its worker holds for life.

The lock is *start or attach* (a job that has a worker gets no second one) and tells of death at
once: a record that says "running" while its lock is free belongs to a worker that was killed.
Times in a record are of the clock that only goes forward, so that setting the other one harms nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from callbacks import job_file, processes, pulse
from callbacks.job_file import BLANK, Record, changed, number_in, words_of
from callbacks.lanes import Lane
from pipeline.store import digest

LANES = {"open": 1, "explore": 2, "group": 1}  # slots; --slots sets those of explore
LIVE = ("queued", "running")
PATIENCE = 60.0  # seconds that a queued job may wait for its worker to start
SLOW = 5 * PATIENCE  # and while the process of that worker lives: a busy machine loads libraries for long
DAY = 86_400.0  # seconds between two looks for what may be thrown away
PRESENT = 5.0  # seconds since its last look in which a page still follows a job
KEPT = 7 * 86_400  # seconds that the record of an ended job is kept
NEWEST = 100  # records that are kept whatever the clock says
TRIES = 2  # workers that a job may take with it
REST = 3600.0  # seconds for which it then is not started again
LOST = "The run ended unexpectedly (its process was killed, perhaps for lack of memory). Settings are kept; run it again."
UNBORN = "The run did not start. Run it again."
SILENT = "The run did not respond any more, so it was ended. Settings are kept; run it again."
PARKED = (
    "This run has ended its process twice, so it is not started again for an hour. "
    "Choose other settings, use fewer rows, or close other programs and restart the app later."
)


class Records:
    """Records of jobs in one private folder: a folder a job with its record, lock, pulse and present frame."""

    def __init__(self, folder: Path, slots: int = LANES["explore"]) -> None:
        self.folder = folder
        self.slots = {**LANES, "explore": slots}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tidied = time.monotonic()

    def queue(self, lane: str, owner: str, request: dict[str, Any], page: str = "", yields: bool = False) -> str:
        """Key of the job that does this request; a new record says "queued" unless such a job is live.

        A newer group job of a page replaces the page's older one. A job that ``yields`` has a slot
        of its own, takes none from others, and gets the processor when they leave it. One that has
        ended its worker again and again is parked: its record says so, and it is not begun.
        """
        if time.monotonic() - self._tidied > DAY:
            self.tidy()
        key = digest("job", lane, owner, request, page if lane == "group" else "")
        if lane == "group" and page:
            self._replace(digest(owner, page), key)
        self._folder(key).mkdir(exist_ok=True, mode=0o700)
        self.read(key)  # ends what does not respond
        with self._guard(key):
            former = self._seen(key) or BLANK
            if former is BLANK or not (former["state"] in LIVE or _rests(former)):
                for left in (*self._frames(key), self.pulse(key)):
                    left.unlink(missing_ok=True)
                lost = former["lost"] + (former["problem"] != UNBORN) if former["state"] == "lost" else 0
                parked = {"state": "failed", "problem": PARKED, "parked": time.monotonic()} if lost >= TRIES else {}
                asked = {"key": key, "lane": lane, "owner": owner, "request": request, "yields": yields, "lost": lost}
                self._write(BLANK | asked | {"queued": time.monotonic()} | parked)
                job_file.reserve(self._folder(key))
        return key

    def read(self, key: str) -> Record | None:
        """The record as it is now, or None.

        One whose worker died reads as "lost", with a sentence; a worker that does not respond is ended.
        """
        record = self._seen(key)
        if record and record["state"] in LIVE and record["pid"] and pulse.silent(self.pulse(key), record["pid"]):
            processes.end(record["pid"], record["created"])
            self.change(key, state="lost", problem=SILENT, seconds=record["seconds"])
            return self._seen(key)
        return record

    def waits(self, key: str, patience: float = 0.0) -> bool:
        """Whether a job is queued and no worker has been called for it in this time."""
        record = self.read(key)
        called = record is None or record["state"] != "queued" or record["pid"] or record["called"]
        return not called and not 0 <= time.monotonic() - record["queued"] < patience

    def called(self, key: str, pid: int, created: float) -> None:
        """Note the worker that was called for a job: until it holds the job, its death is the job's."""
        self.change(key, called=time.monotonic(), starter=[pid, created])

    def change(self, key: str, **values: Any) -> bool:
        """Whether the job was still live, and so has these values in its record now."""
        with self._guard(key):
            record = self._load(key)
            if record is None or record["state"] not in LIVE:
                return False
            self._write({**record, **values})
            if values.get("state") == "finished":
                for left in (*self._frames(key), self._folder(key) / "reserve"):
                    left.unlink(missing_ok=True)
            return True

    def stop(self, key: str, problem: str = "") -> None:
        """End the job with all its processes, within two seconds; frame and iteration are kept."""
        record = self.read(key)
        if record is None or record["state"] not in LIVE:
            return
        said: Record = {"state": "stopped", "problem": problem, "seconds": record["seconds"]}
        try:
            live = self.change(key, **said)
        except Timeout:  # its worker hangs over its record
            processes.end(record["pid"] or 0, record["created"])
            live = self.change(key, **said)
        if live:
            record = self._load(key) or record  # a worker may have just begun; from now on none does
            if record["pid"]:
                processes.end(record["pid"], record["created"])

    def frame(self, key: str) -> tuple[int, np.ndarray] | None:
        """Number and positions (n, 2 or 3) float32 of the newest frame, or None."""
        for _ in range(5):  # a frame may be replaced while it is being opened
            newest = max(self._frames(key), default=None)
            if newest is None:
                return None
            try:
                return int(newest.stem.split("-")[1]), np.load(newest, allow_pickle=False)
            except (OSError, ValueError, EOFError):
                continue
        return None

    def show(self, key: str, number: int, positions: np.ndarray, **values: Any) -> bool:
        """Whether the job was still live; then this frame stands for the former one, and the record says so."""
        folder = self._folder(key)
        made, former = folder / "frame.tmp", list(self._frames(key))
        try:
            with made.open("wb") as handle:
                np.save(handle, np.asarray(positions, np.float32), allow_pickle=False)
            with self._guard(key):
                record = self._load(key)
                if record is None or record["state"] not in LIVE:
                    return False
                os.replace(made, folder / f"frame-{number:06d}.npy")
                self._write({**record, **values, "frame": number})
        finally:
            made.unlink(missing_ok=True)  # half of it may fill the disk
        for frame in former:
            frame.unlink(missing_ok=True)
        return True

    @contextmanager
    def held(self, key: str) -> Iterator[bool]:
        """Whether this process may do the job: it is queued and no other worker has it. The lock is held inside."""
        try:
            if self._load(key) is None:
                raise FileNotFoundError
            lock = FileLock(self._folder(key) / "lock", timeout=1).acquire(poll_interval=0.02)
        except (Timeout, OSError):
            yield False
            return
        with lock:
            record = self._load(key)
            waiting = record is not None and record["state"] == "queued"
            yield waiting and self.change(key, pid=os.getpid(), created=processes.birth(os.getpid()))

    def pulse(self, key: str) -> Path:
        """The file that the worker of a job beats into."""
        return self._folder(key) / "pulse"

    def lane(self, record: Record) -> Lane:
        """The lane that a job waits in; those that yield have one of their own."""
        name = record["lane"]
        folder, slots = self.folder / "lanes", 1 if record["yields"] else self.slots[name]
        return Lane(folder / (f"{name}-yielding" if record["yields"] else name), slots, self._held, self.live)

    def followed(self, keys: Iterable[str], page: str) -> None:
        """Remember that this page looks at these jobs now; a disk that takes no note of it is no error."""
        for key in keys:
            with suppress(OSError):
                (self._folder(key) / f"page-{page}").write_text(str(time.monotonic()))

    def shared(self, key: str, page: str) -> bool:
        """Whether another page has looked at the job a moment ago."""
        pages = [file for file in self._folder(key).glob("page-*") if file.name != f"page-{page}"]
        return any(0 <= time.monotonic() - number_in(file) < PRESENT for file in pages)

    def live(self) -> list[Record]:
        """Records of all jobs that are waiting or running."""
        records = (self.read(folder.name) for folder in self.folder.iterdir())
        return [record for record in records if record and record["state"] in LIVE]

    def forget(self, owner: str, words: Collection[str]) -> set[str]:
        """Keys of this owner's jobs in whose request one of these words stands: they are stopped, their records removed."""
        found = set()
        for folder in self.folder.iterdir():
            record = self._load(folder.name)
            if record and record["owner"] == owner and any(word in json.dumps(record["request"]) for word in words):
                found.add(folder.name)
        for key in found:
            self.stop(key)
            shutil.rmtree(self._folder(key), ignore_errors=True)
        for left in [*self.folder.glob("newest-*"), *self.folder.glob("lanes/*/waiting/*")]:
            if left.name.split("-")[-1] in found or (left.name.startswith("newest-") and words_of(left) in found):
                left.unlink(missing_ok=True)
        return found

    def tidy(self) -> None:
        """Remove what ended more than a week ago, but for the newest: the clock may have been set."""
        self._tidied = time.monotonic()
        files = sorted(self.folder.glob("*/record.json"), key=changed, reverse=True)
        for file in files[NEWEST:]:
            record = self.read(file.parent.name)
            if (record is None or record["state"] not in LIVE) and time.time() - changed(file) > KEPT:
                shutil.rmtree(file.parent, ignore_errors=True)
        for newest in self.folder.glob("newest-*"):
            if self._load(words_of(newest)) is None:
                newest.unlink(missing_ok=True)

    def _replace(self, page: str, key: str) -> None:
        """Remember this as the page's newest group job, and stop the one before."""
        file = self.folder / f"newest-{page}"
        with FileLock(self.folder / "newest.lock"):
            former = words_of(file)
            file.write_text(key)
        if former and former != key:
            self.stop(former, "A newer request took its place.")

    def _folder(self, key: str) -> Path:
        """Folder of a job; a key that is none of ours names a folder that is never there."""
        return self.folder / (key if len(key) == 40 and key.isalnum() else "none")

    def _frames(self, key: str) -> list[Path]:
        return list(self._folder(key).glob("frame-*.npy"))

    def _guard(self, key: str) -> FileLock:
        return FileLock(self._folder(key) / "guard", timeout=10)

    def _held(self, key: str) -> bool:
        """Whether a living worker has this job."""
        try:
            with FileLock(self._folder(key) / "lock", timeout=0):
                return False
        except Timeout:
            return True
        except FileNotFoundError:
            return False
        except OSError:  # nothing can be told: a run is not given up because a file could not be opened
            return True

    def _seen(self, key: str) -> Record | None:
        """The record with what its lock tells: a job whose worker has died is lost."""
        before = self._load(key)
        if before is None or before["state"] not in LIVE:
            return before
        held, record = self._held(key), self._load(key) or before  # it may have ended between the two looks
        if record["state"] not in LIVE:
            return record
        if held:
            spent = time.monotonic() - record["started"]
            return {**record, "seconds": spent} if record["started"] else record
        if before["pid"] and before["pid"] == record["pid"]:
            return {**record, "state": "lost", "problem": LOST}
        return {**record, "state": "lost", "problem": UNBORN} if _unborn(record) else record

    def _load(self, key: str) -> Record | None:
        return job_file.load(self._folder(key), key)

    def _write(self, record: Record) -> None:
        job_file.write(self._folder(record["key"]), record)


def _unborn(record: Record) -> bool:
    """Whether no worker will come for a queued job: the one called for it has died, or does not begin however long one waits."""
    called = bool(record["starter"][0])
    alive = called and processes.lives(*record["starter"])
    late = not 0 <= time.monotonic() - record["queued"] <= (SLOW if alive else PATIENCE)
    return not record["pid"] and (late or (called and not alive))


def _rests(record: Record) -> bool:
    """Whether a job is not to be started again yet."""
    return bool(record["parked"]) and 0 <= time.monotonic() - record["parked"] < REST
