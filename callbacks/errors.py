"""Unexpected errors: one calm sentence for the person, everything else for the log."""

from __future__ import annotations

import errno
import os
import secrets
import time
import traceback
from pathlib import Path

from pipeline.results import Problem

LARGEST = 2 * 2**20  # bytes of log, after which it is put aside once


def calm(error: BaseException, log: Path) -> str:
    """What to tell the person: a Problem's own sentence, or one with the reference under which the log has the rest."""
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory for this. Use fewer rows or columns, or close other programs, and run it again."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full, so nothing more could be written. Free some space and run it again."
    reference = secrets.token_hex(4)
    note(f"{reference}\n{''.join(traceback.format_exception(error))}", log)
    return f"Something went wrong here that should not have. Your data and settings are kept; try again. (Reference {reference})"


def note(words: str, log: Path) -> None:
    """Append to the log, which only its user can read; a log that cannot be written is no second error."""
    try:
        if log.exists() and log.stat().st_size > LARGEST:
            os.replace(log, log.with_suffix(".old.txt"))
        with open(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {words.rstrip()}\n\n")
    except OSError:
        return
