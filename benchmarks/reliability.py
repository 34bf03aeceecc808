"""Promises beside what was reached: docs/reliability.json, and the table that is rendered from it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.__main__ import machine

DOCS = Path(__file__).parents[1] / "docs"
HEADER = ("| what | target | reached | kept | date | command |", "|---|---:|---:|---|---|---|")


@dataclass(frozen=True)
class Figure:
    """One promise: what, the target and what was reached in words, and whether it was kept."""

    what: str
    target: str
    reached: str
    kept: bool


def below(what: str, limit: float, value: float, unit: str, digits: int = 0) -> Figure:
    """A promise that a number stays below a limit."""
    return Figure(what, f"< {limit:g} {unit}", f"{value:,.{digits}f} {unit}", value < limit)


def say(figures: Sequence[Figure]) -> None:
    """Print what was reached, a line each."""
    for figure in figures:
        print(f"{'kept  ' if figure.kept else 'BROKEN'}  {figure.what}: {figure.reached} (target {figure.target})", flush=True)


def write(figures: Sequence[Figure], command: str, folder: Path = DOCS) -> None:
    """Put these figures in the place of older ones of the same name, and render the table anew."""
    file = folder / "reliability.json"
    known: list[dict[str, Any]] = json.loads(file.read_text())["figures"] if file.exists() else []
    about = {"date": time.strftime("%Y-%m-%d"), "command": command, "machine": machine()["machine"]}
    new = {figure.what: {**asdict(figure), **about} for figure in figures}
    kept = [new.pop(row["what"], row) for row in known] + list(new.values())
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"figures": kept}, indent=1) + "\n")
    (folder / "reliability.md").write_text(TEXT.format(table="\n".join([*HEADER, *map(line, kept)])))


def line(row: dict[str, Any]) -> str:
    """One figure as a line of the table."""
    cells = [row["what"], row["target"], row["reached"], "yes" if row["kept"] else "**no**", row["date"], f"`{row['command']}`"]
    return f"| {' | '.join(cells)} |"


TEXT = """# Reliability

Every target beside what was reached, when, and the command that measures it anew.

{table}

*Load*: a client of our own, pinned to one core, replays what a real page sent: 9 of 10 requests are those of a hovered
or a pinned sample, 1 of 10 draws a map of 5,000 points in other colours. Each request is timed from the moment at which it
was due, whatever came before it, and the client's own median, measured against a handler that does nothing, is subtracted.
The t-SNE runs are the app's own, on one thread each. *Memory* is what the web process holds.
"""
