"""What kind of file it is, told by its first bytes and never by its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pipeline.loading.archives import listed
from pipeline.loading.encoding import BOMS, pattern
from pipeline.loading.limits import Limits
from pipeline.results import Problem

Kind = Literal["text", "excel", "parquet", "npy", "npz", "pictures"]
FIRST = 2**16  # bytes looked at
MANY = "A map is made of many: put them into a zip, a subfolder for each label, and open that"

REFUSED = (
    (b"\x1f\x8b", "a gzip archive. Unpack it and open the file inside"),
    (b"BZh", "a bzip2 archive. Unpack it and open the file inside"),
    (b"\xfd7zXZ", "an xz archive. Unpack it and open the file inside"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive. Unpack it and open the file inside"),
    (b"7z\xbc\xaf", "a 7-Zip archive. Unpack it and open the file inside"),
    (b"Rar!", "a RAR archive. Unpack it and open the file inside"),
    (b"\x89PNG", f"a single PNG picture. {MANY}"),
    (b"\xff\xd8\xff", f"a single JPEG picture. {MANY}"),
    (b"RIFF", f"a RIFF file, such as a single WebP picture. {MANY}"),
    (b"GIF8", f"a GIF picture. Save pictures as PNG, JPEG or WebP. {MANY}"),
    (b"%PDF", "a PDF document. Save its table as CSV or Excel and open that"),
    (b"\x89HDF", "an HDF5 file. Save its table as Parquet, .npy or CSV and open that"),
    (b"SQLite format 3", "an SQLite database. Export one table as CSV and open that"),
    (b"ARROW1", "an Arrow file. Save it as Parquet and open that"),
    (b"II*\0", f"a TIFF picture. Save pictures as PNG, JPEG or WebP. {MANY}"),
    (b"MM\0*", f"a TIFF picture. Save pictures as PNG, JPEG or WebP. {MANY}"),
    (b"\x7fELF", "a program. Choose a table, such as a CSV file"),
    (b"MZ\x90\0", "a program. Choose a table, such as a CSV file"),
    (b"{\\rtf", "an RTF document. Save its table as CSV and open that"),
)
COMMENTS = rb"(?:(?><!--.*?-->)\s*)*+"  # none is looked at twice, however many there are
MARKUP = (
    (re.compile(rb"\s*" + COMMENTS + rb"<(!doctype\s+html|html|head|body)\b", re.I | re.S),
     "a web page (HTML), not a table. Perhaps the download met a login page: fetch the file itself and open it"),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!doctype[^>]*>\s*)?" + COMMENTS + rb"<svg\b", re.I | re.S),
     "an SVG drawing, which is not read: it may hold programs. Save pictures as PNG, zip them and open that"),
    (re.compile(rb"\s*<\?xml\b", re.I), "an XML file. Save its table as CSV and open that"),
    (re.compile(rb'\s*(\{\s*["}]|\[\s*([\[{]|("[^"]*"|[-0-9.eE]+|null|true|false)\s*,))'),
     "a JSON file. Save it as CSV or Parquet and open that"),
)  # fmt: skip
TAG = re.compile(rb"\s*" + COMMENTS + rb"<([A-Za-z][\w:.-]*)[\s/>]", re.S)
TAGS = "a web page or XML. Save its table as CSV and open that; if it was downloaded, perhaps the download met an error page"
CONTROL = bytes({*range(32)} - {*b"\t\n\r\x0b\x0c\x1a"})
STRAY = 8  # control characters that a text may have, however short it is


def kind_of(file: Path, name: str, limits: Limits) -> Kind:
    """Kind of a file that can be read; raises Problem for what is empty, too large or something else."""
    if file.is_dir():
        return "pictures"
    size = file.stat().st_size
    if size == 0:
        raise Problem(f"{name} is empty (0 bytes). Choose a file with a header and rows.")
    if size > limits.bytes:
        raise Problem(
            f"{name} has {size / 2**20:,.0f} MB; at most {limits.bytes / 2**20:,.0f} MB are read. "
            "Take a sample of the rows, or save it as Parquet, which is smaller."
        )
    with file.open("rb") as handle:
        first = handle.read(FIRST)
        handle.seek(max(0, size - FIRST))
        last = handle.read()
    return _binary(file, first, name, limits) or _text(first, last, name)


def _binary(file: Path, first: bytes, name: str, limits: Limits) -> Kind | None:
    if first.startswith(b"PAR1"):
        return "parquet"
    if first.startswith(b"\x93NUMPY"):
        return "npy"
    if first.startswith(b"\xd0\xcf\x11\xe0"):
        return "excel"
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(file, name, limits)
    for magic, words in REFUSED:
        if first.startswith(magic):
            raise Problem(f"{name} is {words}.")
    return None


def _archive(file: Path, name: str, limits: Limits) -> Kind:
    """A zip holds an Excel workbook, numpy arrays, or pictures; its reader looks for the pictures and says if there are none."""
    entries = listed(file, name)
    names = [entry.filename for entry in entries]
    workbook = "[Content_Types].xml" in names and any(entry.startswith("xl/") for entry in names)
    tables = workbook or (bool(names) and all(entry.endswith(".npy") for entry in names))
    if not tables:
        if {"[Content_Types].xml", "mimetype"} & set(names):
            raise Problem(f"{name} is a document. Save its table as CSV or Excel, or its pictures into a zip, and open that.")
        return "pictures"
    if sum(entry.file_size for entry in entries) > 4 * limits.bytes:
        raise Problem(f"{name} unpacks to more than {4 * limits.bytes / 2**20:,.0f} MB. Save a part of it as CSV or Parquet.")
    return "excel" if workbook else "npz"


def _text(first: bytes, last: bytes, name: str) -> Kind:
    if first.startswith(tuple(mark for mark, _ in BOMS if b"\xff" in mark)) or pattern(first):
        return "text"
    first = first.removeprefix(b"\xef\xbb\xbf")
    for expression, words in MARKUP:
        if expression.match(first):
            raise Problem(f"{name} is {words}.")
    tag = TAG.match(first)
    if tag and last.rstrip().lower().endswith((b"</html>", b"</" + tag[1].lower() + b">")):
        raise Problem(f"{name} is {TAGS}.")
    control = len(first) - len(first.translate(None, CONTROL))
    if control > max(len(first) / 100, STRAY):
        raise Problem(f"{name} is not a table: its bytes are not text. CSV, Excel, Parquet, .npy and .npz are read.")
    return "text"
