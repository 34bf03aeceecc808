"""The page: header, steps on the left, the map in the middle, the sample on the right, the tray below."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import clusters, controls, data, figures, filters, ids, looks, sample, selection, status, table, taking, words
from layouts.plain import plain

STORES = (
    ids.WORKSPACE, ids.CHANGED, ids.DATASET, ids.DRAWN, ids.GROUPED, ids.JUDGED, ids.CLUSTERED, ids.SAID, ids.RESULTS,
    ids.RESTORED, ids.ORDER, ids.UPLOADED, ids.CLOSED, ids.PINNED, ids.NEAR_COUNT, ids.NEAREST, ids.COMPARED, ids.SELECTION,
    ids.ANSWERED, ids.ROLE_GIVEN, ids.RENAMED, ids.MERGED,
    ids.START, ids.START_OPEN, ids.START_EXPLORE, ids.START_GROUP, ids.STARTED_OPEN, ids.STARTED_EXPLORE, ids.STARTED_GROUP,
)  # fmt: skip

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>{%metas%}<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title><link rel="icon" href="/assets/favicon.svg">{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""

MAP_TOOLS = {"displayModeBar": False, "scrollZoom": True, "responsive": True, "doubleClick": False}


def page(guarded: bool = False, addresses: bool = True) -> Component:
    """Everything that stands on the page; callbacks fill it by the ids in ``ids.py``.

    Where the app is ``guarded``, people sign in, so that they can sign out again. ``addresses`` tells whether there is a field
    for the address of a file.
    """
    return html.Div(
        [
            *_state(),
            html.A("Skip to the map", href=f"#{ids.MAP_AREA}", className="skip"),
            _header(guarded),
            html.Main([_steps(addresses), _map(), _side()], className="page"),
            html.Div([html.Div(id=ids.TOASTS), html.Div(id=ids.UNEXPECTED)], className="toasts"),
            status.conditions(),
            html.Div(id=ids.NEWS, className="visually-hidden", role="status", **{"aria-live": "polite"}),
        ],
        className="app",
    )


def chip(name: str, facts: str) -> list[Component]:
    """Words of the button in the header that names the dataset and opens the Data card."""
    caret = html.Span(className="caret", **{"aria-hidden": "true"})
    return [html.B(name, title=name), html.Span(facts, className="small wide"), caret]


def _state() -> list[Component]:
    stores: list[Component] = [dcc.Store(id=name) for name in STORES]
    return [dcc.Location(id=ids.ADDRESS, refresh=False), *stores]


def _header(guarded: bool) -> Component:
    brand = html.H1([html.Span(className="mark", **{"aria-hidden": "true"}), "Cluster Explorer"], className="brand")
    dataset = html.Button(chip("No data yet", "choose a file or a sample"), id=ids.DATASET_MENU, className="dataset")
    theme = html.Button(
        html.Span(className="half-moon", **{"aria-hidden": "true"}),
        id=ids.THEME, className="button square", title="Dark or light", **{"aria-label": "Dark or light"},
    )  # fmt: skip
    leave = [html.A("Sign out", href="/sign-out", className="button")] if guarded else []
    return html.Header([brand, dataset, html.Div([*_steps_back(), taking.menu(), theme, *leave], className="header-end")])


def _steps_back() -> list[Component]:
    ways = ((ids.UNDO, "↶", "Undo (Ctrl+Z)"), (ids.REDO, "↷", "Redo (Ctrl+Shift+Z)"))
    look = "button square back"
    return [html.Button(sign, id=name, className=look, title=words, **{"aria-label": words}) for name, sign, words in ways]


def _steps(addresses: bool) -> Component:
    features = [html.Div(id=ids.choice_place("embedding")), html.Div(id=ids.panel("embedding"))]
    projection: list[Any] = [
        html.Div(id=ids.choice_place("projection")),
        html.Div(id=ids.panel("projection")),
        html.P(id=ids.ESTIMATE, className="small"),
        html.Button("Draw the map", id=ids.RUN, className="button main wide"),
        status.run_area(),
    ]
    return html.Aside(
        [
            data.step(addresses),
            controls.step(2, "embedding", "Features", "what the map is made from", features),
            controls.step(3, "projection", "Map", "similar samples lie together", projection, open=True),
            clusters.step(),
        ],
        className="steps",
        **{"aria-label": "Steps"},
    )


def _map() -> Component:
    colours = dbc.Select(id=ids.COLOUR, options=[{"label": "label", "value": "label"}], value="label")
    colour = html.Label([html.Span("Colour:"), colours], className="colour")
    flat_or_deep = [{"label": "2-D", "value": 2}, {"label": "3-D", "value": 3}]
    dimensions = controls.segmented(ids.DIMENSIONS, flat_or_deep, 2, "Dimensions of the map")
    deep = html.P(words.THREE_DIMENSIONS, className="small grow deep")
    whole = _icon(ids.WHOLE, "⤢", "Show the whole map again")
    replay = _icon(ids.REPLAY, "▷", "Watch again how the map came to be")
    tools = html.Div(
        [dimensions, selection.tools(), whole, replay, selection.finder(), filters.menu(), looks.menu(), deep, colour],
        className="tools",
    )
    graph = dcc.Graph(
        id=ids.MAP, figure=figures.empty(), config=MAP_TOOLS, responsive=True, className="graph"
    )  # fmt: skip
    invitation = "A map appears here: choose a file or a sample, then press Explore."
    empty = html.Div(invitation, id=ids.MAP_WORDS, className="map-words")
    tip = html.Div(id=ids.TIP, className="tip", hidden=True, **{"aria-hidden": "true"})
    only = html.Div(id=ids.FILTERS, className="filters", role="group", **{"aria-label": "What is shown alone"})
    canvas = html.Div([graph, empty, *status.undrawn(), tip], id=ids.MAP_AREA, className="map-area", tabIndex=-1)
    legend = html.Div(id=ids.LEGEND, className="legend", role="group", **{"aria-label": "Classes on the map"}, **plain(None))
    return html.Section(
        [tools, only, canvas, legend, html.Div(id=ids.STATUS, className="status", **plain(None)), _tray()],
        className="map",
        **{"aria-label": "Map"},
    )


def _icon(name: str, sign: str, words: str) -> Component:
    return html.Button(sign, id=name, className="button square", title=words, **{"aria-label": words})


def _tray() -> Component:
    """Three tabs; the style sheet shows the part whose tab is taken, so no callback is needed."""
    choices = [{"label": name, "value": name.lower()} for name in ("Data", "Clusters", "Table")]
    tabs = controls.segmented(ids.TABS, choices, "data", "What to show below", "tabs")
    parts = [
        html.Div(id=ids.PREVIEW, className="part part-data", **plain(data.no_preview())),
        html.Div(clusters.part(), className="part part-clusters"),
        table.part(),
    ]
    body = html.Div(parts, className="tray-body", tabIndex=0, role="region", **{"aria-label": "Details"})
    return html.Div([tabs, body], id=ids.TRAY, className="tray")


def _side() -> Component:
    return html.Aside(
        [
            selection.place(),
            html.Div(
                [
                    html.Div(sample.tools(), className="card-tools"),
                    html.Div(id=ids.COMPARISON, className="cards", **plain(None)),
                    html.Div(id=ids.CARD, className="cards", **plain(sample.nothing())),
                    html.P(id=ids.PINNED_SAID, className="visually-hidden", role="status", **{"aria-live": "polite"}),
                ],
                className="sample-place",
            ),
            html.P(id=ids.CAUTION, className="note"),
        ],
        className="side",
        **{"aria-label": "Sample"},
    )
