"""The installation's secret, which every owner's name and every key of an upload hangs on: kept twice, each with its hash."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from filelock import FileLock

from pipeline.results import Problem
from pipeline.store import digest

NAMES = ("secret", "secret.copy")
WHOLE = re.compile(r"([0-9a-f]{64})(?:\t([0-9a-f]{16}))?")  # the first ones had no hash


def kept(folder: Path) -> str:
    """The secret in this folder, made at the first start; where one of the two is damaged the other takes its place.

    Raises Problem when one of them cannot be read, whole or not.
    """
    with FileLock(folder / "secret.lock"):
        found = next((secret for secret in (_read(folder / name) for name in NAMES) if secret), secrets.token_hex(32))
        for name in NAMES:
            if _read(folder / name) != found:
                _put(folder / name, found)
    return found


def _read(file: Path) -> str:
    """The secret in a file, or nothing when it is not whole or not there; raises Problem when nobody can tell."""
    try:
        file.chmod(0o600)
        whole = WHOLE.fullmatch(file.read_text(errors="replace"))
    except FileNotFoundError:
        return ""
    except OSError as error:  # another secret in its place would shut everyone out of what is theirs
        raise Problem(
            f"{file} cannot be read: {(error.strerror or 'it is refused').lower()}. Everyone's data hang on it, so nothing was "
            "started. Make it a file that you may read and write; delete it only if what is stored may be lost."
        ) from None
    return whole[1] if whole and whole[2] in (None, digest(whole[1])[:16]) else ""


def _put(file: Path, secret: str) -> None:
    """Write a secret that nobody else can read."""
    made = file.with_name(f"{file.name}.tmp")
    made.unlink(missing_ok=True)
    with open(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
        handle.write(f"{secret}\t{digest(secret)[:16]}")
    os.replace(made, file)
