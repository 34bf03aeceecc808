"""Taking away and coming back: the menu of exports, what was looked at before, deleting a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.plain import plain

VECTOR = 20_000  # points that an SVG holds as shapes; more would be too much for the programs that open it
SHAPES = "shapes that stay sharp at every size"
PICTURE = f"more than {VECTOR:,} points stay a picture in it"
DEEP = "a map in 3-D stays a picture in it"


@dataclass(frozen=True)
class Before:
    """A map that was looked at: its workspace, dataset, words about it, and when."""

    workspace: str
    name: str
    words: str
    when: str


def menu() -> Component:
    """The menu in the header: what can be taken away."""
    points = html.A(["points.csv", _small("every row with its place, label and group")], id=ids.TAKE_POINTS)
    png = html.Button(["PNG", _small("a picture of the map as you see it")], id=ids.TAKE_PNG, disabled=True)
    svg = html.Button(["SVG", _small(SHAPES, ids.TAKE_SVG_WORDS)], id=ids.TAKE_SVG, disabled=True)
    page = html.A(["map.html", _small("the map to move and search, in one file, offline")], id=ids.TAKE_MAP)
    head = html.Summary(
        [html.Span(className="down"), html.Span("Take away", className="wide")], className="button", title="Take away"
    )
    return html.Details([head, html.Div([points, png, svg, page], className="menu-list")], id=ids.TAKE_AWAY, className="menu")


def coming_back() -> list[Component]:
    """Places in the Data card: what was looked at before, and deleting what is open."""
    words = html.P(id=ids.DELETE_WORDS, className="small")
    really = html.Button("Really delete it", id=ids.DELETE_REALLY, className="button danger wide")
    head = html.Summary("Delete this dataset …", className="quiet")
    return [
        html.Div(id=ids.RECENT, **plain(None)),
        html.P(id=ids.DELETED, className="small", role="status"),
        html.Details([head, words, really], id=ids.DELETE, className="delete", hidden=True),
    ]


def recent(seen: Sequence[Before]) -> list[Component]:
    """Links to what was looked at before; nothing when there is nothing."""
    if not seen:
        return []
    links = [
        html.Li(html.A([html.B(one.name, title=one.name), _small(f"{one.words} · {one.when}")], href=f"/?w={one.workspace}"))
        for one in seen
    ]
    return [html.H3("Recent"), html.Ul(links, className="recent")]


def warning(name: str) -> str:
    """What deleting means, before it is done."""
    return (
        f"{name}, its labels, and every map and group made from it are removed from this computer at once. "
        "This cannot be undone. Press the line above again to keep it."
    )


def _small(words: str, name: str | None = None) -> Component:
    return html.Span(words, className="small", **({"id": name} if name else {}))
