"""The menu that sets how points look: size, opacity, a second trait, a logarithmic scale."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids


def menu() -> Component:
    """The menu; a callback draws its controls for the open data."""
    head = html.Summary("Look", className="button", title="Size, opacity and shape of points")
    return html.Details([head, html.Div(id=ids.LOOK, className="menu-list panel-menu")], className="menu look")


def controls(values: dict[str, Any], columns: list[dict[str, str]]) -> list[Component]:
    """Controls with these values; size and opacity are factors of what suits the number of points."""
    none = {"label": "nothing", "value": "none"}
    second = dbc.Select(id=ids.look("second"), options=[none, *columns], value=values["second"])
    scale = dbc.Switch(id=ids.look("logarithmic"), label="Logarithmic colour scale", value=bool(values["logarithmic"]))
    return [
        _slider("Size of points", "size", 0.4, 3.0, values["size"]),
        _slider("Opacity", "opacity", 0.1, 2.0, values["opacity"]),
        html.Label(["Size or shape by", second], className="field"),
        scale,
        html.P("The scale is logarithmic only where all numbers are above 0.", className="small"),
    ]


def _slider(title: str, part: str, low: float, high: float, value: float) -> Component:
    slider = dcc.Slider(
        id=ids.look(part), min=low, max=high, step=0.1, value=value, marks=None, updatemode="mouseup", allow_direct_input=False
    )
    return html.Div([html.Div(title), slider], className="field", role="group", **{"aria-label": title, "data-label": title})
