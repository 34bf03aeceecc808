"""The record of one job as a file, and the other small files beside it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.sealed import seal, unseal

Record = dict[str, Any]

TRIES, MOMENT = 20, 0.01  # looks whether somebody still reads a file, and seconds between two
RESERVE = 16_384  # bytes that every job keeps for its last word, should the disk be full by then
BLANK: Record = {
    "lane": "open", "owner": "", "request": {}, "yields": False, "state": "queued", "queued": 0.0, "place": 0, "stage": "",
    "fraction": 0.0, "note": "", "frame": 0, "shown": 0, "started": 0.0, "seconds": 0.0, "times": {}, "results": {},
    "problem": "", "ways": [], "mended": False, "called": 0.0, "starter": [0, 0.0], "pid": None, "created": 0.0, "lost": 0,
    "parked": 0.0,
}  # fmt: skip


def load(folder: Path, key: str) -> Record | None:
    """The record of the job of this key in its folder, every field there, or None; a torn one is none."""
    try:
        record = unseal((folder / "record.json").read_text())
    except (OSError, ValueError):
        return None
    return BLANK | record if record.get("key") == key else None


def write(folder: Path, record: Record) -> None:
    """Put a record in the place of the former one; nobody ever reads half of it."""
    made, line = folder / "record.tmp", seal(record)
    try:
        made.write_text(line)
    except OSError:  # the disk is full: what was kept for this makes room
        (folder / "reserve").unlink(missing_ok=True)
        made.write_text(line)
    put(made, folder / "record.json")


def put(made: Path, file: Path) -> None:
    """Give a file the place of another; where the system refuses that while somebody reads the other, in a moment."""
    for _ in range(TRIES):
        with suppress(PermissionError):
            os.replace(made, file)
            return
        time.sleep(MOMENT)
    os.replace(made, file)


def reserve(folder: Path) -> None:
    """Keep room for the record's last word, should the disk be full by then."""
    with suppress(OSError):
        (folder / "reserve").write_bytes(bytes(RESERVE))


def words_of(file: Path) -> str:
    """The text of a small file, or nothing."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def number_in(file: Path) -> float:
    """The number that a small file holds, or nan."""
    try:
        return float(words_of(file))
    except ValueError:
        return float("nan")


def size(file: Path) -> int:
    """Bytes of a file, or 0 when it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def changed(file: Path) -> float:
    """When a file was last changed, or 0 when it is not there."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
