"""The card of the selected rows, the tools that select on the map, and the field that finds rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import controls, ids
from layouts.marks import bar, dot, photo
from layouts.plain import plain

NOT_MARKED = "A 3-D map does not mark a selection; a flat one does."
LONGEST = 200  # letters that are looked for


@dataclass(frozen=True)
class Part:
    """One class or cluster in a selection: its share there and in the rest, from 0 to 1."""

    name: str
    colour: str
    index: int
    inside: float
    outside: float


def tools() -> Component:
    """What dragging on a flat map does: it moves the map, or selects the rows that it goes around."""
    ways = [{"label": "Move", "value": "pan"}, {"label": "Lasso", "value": "lasso"}, {"label": "Box", "value": "select"}]
    choice = controls.segmented(ids.DRAG, ways, "pan", "What dragging on the map does")
    more = "Lasso and box: Shift adds to the selection, Alt takes out of it"
    return html.Fieldset(choice, id=ids.DRAG_TOOLS, disabled=True, title=more)


def finder() -> Component:
    """The field that finds rows, and the list of what was found; the page's script fills it."""
    words = "Find a row, label or text"
    field = dbc.Input(id=ids.FIND, type="search", placeholder=words, autocomplete="off", maxlength=LONGEST)
    everything = html.Button("Show all", id=ids.FOUND_ALL, className="button", hidden=True)
    found = [
        html.P(id=ids.FOUND_WORDS, className="small", role="status"),
        html.Div(id=ids.FOUND_LIST, className="found-list", role="listbox", **{"aria-label": "Found rows"}),
        everything,
    ]
    label = html.Label(words, htmlFor=ids.FIND, className="visually-hidden")
    return html.Div(
        [label, field, html.Div(found, id=ids.FOUND, className="found", hidden=True)], className="find", role="search"
    )


def place() -> Component:
    """Where the card of the selection stands, with what ends it."""
    clear = html.Button("Clear", id=ids.CLEAR, className="link", title="End the selection (Escape)")
    return html.Div([html.Div(id=ids.SELECTED, **plain(None)), _by_hand(), clear], className="selected-place")


def card(
    count: int, total: int, parts: Sequence[tuple[str, Sequence[Part]]], examples: Component, *, marked: bool = True
) -> Component:
    """How many rows are selected, what they are beside the rest, and some of them to look at."""
    share = 100 * count / max(total, 1)
    said = f"{count:,} of {total:,} {'row' if total == 1 else 'rows'} · {share:.{1 if share < 10 else 0}f} %"
    body: list[Component] = [html.H2("Selection"), html.P(said)]
    if not marked:
        body.append(html.P(NOT_MARKED, className="small"))
    body += [_parts(title, told, rest=count < total) for title, told in parts if told]
    return html.Section([*body, examples], className="box selection", **{"aria-label": "Selection"})


def _by_hand() -> Component:
    """What the selected rows can become: all that is shown, a group, a label."""
    alone = html.Button("Isolate", id=ids.ISOLATE, className="button", title="Show these rows alone")
    label = html.Label("Name of the group or label", htmlFor=ids.HAND_NAME, className="visually-hidden")
    name = dbc.Input(id=ids.HAND_NAME, type="text", maxlength=60, placeholder="name")
    words = "These rows become a group, or join the one of that name"
    group = html.Button("Group", id=ids.GATHER, className="button", title=words)
    mark = html.Button("Label", id=ids.HAND_LABEL, className="button", title="These rows get this label by hand")
    return html.Div([alone, label, name, group, mark], className="hand")


def pictures(shown: Sequence[tuple[int, str, str]], count: int) -> Component:
    """Small pictures of rows (row, label, address), each a button that pins its row."""
    buttons = [
        html.Button(photo(address, f"Row {row:,}"), title=f"Row {row:,}" + (f" · {label}" if label else ""), **_pins(row))
        for row, label, address in shown
    ]
    few = [html.P(f"{len(shown)} of them, taken by chance:", className="small")] if len(shown) < count else []
    return html.Div([*few, html.Div(buttons, className="chosen-pictures")])


def table(heads: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], count: int) -> Component:
    """The first rows and a few of their values; a row's number is a button that pins it."""
    top = html.Thead(html.Tr([html.Th(head, scope="col", title=head) for head in ("row", *heads)]))
    lines = [
        html.Tr([html.Th(html.Button(f"{row:,}", **_pins(row)), scope="row"), *(html.Td(value, title=value) for value in values)])
        for row, values in rows
    ]
    few = [html.P(f"The first {len(rows)}:", className="small")] if len(rows) < count else []
    return html.Div([*few, html.Div(html.Table([top, html.Tbody(lines)], className="figures"), className="wide-table")])


def _pins(row: int) -> dict[str, Any]:
    return {"className": "chosen link", "data-row": str(row), "aria-label": f"Show row {row:,}"}


def _parts(title: str, parts: Sequence[Part], rest: bool) -> Component:
    lines = [html.Li(_part(part, rest)) for part in parts]
    return html.Div([html.H3(title, className="small"), html.Ul(lines)], className="shares")


def _part(part: Part, rest: bool) -> list[Component]:
    name = html.Span(
        [dot(part.index, part.colour), html.Span(part.name, className="line", title=part.name)], className="share-name"
    )
    figures: list[Any] = [html.B(_percent(part.inside))]
    bars = [bar(part.inside, part.colour)]
    if rest:
        figures.append(f" · {_percent(part.outside)} elsewhere")
        bars.append(bar(part.outside))
    return [name, html.Span(figures, className="small"), html.Div(bars, className="share-bars")]


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "< 1 %"
    return f"{100 * share:.0f} %"
