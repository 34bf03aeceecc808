"""A folder: what lies in it, and the hash of its content."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pipeline.loading.members import ENDINGS, MOST, Contents, Member, hidden
from pipeline.results import Problem
from pipeline.store import digest

GLANCE = 1000  # entries of a folder that are looked at to tell whether to offer it


def contents(folder: Path, name: str) -> Contents:
    """The files in a folder and the folders below it; links are not followed. Raises Problem when there are too many."""
    found = Contents()
    for path, entry in _files(folder, name, found.left):
        if hidden(path):
            found.left["hidden"] += 1
        else:
            size = entry.stat(follow_symlinks=False).st_size
            found.members.append(Member(path, size, size, _opener(entry.path)))
    return found.sort()


def has_pictures(folder: Path) -> bool:
    """Whether there is a picture, by its name, among the first files in a folder and below it."""
    try:
        return any(path.rpartition(".")[2].lower() in ENDINGS for path, _ in _files(folder, "", Counter(), GLANCE))
    except Problem:
        return False


def fingerprint(path: Path) -> str:
    """Hash of the content of a file, or of a folder: its files' names, sizes and bytes. Raises Problem."""
    try:
        if not path.is_dir():
            return _sha(path)
        held = [(member.name, member.size, _sha(path / member.name)) for member in contents(path, path.name).members]
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.") from error
    return digest("folder", held)


def touched(path: Path) -> str:
    """What changes when a file, or any file of a folder, is written: quick to tell, as no content is read."""
    if not path.is_dir():
        return str(path.stat().st_mtime_ns)
    held = ((member.name, member.size, os.stat(path / member.name).st_mtime_ns) for member in contents(path, path.name).members)
    return digest("touched", list(held))


def _files(folder: Path, name: str, left: Counter[str], most: int = MOST) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Path inside and entry of every plain file; what cannot be entered and links are counted."""
    waiting, seen = [("", str(folder))], 0
    while waiting:
        above, place = waiting.pop()
        try:
            entries = os.scandir(place)
        except OSError:
            left["closed"] += 1
            continue
        with entries:
            for entry in entries:
                seen += 1
                if seen > most:
                    raise Problem(f"{name} holds more than {most:,} files, the most that are read. Take a part of them.")
                if entry.is_symlink():
                    left["links"] += 1
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{above}{entry.name}/", entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield above + entry.name, entry


def _opener(path: str) -> Callable[[], IO[bytes]]:
    return lambda: open(path, "rb")


def _sha(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
