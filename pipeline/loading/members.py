"""What a zip or a folder of pictures holds: its files, each by its path inside, and what is left out unread."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

MOST = 100_000  # files that a zip or a folder may hold
LONGEST = 300  # characters of a path inside that are kept
SYSTEM = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "@eadir"}
ENDINGS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "jpe": "JPEG", "jfif": "JPEG", "webp": "WEBP"}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Member:
    """One file: ``name`` is its path inside, with / between the parts; ``packed`` the bytes that it takes in the zip."""

    name: str
    size: int
    packed: int
    open: Callable[[], IO[bytes]]


@dataclass
class Contents:
    """The files that may be pictures, in the order of their names, and how many others there were.

    ``left`` counts what is left out unread (hidden, links, closed folders), ``odd`` the names that had to be cleaned.
    """

    members: list[Member] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    odd: int = 0

    def sort(self) -> Contents:
        """The same, with picture 2 before picture 10."""
        self.members.sort(key=lambda member: natural(member.name))
        return self


def natural(name: str) -> list[tuple[int, int, str]]:
    """What to sort a name by, so that its numbers are compared as numbers."""
    parts = re.split(r"(\d{1,18})", name, flags=re.A)
    return [(0, int(part), "") if number % 2 else (1, 0, part) for number, part in enumerate(parts)]


def cleaned(name: str) -> tuple[str, bool]:
    """A path of a zip without anything that leads elsewhere, and whether it had to be changed.

    Nothing is ever written there: the path only tells a person and the labels where a picture lies.
    """
    parts = re.split(r"[/\\]", name)
    kept = [part for part in parts if part not in ("", ".", "..") and not re.fullmatch("[A-Za-z]:", part)]
    plain = CONTROL.sub("", "/".join(kept))[-LONGEST:]
    return plain, plain != re.sub(r"(?<![^/])(\./)+", "", name)


def hidden(name: str) -> bool:
    """Whether a system put this file there, or a person hid it: __MACOSX, .DS_Store, Thumbs.db and the like."""
    return any(part.startswith(".") or part.lower() in SYSTEM for part in name.split("/"))
