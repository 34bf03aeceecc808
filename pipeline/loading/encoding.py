"""Bytes → UTF-8 with one kind of line end, block by block, and the word on how they were understood."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.loading.words import counted
from pipeline.results import Notice, Option, Problem

BLOCK = 4 * 2**20  # bytes read at once
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32-le"), (b"\x00\x00\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))  # fmt: skip
WORDS = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
         "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}  # fmt: skip
ESCAPES = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")  # ways to spell characters in ASCII
UNDEFINED = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))  # bytes that Windows-1252 does not know


@dataclass(frozen=True)
class Text:
    """A file of characters: its encoding, the bytes of its byte order mark, its number of line ends."""

    file: Path
    name: str
    encoding: str
    start: int
    lines: int
    errors: str = "strict"
    notices: tuple[Notice, ...] = ()

    def returns(self) -> bool:
        """Whether the file has carriage returns."""
        return any(b"\r" in block for block in _raw(self.file, self.start))

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The text as UTF-8 in blocks cut anywhere, every line end a single line feed."""
        held = b""
        for block in self._utf8(size):
            block, held = held + block, b""
            if block.endswith(b"\r"):
                block, held = block[:-1], b"\r"
            yield _line_feeds(block)
        if held:
            yield b"\n"

    def _utf8(self, size: int) -> Iterator[bytes]:
        with self.file.open("rb") as handle:
            handle.seek(self.start)
            if self.encoding == "utf-8" and self.errors == "strict":
                yield from iter(lambda: handle.read(size), b"")
                return
            decoder = codecs.getincrementaldecoder(self.encoding)(self.errors)
            while block := handle.read(size):
                yield decoder.decode(block).encode("utf-8", "replace")
            yield decoder.decode(b"", True).encode("utf-8", "replace")


def text_of(file: Path, name: str, choices: dict[str, Any]) -> Text:
    """How the bytes are to be read, decided on the whole file; raises Problem when nothing fits."""
    with file.open("rb") as handle:
        first = handle.read(2**16)
    start, encoding = _marked(first)
    if "encoding" in choices:
        encoding = _known(str(choices["encoding"]))
    if encoding == "utf-8" or encoding is None:
        return _scanned(file, name, start, encoding or "utf-8", chosen="encoding" in choices)
    return _decoded(file, name, encoding, start, chosen="encoding" in choices)


def _known(encoding: str) -> str:
    """The name of an encoding of characters; raises Problem for what is none, such as rot13 and hex."""
    try:
        found = codecs.lookup(encoding).name
        if found in ESCAPES or codecs.getincrementaldecoder(found)("replace").decode("é,1\n".encode(found, "replace")) is None:
            raise LookupError
    except (LookupError, ValueError, TypeError, AssertionError):  # what the codecs raise that are not for characters
        raise Problem(f"“{encoding[:40]}” is not an encoding. Try utf-8, cp1252, latin-1 or utf-16-le.") from None
    return "latin-1" if found == "iso8859-1" else found


def _marked(first: bytes) -> tuple[int, str | None]:
    """Length of the byte order mark and the encoding that it, or a pattern of NULs, stands for."""
    for mark, encoding in BOMS:
        if first.startswith(mark):
            return len(mark), encoding
    even, odd = first[::2].count(0), first[1::2].count(0)
    if max(even, odd) > len(first) / 8 and min(even, odd) < max(even, odd) / 8:
        return 0, "utf-16-be" if even > odd else "utf-16-le"
    return 0, None


def _scanned(file: Path, name: str, start: int, encoding: str, chosen: bool) -> Text:
    """The text after one quick pass over its bytes, which tells whether it is UTF-8 and counts its lines."""
    decoder, lines, offset, returns = codecs.getincrementaldecoder("utf-8")(), 0, start, 0
    try:
        for block in _raw(file, start):
            if b"\0" in block:
                raise _nul(block, name, lines, offset)
            if not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block)
            lines, returns, offset = lines + block.count(b"\n"), returns + block.count(b"\r"), offset + len(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return _not_utf8(file, name, start, chosen)
    return Text(file, name, encoding, start, max(lines, returns))


def _raw(file: Path, start: int) -> Iterator[bytes]:
    with file.open("rb") as handle:
        handle.seek(start)
        yield from iter(lambda: handle.read(BLOCK), b"")


def _nul(block: bytes, name: str, lines: int, offset: int) -> Problem:
    at = block.index(b"\0")
    row = lines + block.count(b"\n", 0, at) + 1
    return Problem(
        f"{name} has a NUL byte in row {row:,} (byte {offset + at + 1:,}). Remove it, or save the file anew as CSV UTF-8."
    )


def _decoded(file: Path, name: str, encoding: str, start: int, chosen: bool) -> Text:
    """The text in an encoding that a mark, a pattern or a person tells; what it cannot spell is counted."""
    decoder, broken, lines = codecs.getincrementaldecoder(encoding)("replace"), 0, 0
    try:
        for block in _raw(file, start):
            broken += decoder.decode(block).count("\ufffd")
            lines += max(block.count(b"\n"), block.count(b"\r"))  # an upper bound is enough
        broken += decoder.decode(b"", True).count("\ufffd")
    except UnicodeError:
        raise Problem(f"{name} cannot be read as {encoding}. Choose another encoding, or save the file anew as UTF-8.") from None
    words = WORDS.get(encoding, encoding)
    told = [] if chosen else [Notice("encoding", f"Read as {words}.")]
    if broken:
        told.append(_broken(broken, words, encoding, asks=not chosen))
    return Text(file, name, encoding, start, lines, "replace", tuple(told))


def _broken(count: int, words: str, encoding: str, asks: bool) -> Notice:
    told = f"{counted(count, 'broken byte')} in {words} text {'is' if count == 1 else 'are'} shown as “\ufffd”."
    return Notice("broken bytes", told, count, _others(encoding), asks)


def _not_utf8(file: Path, name: str, start: int, chosen: bool) -> Text:
    """UTF-8 with some broken bytes, or Windows-1252 or Latin-1.

    Bytes that happen to be a UTF-8 sequence of several are very rare in other encodings, so that these tell.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    broken = good = outside = lines = 0
    undefined, example = False, ""
    for block in _raw(file, start):
        lines += max(block.count(b"\n"), block.count(b"\r"))
        if block.isascii():
            continue
        text = decoder.decode(block)
        broken += text.count("\ufffd")
        good += len(re.sub(r"[\x00-\x7f\ufffd]", "", text))
        outside += len(block.translate(None, bytes(range(128))))
        undefined = undefined or any(byte in block for byte in UNDEFINED)
        example = example or _example(block)
    broken += decoder.decode(b"", True).count("\ufffd")
    if chosen or good >= 2 * broken:
        told = _broken(broken, "UTF-8", "utf-8", asks=not chosen)
        return Text(file, name, "utf-8", start, lines, "replace", (told,))
    encoding = "latin-1" if undefined else "cp1252"
    words = f"Read as {WORDS[encoding]}: {counted(outside, 'character')} outside ASCII, for example “{example}”."
    told = Notice("encoding", words, outside, _others(encoding), asks=good > 0)
    return Text(file, name, encoding, start, lines, "replace", (told,))


def _others(encoding: str) -> tuple[Option, ...]:
    """The other encodings as answers."""
    return tuple(
        Option(f"Read as {WORDS[other]}", {"encoding": other}) for other in ("cp1252", "latin-1", "utf-8") if other != encoding
    )


def _example(block: bytes) -> str:
    found = re.search(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", block)
    return found.group()[:40].decode("cp1252", "replace") if found else ""


def _line_feeds(block: bytes) -> bytes:
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
