"""Unexpected errors: one calm sentence for the person, everything else for the log."""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
import time
import traceback
from pathlib import Path

from pipeline.results import Problem
from pipeline.visible import visible

LARGEST = 2 * 2**20  # bytes of log, after which it is put aside once
FULL = "The disk is full, so nothing more could be written. Free some space and do it again; what was finished before is kept."
LOCKED = "The app may not write to its folder any more. Whoever started it must make the folder writable; then do it again."
DISK = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: LOCKED}
LONGEST = 20_000  # letters of one entry
CHAIN, FRAMES = 5, 30  # errors behind one another, and places of each, that the log tells of


def calm(error: BaseException, log: Path) -> str:
    """What to tell the person: a Problem's own sentence, or one with the reference under which the log has the rest."""
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory for this. Use fewer rows or columns, or close other programs, and run it again."
    if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
        return FULL
    if isinstance(error, OSError) and error.errno in DISK:
        return DISK[error.errno]
    reference = secrets.token_hex(4)
    note(f"{reference}\n{told(error)}", log)
    return f"Something went wrong here that should not have. Your data and settings are kept; try again. (Reference {reference})"


def told(error: BaseException) -> str:
    """Kinds of the error and of those behind it, and where each arose. Never its words: they may quote a cell or a key."""
    told: list[str] = []
    behind: BaseException | None = error
    while behind is not None and len(told) < CHAIN:
        places = traceback.extract_tb(behind.__traceback__)[-FRAMES:]
        number = f" ({errno.errorcode.get(behind.errno or 0, '')})" if isinstance(behind, OSError) else ""
        lines = [f"  {place.filename}:{place.lineno} in {place.name}: {place.line}" for place in places]
        told.append("\n".join([*lines, f"{type(behind).__module__}.{type(behind).__qualname__}{number}"]))
        behind = behind.__cause__ or behind.__context__
    return "\nwhich came of\n".join(told)


def note(words: str, log: Path) -> None:
    """Append to the log, which only its user can read, without control characters.

    A log that cannot be written is no second error.
    """
    written = visible(words.rstrip().replace("\r", "⟨U+000D⟩"))[:LONGEST]  # a line is begun by us alone
    try:
        if log.exists() and log.stat().st_size > LARGEST:
            os.replace(log, log.with_suffix(".old.txt"))
        with open(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="utf-8", errors="replace") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {written}\n\n")
    except OSError:
        return
