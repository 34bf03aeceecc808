"""Cells of a workbook that hold an error such as #DIV/0!, which its reader leaves empty."""

from __future__ import annotations

import html
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from pipeline.loading import compound

PIECE = 2**22  # bytes
CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*(?<!/))>.*?<(?:\w+:)?v>([^<]*)</', re.S)
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
END, SHEET, CONSTANT, FORMULA = 0x0A, 0x85, 0x0205, 0x06  # records of .xls

Cells = dict[tuple[int, int], str]


def error_cells(file: Path, sheet: str) -> Cells:
    """The error at (row, column), from 0, of a sheet of .xlsx or .xls; of .xlsb none is found."""
    try:
        with file.open("rb") as handle:
            if handle.read(4) == compound.MAGIC:
                handle.seek(0)
                held = compound.opened(handle.read())
                return _old(held.stream("Workbook" if "Workbook" in held.streams else "Book"), sheet)
        with zipfile.ZipFile(file) as archive:
            return _new(archive, sheet)
    except (LookupError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return {}  # laid out otherwise, or damaged: whether it can be read, its reader says


def _new(archive: zipfile.ZipFile, sheet: str) -> Cells:
    found = {}
    for piece in _pieces(archive, sheet):
        for attributes, word in CELL.findall(piece) if b't="e"' in piece else ():
            place = re.search(rb'\br="([A-Z]{1,3})([0-9]{1,7})"', attributes)
            if place:
                found[int(place[2]) - 1, _place(place[1])] = html.unescape(word.decode("utf-8", "replace")).strip()
    return found


def _pieces(archive: zipfile.ZipFile, sheet: str) -> Iterator[bytes]:
    """The XML of a sheet in pieces of whole rows."""
    sheets = {each["name"]: each["id"] for each in _tags(archive, "xl/workbook.xml", "sheet")}
    parts = {each["Id"]: each["Target"] for each in _tags(archive, "xl/_rels/workbook.xml.rels", "Relationship")}
    part = posixpath.normpath(posixpath.join("/xl", parts[sheets[sheet]])).lstrip("/")
    rest = b""
    with archive.open(part) as opened:
        while block := opened.read(PIECE):
            rest += block
            cut = max(rest.rfind(b"</row>"), rest.rfind(b":row>"))
            if cut >= 0:
                yield rest[:cut]
                rest = rest[cut:]
    yield rest


def _tags(archive: zipfile.ZipFile, part: str, tag: str) -> list[dict[str, str]]:
    """Attributes of each such tag, by their names without prefix."""
    with archive.open(part) as opened:
        text = opened.read(archive.getinfo(part).file_size).decode("utf-8", "replace")  # no more than is announced
    found = re.findall(rf"<(?:\w+:)?{tag}\s[^>]*>", text)
    return [{key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', each)} for each in found]


def _place(letters: bytes) -> int:
    """Number of a column from its letters: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1


def _old(book: bytes, sheet: str) -> Cells:
    """The records of one sheet that hold an error, or a formula whose result is one."""
    found = {}
    for kind, data in _records(book, _start(book, sheet)):
        if kind == CONSTANT and data[7]:
            found[struct.unpack_from("<HH", data)] = ERRORS.get(data[6], "#N/A")
        elif kind == FORMULA and data[6] == 2 and data[12:14] == b"\xff\xff":
            found[struct.unpack_from("<HH", data)] = ERRORS.get(data[8], "#N/A")
    return {(row, column): word for (row, column), word in found.items()}


def _start(book: bytes, sheet: str) -> int:
    """Where the records of a sheet begin; raises LookupError."""
    for kind, data in _records(book, 0):
        if kind == SHEET:
            length, wide = data[6], data[7] & 1
            name = data[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")
            if sheet in (name, data[7:].decode("cp1252", "replace")):  # the latter in workbooks older than Excel 97
                return int(struct.unpack_from("<I", data)[0])
    raise LookupError(sheet)


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        if kind == END:
            return
        yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size
