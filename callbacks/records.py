"""The truth of every job: a small record in a file, and a lock that its worker holds for life.

The lock is *start or attach* (a job that has a worker gets no second one) and tells of death at
once: a record that says "running" while its lock is free belongs to a worker that was killed.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from callbacks import processes
from callbacks.lanes import Lane
from pipeline.store import digest

Record = dict[str, Any]

LANES = {"open": 1, "explore": 2, "group": 1}  # slots; --slots sets those of explore
LIVE = ("queued", "running")
PATIENCE = 60.0  # seconds that a queued job may wait for its worker to start
PRESENT = 5.0  # seconds since its last look in which a page still follows a job
KEPT = 7 * 86_400  # seconds that the record of an ended job is kept
LOST = "The run ended unexpectedly (its process was killed, perhaps for lack of memory). Settings are kept; run it again."
UNBORN = "The run did not start. Run it again."


class Records:
    """Records of jobs in one private folder: a folder a job with its record, lock and present frame."""

    def __init__(self, folder: Path, slots: int = LANES["explore"]) -> None:
        self.folder = folder
        self.slots = {**LANES, "explore": slots}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def queue(self, lane: str, owner: str, request: dict[str, Any], page: str = "", yields: bool = False) -> str:
        """Key of the job that does this request; a new record says "queued" unless such a job is live.

        A newer group job of a page replaces the page's older one. A job that ``yields`` has a slot
        of its own, takes none from others, and gets the processor when they leave it.
        """
        key = digest("job", lane, owner, request, page if lane == "group" else "")
        if lane == "group" and page:
            self._replace(digest(owner, page), key)
        self._folder(key).mkdir(exist_ok=True, mode=0o700)
        with self._guard(key):
            former = self.read(key)
            if not former or former["state"] not in LIVE:
                for frame in self._frames(key):
                    frame.unlink(missing_ok=True)
                self._write({
                    "key": key, "lane": lane, "owner": owner, "request": request, "yields": yields, "state": "queued",
                    "queued": time.time(), "place": 0, "stage": "", "fraction": 0.0, "note": "", "frame": 0, "started": 0.0,
                    "seconds": 0.0, "times": {}, "results": {}, "problem": "", "ways": [],
                    "called": 0.0, "pid": None, "created": 0.0,
                })  # fmt: skip
        return key

    def read(self, key: str) -> Record | None:
        """The record as it is now, or None; one whose worker died reads as "lost", with a sentence."""
        record = self._load(key)
        if record is None or record["state"] not in LIVE:
            return record
        if not self._held(key):
            record = self._load(key) or record  # it may have ended between the two looks
            late = time.time() - record["queued"] > PATIENCE
            if record["state"] in LIVE and (record["pid"] or late):
                return {**record, "state": "lost", "problem": LOST if record["pid"] else UNBORN}
        elif record["started"]:
            record["seconds"] = time.time() - record["started"]
        return record

    def change(self, key: str, **values: Any) -> bool:
        """Whether the job was still live, and so has these values in its record now."""
        with self._guard(key):
            record = self._load(key)
            if record is None or record["state"] not in LIVE:
                return False
            self._write({**record, **values})
            return True

    def stop(self, key: str, problem: str = "") -> None:
        """End the job with all its processes, within two seconds; frame and iteration are kept."""
        record = self.read(key)
        if record and self.change(key, state="stopped", problem=problem, seconds=record["seconds"]):
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
            except (OSError, ValueError):
                continue
        return None

    def show(self, key: str, number: int, positions: np.ndarray, **values: Any) -> bool:
        """Whether the job was still live; then this frame stands for the former one, and the record says so."""
        folder = self._folder(key)
        made, former = folder / "frame.tmp", list(self._frames(key))
        with made.open("wb") as handle:
            np.save(handle, np.asarray(positions, np.float32), allow_pickle=False)
        with self._guard(key):
            record = self._load(key)
            if record is None or record["state"] not in LIVE:
                return False
            os.replace(made, folder / f"frame-{number:06d}.npy")
            self._write({**record, **values, "frame": number})
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
            me = processes.me()
            waiting = record is not None and record["state"] == "queued"
            yield waiting and self.change(key, pid=me.pid, created=me.create_time())

    def lane(self, record: Record) -> Lane:
        """The lane that a job waits in; those that yield have one of their own."""
        name = record["lane"]
        folder, slots = self.folder / "lanes", 1 if record["yields"] else self.slots[name]
        return Lane(folder / (f"{name}-yielding" if record["yields"] else name), slots, self._held)

    def followed(self, keys: Iterable[str], page: str) -> None:
        """Remember that this page looks at these jobs now."""
        for key in keys:
            if self._folder(key).exists():
                (self._folder(key) / f"page-{page}").touch()

    def shared(self, key: str, page: str) -> bool:
        """Whether another page has looked at the job a moment ago."""
        pages = (file for file in self._folder(key).glob("page-*") if file.name != f"page-{page}")
        return any(time.time() - file.stat().st_mtime < PRESENT for file in pages)

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
            if left.name.split("-")[-1] in found or (left.name.startswith("newest-") and left.read_text() in found):
                left.unlink(missing_ok=True)
        return found

    def tidy(self) -> None:
        """Remove what ended more than a week ago."""
        for folder in self.folder.iterdir():
            record = self.read(folder.name)
            if record and record["state"] not in LIVE and time.time() - record["queued"] > KEPT:
                shutil.rmtree(folder, ignore_errors=True)
        for newest in self.folder.glob("newest-*"):
            if time.time() - newest.stat().st_mtime > KEPT:
                newest.unlink(missing_ok=True)

    def _replace(self, page: str, key: str) -> None:
        """Remember this as the page's newest group job, and stop the one before."""
        file = self.folder / f"newest-{page}"
        with FileLock(self.folder / "newest.lock"):
            former = file.read_text() if file.exists() else ""
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
        except OSError:
            return False

    def _load(self, key: str) -> Record | None:
        try:
            record: Record = json.loads((self._folder(key) / "record.json").read_text())
            return record
        except (OSError, ValueError):
            return None

    def _write(self, record: Record) -> None:
        file = self._folder(record["key"]) / "record.json"
        made = file.with_suffix(".tmp")
        made.write_text(json.dumps(record))
        os.replace(made, file)
