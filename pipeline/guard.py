"""Text that a spreadsheet would run as a formula, made harmless in files that leave the app.

A spreadsheet runs a cell that begins with one of ``= + - @``, a tab or a line end, in spite of
leading spaces and quotes. Where it splits a line at other marks than commas, or a line end inside
a text ends the line, a cell begins inside the text too. An apostrophe before each such place makes it text.
Reading our own file takes exactly those apostrophes away, so that writing and reading give back what there was.
"""

from __future__ import annotations

import re

# The same words for Python's expressions and for polars': explicit sets, as theirs of spaces differ.
DANGEROUS = "^[ \u00a0\t\r\n\v\f\"']*[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]"
GUARDED = "^'" + DANGEROUS[1:]
_SPLIT, _FORMULA = "([;,|\t\r\n])", "([ \u00a0\v\f\"']*[-=+@\uff1d\uff0b\uff0d\uff20])"
INSIDE = _SPLIT + _FORMULA  # a place inside a text: what splits it there, and how a formula begins
INSIDE_GUARDED = _SPLIT + "'" + _FORMULA


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whichever mark splits its lines into cells."""
    text = re.sub(INSIDE, r"\1'\2", text)
    return "'" + text if re.match(DANGEROUS, text) else text


def unguard(text: str) -> str:
    """The text that was guarded: ``unguard(guard(text)) == text`` for every text."""
    text = text[1:] if re.match(GUARDED, text) else text
    return re.sub(INSIDE_GUARDED, r"\1\2", text)
