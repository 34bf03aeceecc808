"""The right side: the sample under the pointer or pinned, and its neighbours in the original space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.marks import bar, photo


@dataclass(frozen=True)
class Neighbour:
    """One near sample: its row, label, distance and picture address."""

    row: int
    label: str
    distance: float
    picture_url: str = ""


def nothing() -> list[Component]:
    """What stands there before a sample is chosen: what to do next."""
    words = "Point at the map to see a sample. Click, or go through the rows with ◂ ▸, to pin one and see its nearest neighbours."
    return [html.Section([html.H2("Sample"), html.P(words, className="small")], className="box")]


def card(
    row: int,
    picture_url: str,
    facts: Sequence[tuple[str, str]],
    neighbours: Sequence[Neighbour] = (),
    pinned: bool = False,
    folded: Sequence[tuple[str, str]] = (),
) -> list[Component]:
    """The card of a row (counted from 0, like everywhere), and below it the card of its neighbours.

    ``folded`` are values that stand behind a line to open, as a picture's pixels do.
    """
    title = html.H2(f"Row {row:,}")
    picture = photo(picture_url, f"Picture of row {row:,}")
    body = html.Div([*picture, _list(facts)], className="sample" if picture else "sample plain")
    more = [html.Details([html.Summary(f"All {len(folded):,} values"), _list(folded)], className="fold")] if folded else []
    cards: list[Component] = [html.Section([title, body, *more], className="box pinned" if pinned else "box")]
    return cards + ([nearest(neighbours)] if neighbours else [])


def nearest(neighbours: Sequence[Neighbour]) -> Component:
    """The nearest samples in the original space; each is a button that pins it."""
    farthest = max((neighbour.distance for neighbour in neighbours), default=0.0) or 1.0
    rows = [html.Li(_neighbour(neighbour, farthest)) for neighbour in neighbours]
    return html.Section([html.H2("Nearest in the original space"), html.Ol(rows, className="near")], className="box")


def _neighbour(neighbour: Neighbour, farthest: float) -> Component:
    label = f" · {neighbour.label}" if neighbour.label else ""
    name = html.Span(f"row {neighbour.row:,}{label}", className="small")
    words = html.Span([name, bar(neighbour.distance / farthest)])  # a colour would be read as one of the map's
    distance = html.Span(_number(neighbour.distance), className="small distance")
    inside = [*photo(neighbour.picture_url), words, distance]
    return html.Button(inside, id=ids.near(neighbour.row), className="neighbour", title="Show this sample")


def _list(facts: Sequence[tuple[str, str]]) -> Component:
    return html.Dl([part for name, value in facts for part in (html.Dt(name, title=name), html.Dd(value, title=value))])


def _number(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 4
    return f"{value:,.{digits}f}"
