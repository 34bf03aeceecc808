"""The Data card on the left, and the preview of what was understood of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import controls, ids, taking
from layouts.marks import histogram, photo
from pipeline.loading.url import LONGEST
from pipeline.results import ROLES, Column, Notice

SHOWN = 50  # columns that the preview lists
PIXELS = 8  # pixels that the preview of pictures lists
FIRST = 12  # columns of the first rows


def step(addresses: bool = True) -> Component:
    """The Data card: a place for the data file, one for an address where these are fetched, one for labels, samples, Explore."""
    choice = dbc.Select(id=ids.SAMPLES, options=[], placeholder="a sample")
    samples = html.Label([html.Span("or take", className="small"), choice], className="samples")
    body: list[Any] = [
        _drop(ids.UPLOAD_DATA, "Choose a data file", "or drop it here: CSV, Excel, Parquet, NumPy, or a zip of pictures", "data"),
        *([_address()] if addresses else []),
        _drop(ids.UPLOAD_LABELS, "Choose a labels file", "optional, now or later", "labels"),
        samples,
        _reading(),
        html.Button("Explore", id=ids.EXPLORE, className="button main wide"),
        *taking.coming_back(),
    ]
    return controls.step(1, "data", "Data", "a table or pictures", body, open=True)


def _drop(name: str, title: str, words: str, kind: str) -> Component:
    """A place to drop a file on; the page's script lays a file field over it and fills its progress."""
    progress = html.Progress(max="100", value="0", **{"aria-label": "Progress of the upload"})
    inside = [html.B(title), html.Span(words, className="small upload-said"), progress]
    marks = {"data-upload": kind, "aria-label": title}
    return html.Div(inside, id=name, className=f"drop drop-{kind}", role="group", **marks)


def _address() -> Component:
    """The field for the address of a file, with its button; Enter presses it."""
    label = html.Label("Address of a file", htmlFor=ids.WEB_ADDRESS, className="visually-hidden")
    field = dbc.Input(id=ids.WEB_ADDRESS, type="url", placeholder="or from https://…", autocomplete="off", maxlength=LONGEST)
    return html.Div([label, field, html.Button("Fetch", id=ids.FETCH, className="button")], className="from-address")


def _reading() -> Component:
    """The place that follows a file being fetched and read; the browser fills it and hides and shows its parts."""
    progress = html.Progress(id=ids.READING, max="1", value="0", hidden=True, **{"aria-label": "Progress of reading"})
    words = html.Div(id=ids.DATA_STATUS, className="small grow", role="status")
    stop = html.Button("Stop", id=ids.STOP_READING, className="button", hidden=True)
    return html.Div([progress, html.Div([words, stop], className="run-row")], className="reading")


def no_preview() -> Component:
    """What the tray says before a file is read."""
    return html.P("The table appears here, with what was understood of it, once a file is read.", className="small")


def preview(
    name: str, columns: Sequence[Column], notices: Sequence[Notice], first: Sequence[Sequence[Any]], shape: tuple[int, int],
    picture_url: str = "", source: dict[str, Any] | None = None,
) -> list[Component]:  # fmt: skip
    """What was understood of a file: what was decided or is asked, its columns, its first rows.

    ``first`` holds the first rows, a value for each column; of many columns the first are shown.
    ``picture_url`` is the mean picture when the columns are pixels; ``source`` says where a file was fetched from, and when.
    """
    title = html.H2([name, html.Span(f"{shape[0]:,} rows × {shape[1]:,} columns", className="small")], className="titled")
    parts: list[Component] = [title]
    if source:
        onward = f", which led to {source['onward']}" if "onward" in source else ""
        parts.append(html.P(f"from {source['address']}{onward}, fetched {source['when']}", className="small source"))
    if notices:
        parts.append(html.Ul([_notice(index, notice) for index, notice in enumerate(notices)], className="notices"))
    if picture_url:
        caption = html.Figcaption("The mean picture", className="small")
        parts.append(html.Figure([*photo(picture_url), caption]))
    return [*parts, _columns(columns, PIXELS if picture_url else SHOWN), _first(columns, first)]


def _notice(index: int, notice: Notice) -> Component:
    answers = [
        html.Button(option.label, id=ids.answer(index, number), className="button")
        for number, option in enumerate(notice.options)
    ]
    return html.Li([html.Span(notice.text), *answers], className="question" if notice.asks else "notice")


def _columns(columns: Sequence[Column], most: int) -> Component:
    """The figures of the first so many features, and of all other columns up to what the preview lists."""
    features = [index for index, column in enumerate(columns) if column.role == "feature"]
    left = {*features[most:]}
    listed = [(index, column) for index, column in enumerate(columns) if index not in left][:SHOWN]
    heads = ("Column", "Role", "Kind", "Values", "Missing", "Mean", "Deviation", "Quartiles", "Spread")
    rows = [_column(index, column) for index, column in listed]
    return html.Div([_table(heads, rows), *_more(len(columns), len(listed))])


def _column(index: int, column: Column) -> Component:
    options = [html.Option(name, value=name, selected="selected" if name == column.role else None) for name in ROLES]
    role = html.Select(options, id=ids.role(index), className="form-select form-select-sm")
    label = html.Label(f"Role of {column.name}", htmlFor=controls.dom_id(ids.role(index)), className="visually-hidden")
    quartiles = " · ".join(_figure(value) for value in column.quartiles) if column.quartiles else "–"
    if not column.quartiles and column.top:
        quartiles = ", ".join(column.top[:3])
    cells = [
        html.Td([label, role]), html.Td(column.kind), _cell(f"{column.count:,}"), _cell(f"{column.missing:,}"),
        _cell(_figure(column.mean)), _cell(_figure(column.deviation)), _cell(quartiles),
        html.Td(histogram(column.histogram) if column.histogram else None),
    ]  # fmt: skip
    return html.Tr([html.Th(column.name, scope="row", title=column.name), *cells])


def _first(columns: Sequence[Column], first: Sequence[Sequence[Any]]) -> Component:
    heads = ["row", *(column.name for column in columns[:FIRST])]
    rows = [
        html.Tr([html.Th(f"{row:,}", scope="row"), *(_cell(_value(value)) for value in values[:FIRST])])
        for row, values in enumerate(first)
    ]
    return html.Div([html.H3("First rows"), _table(heads, rows), *_more(len(columns), FIRST)])


def _table(heads: Sequence[str], rows: list[Component]) -> Component:
    top = html.Thead(html.Tr([html.Th(head, scope="col") for head in heads]))
    return html.Table([top, html.Tbody(rows)], className="figures")


def _more(count: int, shown: int) -> list[Component]:
    return [html.P(f"… and {count - shown:,} more columns", className="small")] if count > shown else []


def _cell(text: str) -> Component:
    return html.Td(text, title=text if len(text) > 18 else None)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
