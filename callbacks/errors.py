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

LARGEST = 2 * 2**20  # bytes of log, after which it is put aside once
FULL = "The disk is full, so nothing more could be written. Free some space and do it again; what was finished before is kept."
LOCKED = "The app may not write to its folder any more. Whoever started it must make the folder writable; then do it again."
DISK = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: LOCKED}


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
    """Where an error happened and what kind it is, with those that led to it; never its words, which may quote a file."""
    lines, met = [], set()
    while error and id(error) not in met:
        met.add(id(error))
        stack = "".join(traceback.format_tb(error.__traceback__))
        number = f" {errno.errorcode.get(error.errno or 0, '')}" if isinstance(error, OSError) else ""
        lines.append(f"Traceback (most recent call last):\n{stack}{type(error).__qualname__}{number}")
        error = error.__cause__ or error.__context__
    return "\n\nbecause of\n".join(lines)


def note(words: str, log: Path) -> None:
    """Append to the log, which only its user can read; a log that cannot be written is no second error."""
    try:
        if log.exists() and log.stat().st_size > LARGEST:
            os.replace(log, log.with_suffix(".old.txt"))
        with open(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {words.rstrip()}\n\n")
    except OSError:
        return
