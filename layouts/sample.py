"""The right side: the sample under the pointer or pinned, and its neighbours in the original space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts import comparing, ids
from layouts.marks import bar, photo

NEAR = (6, 15, 50, 100)  # how many near samples can be shown


@dataclass(frozen=True)
class Neighbour:
    """One near sample: its row, label, distance and picture address, and whether the map keeps it near (None: no map)."""

    row: int
    label: str
    distance: float
    picture_url: str = ""
    kept: bool | None = None


def nothing() -> list[Component]:
    """What stands there before a sample is chosen: what to do next."""
    words = "Point at the map to see a sample. Click, or go through the rows with ◂ ▸, to pin one and see its nearest neighbours."
    return [html.Section([html.H2("Sample"), html.P(words, className="small")], className="box")]


def tools() -> list[Component]:
    """What goes through the rows, and lets go of the pinned one."""
    ways = (
        (ids.PREVIOUS, "◂", "Previous row", " (, or ← on the map)", ", ArrowLeft"),
        (ids.NEXT, "▸", "Next row", " (. or → on the map)", ". ArrowRight"),
        (ids.UNPIN, "✕", "Unpin", "", None),
    )
    return [
        html.Button(sign, id=name, className="quiet", title=words + keys, **{"aria-label": words, "aria-keyshortcuts": shortcuts})
        for name, sign, words, keys, shortcuts in ways
    ]


def card(
    row: int,
    picture_url: str,
    facts: Sequence[tuple[str, str]],
    neighbours: Sequence[Neighbour] = (),
    pinned: bool = False,
    folded: Sequence[tuple[str, str]] = (),
    asked: int = 0,
) -> list[Component]:
    """The card of a row (counted from 0, like everywhere), and below it the card of its neighbours.

    ``folded`` are values that stand behind a line to open, as a picture's pixels do; ``asked`` is how many neighbours
    were asked for.
    """
    title = html.H2(f"Row {row:,}")
    picture = photo(picture_url, f"Picture of row {row:,}")
    body = html.Div([*picture, _list(facts)], className="sample" if picture else "sample plain")
    more = [html.Details([html.Summary(f"All {len(folded):,} values"), _list(folded)], className="fold")] if folded else []
    compare = [comparing.start(row)] if pinned else []
    cards: list[Component] = [html.Section([title, body, *more, *compare], className="box pinned" if pinned else "box")]
    return cards + ([nearest(neighbours, asked)] if neighbours else [])


def nearest(neighbours: Sequence[Neighbour], asked: int = 0) -> Component:
    """The nearest samples in the original space, each a button that pins it, and how many of them the map keeps near.

    ``asked`` is how many were asked for; the page's script hears of another number.
    """
    farthest = max((neighbour.distance for neighbour in neighbours), default=0.0) or 1.0
    rows = [html.Li(_neighbour(neighbour, farthest)) for neighbour in neighbours]
    kept = sum(bool(neighbour.kept) for neighbour in neighbours)
    told = f"The map keeps {kept} of these {len(neighbours)} near."
    known = all(neighbour.kept is not None for neighbour in neighbours)
    words = [html.P(told, className="small")] if known else []
    if known and kept < len(neighbours):
        words.append(html.P("The names of the others are in italics.", className="small names-words"))
    title = html.H2("Nearest in the original space")
    tools = html.Div([*_counts(asked or len(neighbours)), *([_names()] if known else [])], className="near-tools")
    return html.Section([title, tools, *words, html.Ol(rows, className="near")], className="box")


def _counts(asked: int) -> list[Component]:
    """How many are shown, side by side; the one that is, is pressed."""
    buttons = [
        html.Button(f"{count}", id=ids.near_count(count), className="count", **{"aria-pressed": str(count == asked).lower()})
        for count in NEAR
    ]
    return [html.Div(buttons, className="near-counts", role="group", **{"aria-label": "How many near samples"})]


def _names() -> Component:
    """What shows these samples alone on the map, by name; the page's script hears of it."""
    return html.Button("Show only these", className="count names", **{"aria-pressed": "false"})


def _neighbour(neighbour: Neighbour, farthest: float) -> Component:
    label = f" · {neighbour.label}" if neighbour.label else ""
    lost = neighbour.kept is False
    name = html.Span(f"row {neighbour.row:,}{label}", className="small")
    said = [html.Span("farther on the map", className="lost-words")] if lost else []
    line = html.Span([name, *said], className="neighbour-name")
    words = html.Span([line, bar(neighbour.distance / farthest)])  # a colour would be read as one of the map's
    distance = html.Span(number(neighbour.distance), className="small distance")
    inside = [*photo(neighbour.picture_url), words, distance]
    title = "Show this sample: it is near in the data and farther away on the map" if lost else "Show this sample"
    return html.Button(inside, id=ids.near(neighbour.row), className="neighbour lost" if lost else "neighbour", title=title)


def _list(facts: Sequence[tuple[str, str]]) -> Component:
    return html.Dl([part for name, value in facts for part in (html.Dt(name, title=name), html.Dd(value, title=value))])


def number(value: float) -> str:
    """A distance with as many digits as are worth reading."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 4
    return f"{value:,.{digits}f}"
