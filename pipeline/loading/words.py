"""Numbers, names and examples in sentences."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 40  # characters of an example


def counted(number: int, thing: str, many: str = "") -> str:
    """1 row, 2,000 rows; ``many`` is the plural where it is not an s more."""
    return f"{number:,} {thing if number == 1 else many or thing + 's'}"


def quoted(text: object, most: int = MOST) -> str:
    """The start of a text in quotes; what cannot be seen (line ends, zero-width and turning marks) is spelt out."""
    made = ""
    for char in str(text)[: most + 1]:
        made += char if char.isprintable() or char in "\u00a0\u202f" else char.encode("unicode_escape", "replace").decode()
    return f"“{made}”" if len(made) <= most else f"“{made[: most - 1]}…”"


def listed(names: Sequence[object], most: int = 3) -> str:
    """The first names in quotes, and an ellipsis when there are more."""
    return ", ".join(quoted(name) for name in names[:most]) + (" …" if len(names) > most else "")


def numbered(rows: Sequence[int | str], most: int = 3) -> str:
    """Row 3; rows 3, 5 and 9; rows 3, 5, 9 … for more; from numbers or from words such as row 3 (line 5)."""
    shown = [f"{row:,}" if isinstance(row, int) else row.removeprefix("row ") for row in rows[:most]]
    if len(rows) == 1:
        return f"row {shown[0]}"
    if len(rows) > most:
        return f"rows {', '.join(shown)} …"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"


def first_words(error: object, most: int = 80) -> str:
    """The start of what another library says is wrong."""
    return " ".join(str(error).split("\n")[0].split())[:most].rstrip(". ")
