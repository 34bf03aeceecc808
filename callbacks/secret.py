"""The installation's secret, which every owner's name and every key of an upload hangs on: kept twice, each with its hash."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from filelock import FileLock

from pipeline.store import digest

NAMES = ("secret", "secret.copy")
WHOLE = re.compile(r"([0-9a-f]{64})(?:\t([0-9a-f]{16}))?")  # the first ones had no hash


def kept(folder: Path) -> str:
    """The secret in this folder, made at the first start; where one of the two is damaged the other takes its place."""
    with FileLock(folder / "secret.lock"):
        found = next((secret for secret in (_read(folder / name) for name in NAMES) if secret), secrets.token_hex(32))
        for name in NAMES:
            if _read(folder / name) != found:
                _put(folder / name, found)
    return found


def _read(file: Path) -> str:
    """The secret in a file, or nothing when it is not whole."""
    try:
        file.chmod(0o600)
        whole = WHOLE.fullmatch(file.read_text(errors="replace"))
    except OSError:
        return ""
    return whole[1] if whole and whole[2] in (None, digest(whole[1])[:16]) else ""


def _put(file: Path, secret: str) -> None:
    """Write a secret that nobody else can read."""
    made = file.with_name(f"{file.name}.tmp")
    made.unlink(missing_ok=True)
    with open(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
        handle.write(f"{secret}\t{digest(secret)[:16]}")
    os.replace(made, file)
