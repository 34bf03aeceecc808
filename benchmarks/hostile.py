"""Hostile files: those of the catalogue changed by a grammar of accidents, each made anew from a seed and a number."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INPUTS = Path(__file__).parents[1] / "tests" / "inputs"
MARKS = (",", ";", "\t", "|", " ", ":", "\x1f")
ENDS = ("\n", "\r\n", "\r", "\n\r", "\u2028", "\n\n")
ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp1252", "latin-1", "shift_jis", "cp037",
)  # fmt: skip
CELLS = (
    "", " ", "-", "?", "NA", "NaN", "null", "None", "inf", "-Infinity", "1e309", "1e308", "-1e308", "1e-320", "-0", "+1", "0",
    "1", "2", "007", "01.5", "1,234", "1.234", "1.234,5", "1 234", "1'234", "1,23,456", "12 kg", "5%", "€3.50", "-$5", "0x1F",
    "1_000",
    "٣", "１２", "−5", "–", "١٫٥", "9007199254740993", "18446744073709551617", "9" * 400, "1" * 20 + ".5", "2024-02-30",
    "2024-02-29", "99.99.9999", "01/02/2024", "12:30", "24:61:99", "2024-01-01T12:00:00+25:00", "P1DT2H", "true", "False", "yes",
    "no", "x", "setosa", "Setosa ", "=1+1", "@SUM", "'=1", "+", ".", ",", "e", "1e", "1e5", '"', '""', '"a', 'a"b', '"a\nb"',
    "\x00", "\x1a", "\u202e", "\u200b", "\ud7ff", "e\u0301", "é", "😀", "ﷺ", "x" * 300, "<script>", "{", "[1", "#", "sep=;",
    "\ufeff", "0.1", "0.30000000000000004", "-999", "999",
)  # fmt: skip
NAMES = (
    "a", "b", "a", "", " ", "label", "class", "y", "x", "id", "row", "index", "Unnamed: 0", "map_x", "map_y", "cluster",
    "label_2", "0", "1", "2", "__proto__", "column 2", "a = b", "a (2)", "a (days)", "when", "pixel 1", "price", "'=x", "x" * 300,
    "NA", "\u200b", "1.5",
)  # fmt: skip
CHOICES: dict[str, tuple[Any, ...]] = {
    "header": (True, False), "decimal": (",", "."), "delimiter": (",", ";", "\t", " ", "|"), "skip": (0, 1, 2, 40),
    "fill": ("rows", "columns"), "constant": ("keep",), "quotes": ("literal",), "short_rows": ("leave out",),
    "long_rows": ("leave out",), "nul": ("leave out",), "encoding": ("utf-8", "cp1252", "latin-1", "utf-16-le", "utf-32"),
    "missing": ([], ["x", "-999"]), "target": ("class", "number"), "alike": ("one",), "unnamed": ("last",), "picture": (False,),
    "role:a": ("target", "feature", "left out", "id"), "use:a": ("categories",), "type:a": ("text", "number", "comma"),
    "labels_header": (True, False), "labels_kind": ("number",), "labels_by": ("order",),
}  # fmt: skip
Change = Callable[[random.Random, bytes, "Corpus"], bytes]


@dataclass(frozen=True)
class Corpus:
    """The files that all others are made from, in the order of their names."""

    files: tuple[bytes, ...]
    names: tuple[str, ...]

    @classmethod
    def read(cls) -> Corpus:
        """The files of the catalogue."""
        kept = sorted(file for file in INPUTS.iterdir() if file.is_file())
        return cls(tuple(file.read_bytes() for file in kept), tuple(file.name for file in kept))


@dataclass(frozen=True)
class Hostile:
    """One file with the choices that it is loaded with, and sometimes a file of labels."""

    content: bytes
    choices: dict[str, Any] = field(default_factory=dict)
    labels: bytes | None = None


def hostile(seed: int, number: int, corpus: Corpus) -> Hostile:
    """The file with this number, always the same for the same seed and corpus."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - accidents, no secrets
    content = _table(chance) if chance.random() < 0.3 else chance.choice(corpus.files)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 5))):
        content = chance.choice(CHANGES)(chance, content, corpus)
    choices = {}
    while chance.random() < 0.3:
        name = chance.choice(list(CHOICES))
        choices[name] = chance.choice(CHOICES[name])
    labels = None
    if chance.random() < 0.1:
        labels = chance.choice(CHANGES)(chance, chance.choice((chance.choice(corpus.files), _table(chance))), corpus)
    return Hostile(content[: 2**20], choices, labels)


def _table(chance: random.Random) -> bytes:
    """A table whose columns each hold cells of a few kinds, written in some dialect."""
    width, height = chance.choice((1, 1, 2, 3, 4, 9)), chance.choice((0, 1, 2, 3, 5, 12, 40))
    kinds = [chance.choices(CELLS, k=chance.choice((1, 2, 3, 6))) for _ in range(width)]
    plain = [chance.choice(("whole", "fraction", "mixed", "kinds")) for _ in range(width)]
    rows = [[chance.choice(NAMES) for _ in range(width)]] if chance.random() < 0.8 else []
    rows += [[_cell(chance, kind, words) for kind, words in zip(plain, kinds, strict=True)] for _ in range(height)]
    mark, end, quote = chance.choice(MARKS[:5]), chance.choice(ENDS[:3]), chance.random() < 0.5
    lines = [mark.join(_quoted(cell, mark, quote) for cell in row) for row in rows]
    return _encoded(end.join(lines) + chance.choice(("", end)), chance.choice(("utf-8", "utf-8", chance.choice(ENCODINGS))))


def _cell(chance: random.Random, kind: str, words: list[str]) -> str:
    if kind == "whole" or (kind == "mixed" and chance.random() < 0.6):
        return str(chance.choice((chance.randrange(10), chance.randrange(-1000, 1000), chance.randrange(10**12))))
    if kind == "fraction" or (kind == "mixed" and chance.random() < 0.8):
        return repr(chance.uniform(-100, 100))[: chance.choice((4, 20))]
    return chance.choice(words)


def _quoted(cell: str, mark: str, quote: bool) -> str:
    return '"' + cell.replace('"', '""') + '"' if quote and re.search(f'["\n\r{re.escape(mark)}]', cell) else cell


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "replace")


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _flip(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 40)) if made else 0):
        made[chance.randrange(len(made))] = chance.choice((chance.randrange(256), 0, 34, 44, 10, 13, 255, 128))
    return bytes(made)


def _cut(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.choice((1, 3, 20, len(content))) :]


def _repeat(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    start = chance.randrange(len(content) + 1)
    span = content[start : start + chance.choice((1, 5, 40, 2000))]
    return content[:start] + span * chance.choice((2, 3, 50, 300)) + content[start:]


def _splice(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    other = chance.choice(corpus.files)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


def _insert(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    start, pool = chance.randrange(len(content) + 1), (*CELLS, *ENDS, *MARKS, *NAMES)
    piece = chance.randbytes(chance.choice((1, 4, 30))) if chance.random() < 0.2 else _encoded(chance.choice(pool), "utf-8")
    return content[:start] + piece + content[start:]


def _separated(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    old, new = chance.choice(MARKS).encode(), chance.choice(MARKS).encode()
    return content.replace(old, new, chance.choice((-1, -1, 1, 5)))


def _ended(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    text = _text(content).replace("\r\n", "\n").replace("\r", "\n")
    if chance.random() < 0.3:
        return _bytes("".join(chance.choice(ENDS[:4]) if char == "\n" else char for char in text))
    return _bytes(text.replace("\n", chance.choice(ENDS)))


def _recoded(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    return _encoded(content.decode("utf-8", "replace"), chance.choice(ENCODINGS))


def _requoted(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    if chance.random() < 0.5:
        return content.replace(b'"', chance.choice((b"", b'""', b"'", b' "')))
    mark = chance.choice((b",", b";", b"\n", b" "))
    return content.replace(mark, chance.choice((b'"' + mark, mark + b'"', b'"' + mark + b'"')), chance.choice((-1, 1, 3)))


def _renumbered(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    share = chance.choice((0.05, 0.3, 1.0))
    one = chance.choice(CELLS) if chance.random() < 0.5 else None

    def other(found: re.Match[str]) -> str:
        return found[0] if chance.random() > share else one if one is not None else chance.choice(CELLS)

    return _bytes(re.sub(r"[0-9.]+", other, _text(content)))


def _renamed(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    head, _, rest = _text(content).partition("\n")
    mark = max(MARKS[:4], key=head.count)
    width = chance.choice((len(head.split(mark)), len(head.split(mark)), 1, 3, 30))
    return _bytes(mark.join(chance.choice(NAMES) for _ in range(width)) + "\n" + rest)


def _shuffled(chance: random.Random, content: bytes, corpus: Corpus) -> bytes:
    lines = content.split(b"\n")
    way = chance.randrange(4)
    if way == 0:
        chance.shuffle(lines)
    elif way == 1:
        lines = [line for line in lines if chance.random() < 0.7]
    elif way == 2:
        lines = lines * chance.choice((2, 30))
    else:
        lines.insert(chance.randrange(len(lines) + 1), chance.choice((b"", b"# a note", b"Title", b",,,", b"a,b,c", b" ", b'"')))
    return b"\n".join(lines)


CHANGES: tuple[Change, ...] = (
    _flip, _cut, _repeat, _splice, _insert, _insert, _separated, _ended, _recoded, _requoted, _renumbered, _renumbered, _renamed,
    _shuffled,
)  # fmt: skip
