"""A zip: what it holds, and everything that is checked before a byte of it is unpacked. Nothing is written to the disk."""

from __future__ import annotations

import stat
import struct
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from pipeline.loading.members import MOST, Contents, Member, cleaned, hidden
from pipeline.loading.words import quoted
from pipeline.results import Problem

ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags of an entry
UTF8 = 0x800
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # whose unpacking can be told to stop after so many bytes
END, END64, LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
COMMENT = 2**16 + 22  # bytes at the end of a file among which the end of a zip's list is looked for


def listed(file: Path, name: str) -> list[zipfile.ZipInfo]:
    """The entries of a zip, counted before they are read; raises Problem when it is damaged or holds too many."""
    try:
        count = entries(file, MOST)
        if count <= MOST:
            with zipfile.ZipFile(file) as archive:
                return archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
        raise Problem(f"{name} is a damaged zip archive. Save or download it again.") from None
    raise Problem(f"{name} holds more than {MOST:,} files, the most that are read. Take a part of them.")


def entries(file: Path, most: int) -> int:
    """How many entries a zip's list has, counted in the list itself and not beyond ``most`` + 1; raises ValueError."""
    with file.open("rb") as handle:
        end, size = _end(handle)
        handle.seek(max(end - size, 0))
        count = 0
        while size >= 46 and count <= most:
            head = handle.read(46)
            if head[:4] != b"PK\x01\x02":
                raise ValueError("no list of entries")
            names = sum(struct.unpack_from("<HHH", head, 28))
            handle.seek(names, 1)
            size, count = size - 46 - names, count + 1
    return count


def _end(handle: BinaryIO) -> tuple[int, int]:
    """Where a zip's list ends, and how many bytes it has."""
    length = handle.seek(0, 2)
    handle.seek(max(length - COMMENT, 0))
    tail = handle.read()
    at = tail.rfind(END)
    if at < 0:
        raise ValueError("no end")
    size = int(struct.unpack_from("<I", tail, at + 12)[0])
    far = at - 76
    if far >= 0 and tail[at - 20 : at - 16] == LOCATOR and tail[far : far + 4] == END64:
        return length - len(tail) + far, int(struct.unpack_from("<Q", tail, far + 40)[0])
    return length - len(tail) + at, size


def contents(archive: zipfile.ZipFile, name: str) -> Contents:
    """The files in a zip; raises Problem for one that is encrypted or packed in a way that cannot be bounded."""
    found = Contents()
    for entry in archive.infolist():
        path, changed = cleaned(_name(entry))
        if entry.is_dir() or not path or entry.filename.endswith("\\"):
            continue
        if hidden(path):
            found.left["hidden"] += 1
        elif stat.S_ISLNK(entry.external_attr >> 16):
            found.left["links"] += 1
        else:
            _check(entry, path, name)
            found.odd += changed
            found.members.append(Member(path, entry.file_size, entry.compress_size, partial(archive.open, entry)))
    return found.sort()


def _check(entry: zipfile.ZipInfo, path: str, name: str) -> None:
    if entry.flag_bits & ENCRYPTED:
        words = "is encrypted. Unpack it with its password, zip the files without one, and open that."
        raise Problem(f"{quoted(path[-40:])} in {name} {words}")
    if entry.compress_type not in METHODS:
        method = getattr(zipfile, "compressor_names", {}).get(entry.compress_type, str(entry.compress_type))
        words = f"is packed by {quoted(method)}. Zip the files in the usual way (deflate) and open that."
        raise Problem(f"{quoted(path[-40:])} in {name} {words}")


def _name(entry: zipfile.ZipInfo) -> str:
    """The path of an entry; many programs write UTF-8 and do not say so."""
    name = entry.orig_filename
    if not entry.flag_bits & UTF8:
        with suppress(UnicodeError):
            return name.encode("cp437").decode("utf-8")
    return name
