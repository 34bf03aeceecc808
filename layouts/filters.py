"""The menu that shows some rows alone, and the chips of what is shown alone."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import ids


def menu() -> Component:
    """The menu with the trait to choose by, its values, and the button that adds the filter."""
    by = dbc.Select(id=ids.FILTER_BY, options=[{"label": "words", "value": "words"}], value="words")
    body = [
        html.Label(["Show only rows by", by], className="field"),
        html.Div(words(), id=ids.FILTER_PLACE),
        html.Button("Show only these", id=ids.FILTER_ADD, className="button main wide"),
    ]
    head = html.Summary("Filter", className="button", title="Show some rows alone")
    return html.Details([head, html.Div(body, className="menu-list panel-menu")], className="menu filter")


def words() -> Component:
    """A filter by number, label or text, as the search finds them."""
    field = dbc.Input(id=ids.filter_value("words", "words"), type="text", maxlength=200, placeholder="a word, a label or a row")
    return html.Label(["Rows that hold", field], className="field")


def limits(by: str, title: str, low: float, high: float) -> Component:
    """A filter by number: lowest and highest, either of which may stay empty."""
    ends = (("low", "from", low), ("high", "to", high))
    fields = [
        html.Label(
            [name, dbc.Input(id=ids.filter_value(by, part), type="number", step="any", placeholder=f"{end:.6g}")],
            className="field",
        )
        for part, name, end in ends
    ]
    return html.Fieldset([html.Legend(title, className="small"), html.Div(fields, className="field-pair")])


def classes(by: str, title: str, found: Sequence[tuple[str, str, int]]) -> Component:
    """A filter by class: value, name and number of rows of each, to be ticked."""
    options = [{"label": f"{name} ({count:,})", "value": value} for value, name, count in found]
    ticks = dbc.Checklist(id=ids.filter_value(by, "names"), options=options, value=[], className="ticks")
    return html.Fieldset([html.Legend(title, className="small"), ticks])


def nothing(words: str = "") -> Component:
    """What stands there when there is nothing to choose by."""
    return html.P(words, className="small")


def chips(said: Sequence[str], count: int, total: int) -> list[Component]:
    """What is shown alone, each a chip that takes it away, and how many rows are left."""
    cross = html.Span("✕", **{"aria-hidden": "true"})
    made = [
        html.Button(
            [html.Span(words, className="chip-name"), cross], id=ids.filter_chip(index), className="chip only",
            title=f"{words}: take away", **{"aria-label": f"Take this filter away: {words}"},
        )
        for index, words in enumerate(said)
    ]  # fmt: skip
    every = html.Button("Show all", id=ids.filter_chip(-1), className="link")
    return [
        html.Span(f"{count:,} of {total:,} rows shown", className="small", role="status"),
        *made,
        *([every] if len(said) > 1 else []),
    ]
