"""Parameter → control, Algorithm → panel, stage → card: all that people set is drawn from declarations."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.marks import ask
from pipeline.algorithm import Algorithm, Parameter

SEGMENTED = 26  # letters that fit side by side
LONGEST = 100_000  # a slider over more than this cannot be set by hand


def step(number: int, stage: str, title: str, summary: str, children: list[Component], *, open: bool = False) -> Component:
    """The card of a stage: one line when it is done, its controls when it is worked on.

    Its class says how far it is: ``step``, ``step done`` or ``step waiting``.
    """
    head = html.Summary(
        [
            html.Span(html.Span(str(number)), className="step-number", **{"aria-hidden": "true"}),
            html.Div([html.H2(title), html.Div(summary, id=ids.summary(stage), className="small line")], className="step-words"),
        ]
    )
    return html.Details([head, html.Div(children, className="step-body")], id=ids.step(stage), className="step", open=open)


def chooser(stage: str, algorithms: Sequence[Algorithm], value: str, label: str = "Method") -> Component:
    """The choice of a stage's algorithm, side by side; what needs a missing package is shown disabled."""
    options = [{"label": entry.title, "value": entry.name, "disabled": bool(entry.missing())} for entry in algorithms]
    missing = [html.P(entry.missing(), className="small") for entry in algorithms if entry.missing()]
    return html.Div([_one_of(ids.choice(stage), options, value, label), *missing])


def segmented(
    name: str | dict[str, str], options: list[dict[str, Any]], value: Any, label: str, kind: str = "segments"
) -> Component:
    """A few choices side by side, one of them taken: radio buttons, so that arrow keys work."""
    radios = dbc.RadioItems(id=name, options=options, value=value, name=dom_id(name), className=kind)
    return html.Div(radios, role="radiogroup", **{"aria-label": label})


def panel(
    stage: str, algorithm: Algorithm, n: int, d: int, values: dict[str, Any] | None = None, without: Sequence[str] = ()
) -> Component:
    """The controls of an algorithm: the usual settings, the others folded away, what it is, and reset.

    ``values`` are settings to show instead of the defaults; ``without`` names parameters that the
    page sets elsewhere.
    """
    refusal = algorithm.refuses(n, d)
    if refusal:
        return html.Div([html.P(refusal, className="note"), about(algorithm)], className="panel")
    shown = [parameter for parameter in algorithm.parameters if parameter.name not in without]
    chosen = values or {}
    drawn = {p.name: control(stage, algorithm.name, p, n, d, chosen.get(p.name, p.preset(n, d))) for p in shown}
    usual = [drawn[parameter.name] for parameter in shown if parameter.usual]
    more = [drawn[parameter.name] for parameter in shown if not parameter.usual]
    folded = [html.Details([html.Summary("More settings"), html.Div(more)], className="fold")] if more else []
    reset = html.Button("Reset to defaults", id=ids.reset(stage, algorithm.name), className="link reset", disabled=not shown)
    return html.Div([*usual, reset, *folded, about(algorithm)], className="panel")


def about(algorithm: Algorithm) -> Component:
    """What the algorithm is, folded, with its paper."""
    words = [html.P(algorithm.explain)]
    if algorithm.paper:
        words.append(html.P(algorithm.paper, className="small"))
    return html.Details([html.Summary(f"What is {algorithm.title}?"), html.Div(words)], className="fold")


def control(stage: str, algorithm: str, parameter: Parameter, n: int, d: int, value: Any) -> Component:
    """One setting: its name, which unfolds a sentence of help, and what it is set with."""
    name = ids.setting(stage, algorithm, parameter.name)
    head = [_explained(parameter)]
    if parameter.absent:
        switch = ids.absent(stage, algorithm, parameter.name)
        head.append(dbc.Switch(id=switch, label=parameter.absent, value=value is None, className="absent"))
    entry = _entry(name, parameter, n, d, value)
    return html.Div(
        [html.Div(head, className="control-head"), html.Div(entry, className="control-body")],
        className="control",
        **{"data-label": parameter.label, "data-setting": parameter.name},
    )


def _explained(parameter: Parameter) -> Component:
    summary = html.Summary([parameter.label, ask()])
    return html.Details([summary, html.P(parameter.help, className="small")], className="explained")


def _entry(name: dict[str, str], parameter: Parameter, n: int, d: int, value: Any) -> Component:
    if parameter.kind == "flag":
        return dbc.Switch(id=name, label=parameter.label, value=bool(value))
    if parameter.kind == "choice":
        return _choice(name, parameter, value)
    return _number(name, parameter, n, d, value)


def _choice(name: dict[str, str], parameter: Parameter, value: Any) -> Component:
    options = [{"label": words, "value": allowed} for allowed, words in parameter.choices]
    return _one_of(name, options, value, parameter.label)


def _one_of(name: str | dict[str, str], options: list[dict[str, Any]], value: Any, label: str) -> Component:
    """Side by side when it fits, else a list to choose from."""
    if len(options) <= 3 and sum(len(option["label"]) for option in options) <= SEGMENTED:
        return segmented(name, options, value, label)
    hidden = html.Label(label, htmlFor=dom_id(name), className="visually-hidden")
    return html.Div([hidden, dbc.Select(id=name, options=options, value=value)])


def _number(name: dict[str, str], parameter: Parameter, n: int, d: int, value: Any) -> Component:
    """A slider with a number beside it, or the number alone where there are no two limits."""
    low, high = parameter.bounds(n, d)
    whole = parameter.kind == "integer"
    if low is None or high is None or not 0 < high - low <= LONGEST:
        label = html.Label(parameter.label, htmlFor=dom_id(name), className="visually-hidden")
        step = parameter.step or (1 if whole else "any")
        return html.Div([label, dbc.Input(id=name, type="number", value=value, min=low, max=high, step=step, debounce=True)])
    step = parameter.step or (1 if whole else _nice_step(float(high) - float(low)))
    if value is None:  # what the slider shows when the switch is turned off
        value = parameter.settled(_between(float(low), float(high), parameter), n, d)
    slider = dcc.Slider(id=name, min=low, max=high, step=step, value=value, marks=None, updatemode="mouseup")
    return _stepped(slider, parameter.label) if name["stage"] == "clustering" and whole else slider


def _stepped(slider: Component, label: str) -> Component:
    """A slider between a button for one fewer and one for one more; the page's script moves it."""
    fewer, more = (
        html.Button(sign, className="button square", title=words, **{"aria-label": f"{label}: {words}", "data-direction": way})
        for sign, words, way in (("−", "one fewer", "-1"), ("+", "one more", "1"))
    )
    return html.Div([fewer, slider, more], className="stepped")


def _between(low: float, high: float, parameter: Parameter) -> float:
    middle = (low * high) ** 0.5 if parameter.logarithmic and low > 0 else (low + high) / 2
    return float(round(middle)) if parameter.kind == "integer" else round(middle, 3)


def _nice_step(span: float) -> float:
    """The power of ten that divides a span into a hundred to a thousand steps."""
    return 10.0 ** math.floor(math.log10(span / 100))


def dom_id(name: str | dict[str, Any]) -> str:
    """The id that an element gets in the browser."""
    return name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))
