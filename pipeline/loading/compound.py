"""The container of old Office files (.xls): streams whose sectors are linked in tables, read with every link checked."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0"
POWERS = ((9, 6), (12, 6))  # of two: bytes of sectors and of small sectors
LAST = 0xFFFFFFF0  # numbers of sectors from here on are signs
ENTRY, KIND, STREAM, ROOT = 128, 66, 2, 5  # bytes of an entry of the directory, and where it says what it is


@dataclass(frozen=True)
class Compound:
    """The bytes of a file, its table of links (and that of small sectors), its streams: name → first sector and length."""

    file: bytes
    size: int
    small: int
    cutoff: int
    links: bytes
    links_small: bytes
    streams: dict[str, tuple[int, int]]

    def stream(self, name: str) -> bytes:
        """The bytes of a stream; raises LookupError, or ValueError for sectors that follow each other in a ring."""
        start, length = self.streams[name]
        if length >= self.cutoff:
            return _chain(self.file, start, self.links, self.size)[:length]
        held = _chain(self.file, self.streams[""][0], self.links, self.size)
        return _chain(bytes(self.small) + held, start, self.links_small, self.small)[:length]


def opened(file: bytes) -> Compound:
    """The container in these bytes; raises LookupError, ValueError or struct.error when it is damaged."""
    powers = struct.unpack_from("<HH", file, 30)
    if powers not in POWERS:
        raise LookupError("sectors")
    size, small = (1 << power for power in powers)
    directory, cutoff, first_small, more = (struct.unpack_from("<I", file, place)[0] for place in (48, 56, 60, 68))
    places = [*struct.unpack_from("<109I", file, 76), *_more_places(file, more, size)]
    links = b"".join(_sector(file, place, size) for place in places if place < LAST)
    entries = _chain(file, directory, links, size)
    parts = (entries[at : at + ENTRY] for at in range(0, len(entries) - ENTRY + 1, ENTRY))
    streams = dict(_entry(part) for part in parts if part[KIND] in (ROOT, STREAM))
    links_small = _chain(file, first_small, links, size) if first_small < LAST else b""
    return Compound(file, size, small, cutoff, links, links_small, streams)


def _entry(entry: bytes) -> tuple[str, tuple[int, int]]:
    """Name of a stream, nothing for the one that holds the small sectors, with its first sector and its length."""
    length = struct.unpack_from("<H", entry, 64)[0]
    name = "" if entry[KIND] == ROOT else entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
    start, size = struct.unpack_from("<II", entry, 116)
    return name, (start, size)


def _more_places(file: bytes, sector: int, size: int) -> Iterator[int]:
    """Where further parts of the table of links lie, for large files."""
    for _ in range(len(file) // size + 1):
        if sector >= LAST:
            return
        *places, sector = struct.unpack(f"<{size // 4}I", _sector(file, sector, size))
        yield from places
    raise ValueError("a ring")


def _sector(file: bytes, number: int, size: int) -> bytes:
    return file[(number + 1) * size : (number + 2) * size]


def _chain(file: bytes, sector: int, links: bytes, size: int) -> bytes:
    """The sectors that follow each other from this one."""
    found = []
    while sector < LAST:
        found.append(_sector(file, sector, size))
        if len(found) * size > len(file) + size:
            raise ValueError("a ring")
        sector = struct.unpack_from("<I", links, 4 * sector)[0]
    return b"".join(found)
