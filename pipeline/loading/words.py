"""Numbers and names in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, thing: str, many: str = "") -> str:
    """1 row, 2,000 rows; ``many`` is the plural where it is not an s more."""
    return f"{number:,} {thing if number == 1 else many or thing + 's'}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names in quotes, and an ellipsis when there are more."""
    return ", ".join(f"“{name[:40]}”" for name in names[:most]) + (" …" if len(names) > most else "")
