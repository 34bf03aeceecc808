"""Two samples side by side: the kept one and the pinned one, what differs most between them first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts.marks import bar, photo


@dataclass(frozen=True)
class Line:
    """One line of the table: a column, both values, what is said of their difference, and a bar of it from 0 to 1."""

    name: str
    first: str
    second: str
    said: str = ""
    share: float | None = None
    title: str = ""


def start(row: int) -> Component:
    """The button that keeps a pinned row as the first of two; the page's script hears of it."""
    words = "Keep this sample, then pin another: both are shown side by side"
    button = html.Button("Compare", className="button compare", title=words, **{"data-row": str(row)})
    return html.Div(button, className="card-end")


def waiting(row: int) -> list[Component]:
    """What is said once the first row is kept and before another one is pinned."""
    words = f"Row {row:,} is kept. Pin another sample to see both side by side: on the map, with the arrows, by search."
    return [html.Section([html.H2("Compare"), html.P(words, className="small"), _end()], className="box comparing")]


def card(
    rows: tuple[int, int],
    pictures: tuple[str, str],
    between: str,
    heads: Sequence[Line],
    lines: Sequence[Line],
    folded: Sequence[Line] = (),
) -> list[Component]:
    """Both samples: pictures, what the map and the groups say of them, how far apart they are, their values."""
    names = [f"Row {row:,}" for row in rows]
    title = html.H2(f"{names[0]} beside {names[1].lower()}")
    photos = [photo(url, f"Picture of {name.lower()}") for url, name in zip(pictures, names, strict=True)]
    shown = [html.Figure([*one, html.Figcaption(name, className="small")]) for one, name in zip(photos, names, strict=True)]
    pair = [html.Div(shown, className="pair")] if any(photos) else []
    words = [html.P(between, className="small")] if between else []
    parts: list[Component] = [title, *pair, *words, _table(names, heads, lines)]
    if folded:
        summary = html.Summary(f"{len(folded):,} more {'column' if len(folded) == 1 else 'columns'}")
        parts.append(html.Details([summary, _table(names, (), folded)], className="fold"))
    return [html.Section([*parts, _end()], className="box comparing two")]


def distance(rows: tuple[int, int], apart: str, of_first: int, of_second: int) -> str:
    """How far apart two rows are, and how near each is to the other among all rows."""
    first, second = (f"row {row:,}" for row in rows)
    near = f"{second.capitalize()} is the {ordinal(of_first)} of {first}, {first} the {ordinal(of_second)} of {second}."
    return f"{apart} apart in the original space. {near}"


def ordinal(place: int) -> str:
    """A place among the nearest, counted from 1, in words."""
    if place == 1:
        return "nearest"
    ending = "th" if place // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending} nearest"


def _end() -> Component:
    return html.Div(html.Button("End comparing", className="button compare"), className="card-end")


def _table(names: Sequence[str], heads: Sequence[Line], lines: Sequence[Line]) -> Component:
    column = html.Th(html.Span("column", className="visually-hidden"), scope="col")
    titles = html.Tr([column, *(html.Th(text, scope="col", title=text) for text in (*names, "difference"))])
    bodies = [html.Tbody([_line(line) for line in part]) for part in (heads, lines) if part]
    return html.Div(html.Table([html.Thead(titles), *bodies]), className="two-values", tabIndex=0, role="region", **_label())


def _label() -> dict[str, str]:
    return {"aria-label": "Values of both"}


def _line(line: Line) -> Component:
    drawn = [bar(line.share)] if line.share is not None else []
    cells = [html.Td(value, title=value) for value in (line.first, line.second)]
    said = html.Td([line.said, *drawn], title=line.title or None, className="difference")
    return html.Tr([html.Th(line.name, scope="row", title=line.name), *cells, said])
