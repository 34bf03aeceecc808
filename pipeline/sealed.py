"""Small JSON with its own hash behind it: what was changed on the disk by accident never reads as something else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

MARK = "\t"  # JSON on one line has none


def seal(values: dict[str, Any]) -> str:
    """The values as one line of JSON, a tab, and 16 hexadecimal digits of its hash."""
    text = json.dumps(values)
    return f"{text}{MARK}{_hash(text)}"


def unseal(line: str) -> dict[str, Any]:
    """The values of a sealed line; raises ValueError when a letter of it is not as it was written.

    A line without a hash, as they were written before, is taken for what it says.
    """
    text, mark, found = line.rstrip("\n").partition(MARK)
    if mark and found != _hash(text):
        raise ValueError("the line is not as it was written")
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("the line holds no object")
    return values


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
