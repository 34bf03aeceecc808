"""Bytes → UTF-8 with one kind of line end, block by block, and the word on how they were understood."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline.loading.words import MOST, counted, quoted
from pipeline.results import Notice, Option, Problem

BLOCK = 4 * 2**20  # bytes read at once
END, PADDED = b"\x1a", 128  # the mark that DOS puts at the end of a file, and how many of them may stand there
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32-le"), (b"\x00\x00\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))  # fmt: skip
WORDS = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
         "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}  # fmt: skip
ESCAPES = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")  # ways to spell characters in ASCII
UNDEFINED = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))  # bytes that Windows-1252 does not know
PATTERNS = {"utf-16-le": (1, 3), "utf-16-be": (0, 2), "utf-32-le": (1, 2, 3), "utf-32-be": (0, 1, 2)}  # of four, the NULs
BROKEN, BEYOND = re.compile("[\udc80-\udcff]"), re.compile(r"[^\x00-\x7f]")
WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")


@dataclass(frozen=True)
class Text:
    """A file of characters: its encoding, the bytes of its byte order mark, an upper bound of its number of lines.

    ``nul`` says that there are NUL characters in it.
    """

    file: Path
    name: str
    encoding: str
    start: int
    lines: int
    errors: str = "strict"
    notices: tuple[Notice, ...] = ()
    nul: bool = False

    def returns(self) -> bool:
        """Whether the file has carriage returns."""
        return any(b"\r" in block for block in _raw(self.file, self.start))

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The text as UTF-8 in blocks cut anywhere, every line end a single line feed, without the marks at its end."""
        held = b""
        for block in self._utf8(size):
            block = held + block
            whole = len(block[:-PADDED]) + len(block[-PADDED:].rstrip(b"\r" + END))
            block, held = block[:whole], block[whole:]
            yield _line_feeds(block)
        yield _line_feeds(held.rstrip(END))

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
    text = _text_of(file, name, choices)
    with file.open("rb") as handle:
        handle.seek(max(text.start, handle.seek(0, 2) - 4))  # the longest character
        ended = handle.read().decode(text.encoding, "replace").endswith(END.decode())
    mark = Notice("end mark", "The mark by which DOS ends a file (Ctrl+Z) stands at its end; it is left out.", 1)
    return replace(text, notices=(*text.notices, mark)) if ended else text


def _text_of(file: Path, name: str, choices: dict[str, Any]) -> Text:
    with file.open("rb") as handle:
        first = handle.read(2**16)
    start, encoding = _marked(first)
    if "encoding" in choices:
        known = _known(str(choices["encoding"]))
        encoding = encoding if encoding and encoding.startswith(known) else known  # utf-16: its mark says which
    if encoding in ("utf-8", None):
        return _scanned(file, name, start, choices)
    return _decoded(file, name, str(encoding), start, chosen="encoding" in choices)


def _known(encoding: str) -> str:
    """The name of an encoding of characters; raises Problem for what is none, such as rot13 and hex."""
    try:
        found = codecs.lookup(encoding).name
        if found in ESCAPES or codecs.getincrementaldecoder(found)("replace").decode("é,1\n".encode(found, "replace")) is None:
            raise LookupError
    except (LookupError, ValueError, TypeError, AssertionError):  # what the codecs raise that are not for characters
        raise Problem(f"{quoted(encoding)} is not an encoding. Try utf-8, cp1252, latin-1 or utf-16-le.") from None
    return "latin-1" if found == "iso8859-1" else found


def pattern(first: bytes) -> str | None:
    """The encoding that NULs at every second byte, or at three of four, stand for."""
    nuls, quarter = [first[place::4].count(0) for place in range(4)], max(len(first) / 4, 1)
    few = max(quarter / 32, max(nuls) / 8)  # Ā, Ȁ and their like have their NUL on the other side
    full, empty = [count > quarter / 4 for count in nuls], [count < few for count in nuls]
    for encoding, places in PATTERNS.items():
        if all(full[place] if place in places else empty[place] for place in range(4)):
            return encoding
    return None


def _marked(first: bytes) -> tuple[int, str | None]:
    """Length of the byte order mark and the encoding that it, or a pattern of NULs, stands for."""
    for mark, encoding in BOMS:
        if first.startswith(mark):
            return len(mark), encoding
    return 0, pattern(first)


def _scanned(file: Path, name: str, start: int, choices: dict[str, Any]) -> Text:
    """The text after one quick pass over its bytes, which tells whether it is UTF-8 and counts its lines."""
    decoder, lines, returns, nul = codecs.getincrementaldecoder("utf-8")(), 0, 0, False
    try:
        for block in _raw(file, start):
            nul = nul or b"\0" in block
            if not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block)
            lines, returns = lines + block.count(b"\n"), returns + block.count(b"\r")
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return _not_utf8(file, name, start, chosen="encoding" in choices)
    return Text(file, name, "utf-8", start, max(lines, returns), nul=nul)


def _raw(file: Path, start: int) -> Iterator[bytes]:
    with file.open("rb") as handle:
        handle.seek(start)
        yield from iter(lambda: handle.read(BLOCK), b"")


def _decoded(file: Path, name: str, encoding: str, start: int, chosen: bool) -> Text:
    """The text in an encoding that a mark, a pattern or a person tells; what it cannot spell is counted."""
    decoder, broken, lines, nul = codecs.getincrementaldecoder(encoding)("replace"), 0, 0, False
    try:
        for block in _raw(file, start):
            text = decoder.decode(block)
            broken, nul = broken + text.count("\ufffd"), nul or "\0" in text
            lines += max(text.count("\n"), text.count("\r"))  # an upper bound is enough
        broken += decoder.decode(b"", True).count("\ufffd")
    except UnicodeError:
        raise Problem(f"{name} cannot be read as {encoding}. Choose another encoding, or save the file anew as UTF-8.") from None
    told = [] if chosen else [Notice("encoding", f"Read as {WORDS.get(encoding, encoding)}.")]
    if broken and (where := _first_fault(file, encoding, start)):  # else its author wrote the sign for a broken one
        told.append(_broken(broken, encoding, where, asks=not chosen))
    return Text(file, name, encoding, start, lines, "replace", tuple(told), nul)


def _first_fault(file: Path, encoding: str, start: int) -> str:
    """Where the first bytes stand that the encoding cannot spell, in words; nothing when it can spell all."""
    decoder, at, lines, kept = codecs.getincrementaldecoder(encoding)(), start, 1, 0
    for block in chain(_raw(file, start), (b"",)):
        try:
            text = decoder.decode(block, not block)
        except UnicodeDecodeError as error:
            whole = block[: max(error.start - kept, 0)].decode(encoding, "replace")
            return f"line {lines + _ends(whole):,}, byte {at - kept + error.start + 1:,}"
        lines, at, kept = lines + _ends(text), at + len(block), len(decoder.getstate()[0])
    return ""


def _ends(text: str) -> int:
    """The number of line ends."""
    return text.count("\n") or text.count("\r")


def _broken(count: int, encoding: str, where: str, asks: bool) -> Notice:
    are = f"({where}) is" if count == 1 else f"(the first in {where}) are"
    told = f"{counted(count, 'broken byte')} in {WORDS.get(encoding, encoding)} text {are} shown as “\ufffd”."
    return Notice("broken bytes", told, count, _others(encoding), asks)


def _not_utf8(file: Path, name: str, start: int, chosen: bool) -> Text:
    """UTF-8 with some broken bytes, or Windows-1252 or Latin-1.

    Bytes that happen to be a UTF-8 sequence of several are very rare in other encodings, so that these tell.
    """
    decoder, seen = codecs.getincrementaldecoder("utf-8")("surrogateescape"), _Seen()
    for block in _raw(file, start):
        seen.add(block, "" if block.isascii() and not decoder.getstate()[0] else decoder.decode(block))
    seen.add(b"", decoder.decode(b"", True))
    if chosen or seen.good >= 2 * seen.broken:
        told = _broken(seen.broken, "utf-8", _first_fault(file, "utf-8", start), asks=not chosen)
        return Text(file, name, "utf-8", start, seen.lines, "replace", (told,), seen.nul)
    encoding = "latin-1" if seen.undefined else "cp1252"
    words = f"Read as {WORDS[encoding]}: {counted(seen.outside, 'character')} outside ASCII, for example {quoted(seen.example)}."
    told = Notice("encoding", words, seen.outside, _others(encoding), asks=seen.good > 0)
    return Text(file, name, encoding, start, seen.lines, "replace", (told,), seen.nul)


@dataclass
class _Seen:
    """What bytes that are not all UTF-8 hold: how many are ``broken``, the ``good`` characters of several bytes, lines."""

    broken: int = 0
    good: int = 0
    outside: int = 0  # bytes beyond ASCII
    lines: int = 0  # an upper bound
    undefined: bool = False
    nul: bool = False
    example: str = ""

    def add(self, block: bytes, text: str) -> None:
        """Count a block of bytes and the characters beyond ASCII that came out of it; broken bytes are lone surrogates."""
        broken = len(BROKEN.findall(text))
        self.broken, self.good = self.broken + broken, self.good + len(BEYOND.findall(text)) - broken
        self.outside += 0 if block.isascii() else len(block.translate(None, bytes(range(128))))
        self.lines += max(block.count(b"\n"), block.count(b"\r"))
        self.undefined = self.undefined or any(byte in block for byte in UNDEFINED)
        self.nul = self.nul or b"\0" in block
        found = None if self.example else WORD.search(block)
        self.example = found.group()[:MOST].decode("cp1252", "replace") if found else self.example


def _others(encoding: str) -> tuple[Option, ...]:
    """The other encodings as answers."""
    return tuple(
        Option(f"Read as {WORDS[other]}", {"encoding": other}) for other in ("cp1252", "latin-1", "utf-8") if other != encoding
    )


def _line_feeds(block: bytes) -> bytes:
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
