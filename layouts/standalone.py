"""A map as one HTML file that opens anywhere, without a server or a network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 15px/1.5 system-ui, sans-serif;
  background: Canvas; color: CanvasText; }
header { padding: 12px 20px; }
h1 { margin: 0; font-size: 1.1rem; }
p { margin: 0; opacity: 0.75; }
#map { flex: 1; min-height: 0; }
"""
SCRIPT = """
const figure = JSON.parse(document.getElementById("figure").textContent);
figure.layout.font = {family: "system-ui, sans-serif", color: getComputedStyle(document.body).color};
Plotly.newPlot("map", figure.data, figure.layout, {responsive: true, displaylogo: false, scrollZoom: true});
"""


def page(title: str, caption: str, figure: dict[str, Any]) -> str:
    """The whole file: plotly.js and the figure inside, and a policy that lets it reach nothing outside."""
    from plotly.offline import get_plotlyjs

    library = get_plotlyjs().replace("\r", "")  # a browser hashes what is left after it has read line ends
    data = json.dumps(figure, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    # Plotly's WebGL part builds functions from its own texts; only these two scripts run at all.
    scripts = f"'unsafe-eval' {_hash(library)} {_hash(SCRIPT)}"
    policy = f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; form-action 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header><h1>{html.escape(title)}</h1><p>{html.escape(caption)}</p></header>
<main id="map"></main>
<script type="application/json" id="figure">{data}</script>
<script>{library}</script>
<script>{SCRIPT}</script>
</body>
</html>
"""


def labelled(
    figure: dict[str, Any], order: Sequence[np.ndarray], names: Sequence[str], cells: Sequence[tuple[str, Sequence[Any]]]
) -> dict[str, Any]:
    """The figure with a legend and words at every point.

    ``order`` holds the rows of each trace; ``names`` the name of each; ``cells`` are (column, value of
    every row). Everything is escaped: Plotly reads some HTML in texts.
    """
    traces = []
    for trace, rows, name in zip(figure["data"], order, names, strict=False):
        if len(rows):
            words = [_words(name, row, cells) for row in rows]
            shown = {"name": html.escape(name), "showlegend": True, "text": words, "hovertemplate": "%{text}<extra></extra>"}
            traces.append({**trace, **shown})
    legend = {"showlegend": True, "legend": {"itemsizing": "constant", "y": 0.94}}
    return {"data": traces, "layout": {**figure["layout"], **legend}}


def _words(name: str, row: int, cells: Sequence[tuple[str, Sequence[Any]]]) -> str:
    lines = [f"<b>{_short(name)}</b> · row {row}", *(f"{_short(column)}: {_short(values[row])}" for column, values in cells)]
    return "<br>".join(lines)


def _short(value: Any) -> str:
    words = f"{value:.6g}" if isinstance(value, float) else str(value)
    return html.escape(words if len(words) <= 60 else words[:59] + "…")


def _hash(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
