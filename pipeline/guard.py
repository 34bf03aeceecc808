"""Text that a spreadsheet would run as a formula, made harmless in files that leave the app.

A spreadsheet runs a cell that begins with one of ``= + - @``, a tab or a line end, in spite of
leading spaces and quotes. An apostrophe before it makes it text. Reading our own file takes exactly
that apostrophe away, so that writing and reading give back what there was.
"""

from __future__ import annotations

import re

# The same words for Python's expressions and for polars': explicit sets, as theirs of spaces differ.
DANGEROUS = "^[ \u00a0\t\r\n\v\f\"']*[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]"
GUARDED = "^'" + DANGEROUS[1:]


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if re.match(DANGEROUS, text) else text


def unguard(text: str) -> str:
    """The text that was guarded: ``unguard(guard(text)) == text`` for every text."""
    return text[1:] if re.match(GUARDED, text) else text
