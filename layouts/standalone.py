"""A map as one HTML file that opens anywhere, without a server or a network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from layouts import figures
from layouts.png import sheet
from pipeline.results import Dataset, Role
from pipeline.visible import visible

SHOWN: tuple[Role, ...] = ("id", "text", "hover", "feature")  # columns in the words at a point, these first
MOST_SHOWN = 5
STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 15px/1.5 system-ui, sans-serif;
  background: Canvas; color: CanvasText; }
header { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; padding: 12px 20px; }
header > div { flex: 1 1 320px; min-width: 0; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.1rem; }
p { margin: 0; opacity: 0.75; }
input, button { font: inherit; padding: 4px 10px; }
#said { min-height: 1.5em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
#map { flex: 1; min-height: 0; }
#picture { position: fixed; left: 20px; bottom: 20px; width: 128px; height: 128px; border: 1px solid GrayText; border-radius: 8px;
  background-color: Canvas; image-rendering: pixelated; pointer-events: none; }
"""
SCRIPT = (Path(__file__).parent / "standalone.js").read_text(encoding="utf-8")
SEARCH = """<div role="search">
<input id="find" type="search" aria-label="Find a row number or words" placeholder="Row number or words">
<button id="go" type="button">Find</button><p id="said" role="status"></p></div>"""

Coloured = tuple[np.ndarray, Sequence[str], Sequence[str] | None]  # code of each row, names and maybe colours of the codes
Cells = Sequence[tuple[str, Any]]  # column, value of every row


def whole(
    dataset: Dataset, positions: np.ndarray, coloured: Coloured, none: str, caption: str, more: Cells = (),
    passing: np.ndarray | None = None,
) -> str:  # fmt: skip
    """The whole file of a map of the rows that ``passing`` (n,) marks, or all.

    ``none`` names the rows without a code, ``more`` are values that stand at each point first.
    """
    codes, names, colours = coloured
    figure, order = figures.scatter(positions, codes, names, colours=colours, passing=passing)
    shown = [name for role in SHOWN for name in dataset.named(role) if not (dataset.picture and role == "feature")]
    cells = [*more, *((name, dataset.table[name].to_list()) for name in shown[:MOST_SHOWN])]
    pictures = sheet(dataset, np.concatenate(order)) if dataset.picture else None
    return page(dataset.name, caption, labelled(figure, order, [none, *names], cells), pictures)


def page(title: str, caption: str, figure: dict[str, Any], pictures: dict[str, Any] | None = None) -> str:
    """The whole file: plotly.js and the figure inside, and a policy that lets it reach nothing outside.

    ``pictures`` is a sheet of pictures of the points, trace by trace.
    """
    from plotly.offline import get_plotlyjs

    library = get_plotlyjs().replace("\r", "")  # a browser hashes what is left after it has read line ends
    data = json.dumps({**figure, "pictures": pictures}, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    # Plotly's WebGL part builds functions from its own texts; only these two scripts run at all.
    scripts = f"'unsafe-eval' {_hash(library)} {_hash(SCRIPT)}"
    policy = f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; form-action 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_plain(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header><div><h1>{_plain(title)}</h1><p>{_plain(caption)}</p></div>{SEARCH}</header>
<main id="map"></main>
<div id="picture" role="img" hidden></div>
<script type="application/json" id="figure">{data}</script>
<script>{library}</script>
<script>{SCRIPT}</script>
</body>
</html>
"""


def labelled(
    figure: dict[str, Any], order: Sequence[np.ndarray], names: Sequence[str], cells: Sequence[tuple[str, Sequence[Any]]]
) -> dict[str, Any]:
    """The figure with a legend, words at every point, the rows of its traces, and a trace for what is found.

    ``order`` holds the rows of each trace; ``names`` the name of each; ``cells`` are (column, value of
    every row). Everything is escaped: Plotly reads some HTML in texts.
    """
    traces, found = [], []
    for trace, rows, name in zip(figure["data"], order, names, strict=False):
        if len(rows):
            words = [_words(name, row, cells) for row in rows]
            shown = {"name": _plain(name), "showlegend": True, "text": words, "hovertemplate": "%{text}<extra></extra>"}
            traces.append({**trace, **shown})
            found.append(np.asarray(rows).tolist())
    legend = {"showlegend": True, "legend": {"itemsizing": "constant", "y": 0.94}}
    return {"data": traces, "layout": {**figure["layout"], **legend}, "rows": found, "mark": figure["data"][-1]}


def _words(name: str, row: int, cells: Sequence[tuple[str, Sequence[Any]]]) -> str:
    lines = [f"<b>{_short(name)}</b> · row {row}", *(f"{_short(column)}: {_short(values[row])}" for column, values in cells)]
    return "<br>".join(lines)


def _short(value: Any) -> str:
    words = "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return _plain(words if len(words) <= 60 else words[:59] + "…")


def _plain(text: str) -> str:
    """A text with nothing in it that is hidden, or that a browser or Plotly would read as markup.

    It never stands in an attribute, and quotes stay as they are: Plotly would show their code.
    """
    return html.escape(visible(text), quote=False)


def _hash(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
