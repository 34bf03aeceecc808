"""Arrays in, Plotly figures (as plain dictionaries) out: the only builder of figures."""

from __future__ import annotations

import base64
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.visible import visible

NOISE = "#98a1ad"
UNSELECTED = {"marker": {"color": "#98a1ad", "opacity": 0.28}}  # points beside the selected ones; seen on both themes
RING = "#3d7bff"  # the pinned point; seen on both themes
# The points lie in a ball inside a cube of edge 1: from this far all of it is seen, however it is
# turned, in a place that is three quarters as wide as high.
CAMERA = {
    "eye": {"x": 1.08, "y": 1.08, "z": 0.87},
    "center": {"x": 0.0, "y": 0.0, "z": 0.0},
    "up": {"x": 0.0, "y": 0.0, "z": 1.0},
}
LIMIT = 100_000  # points that are drawn
TAGGED = 30  # names on a map; more would only cover points
PLACE = (380.0, 280.0)  # width and height in pixels of a small place for a map: on a phone, in a low window
LINE = 20.0  # height of a name on the map, in pixels

# The first are Okabe and Ito's; the others were chosen one by one, each as far as possible from all
# before it for normal, protan and deutan sight, with contrast on white and on the dark surface.
PALETTE = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#7a8b2a", "#a65628",
    "#a50f69", "#69c378", "#2d4bc3", "#ff2d69", "#784b2d", "#b469ff", "#0f8787", "#c3964b", "#4b5a87",
    "#b43c5a", "#875ae1", "#4b96d2", "#b40096", "#0f783c", "#ff87d2", "#6978d2", "#b4000f", "#0fc3d2",
    "#c3695a", "#9696ff", "#3cb487", "#e100a5", "#2da5b4", "#d25a96", "#7800e1", "#9600b4", "#0f2dff",
)  # fmt: skip
SEQUENCE = ("#22447a", "#2f5f96", "#3d7aa6", "#4c95ab", "#63afa4", "#85c494", "#b0d37f", "#dfdc6d")
SHAPES = ("circle", "diamond", "square", "cross")
MARKS = ("●", "◆", "■", "✚", "✕")  # the same shapes in words; the last is for rows without a value
SYMBOLS = (*SHAPES, "x")  # names that flat and deep maps both know
CHANGE_SHAPE = 12  # classes that share a shape


@dataclass(frozen=True)
class Look:
    """How points are drawn: ``size`` and ``opacity`` times the usual ones, and whether classes have their names on the map.

    ``sizes`` (n,) are factors of each point's size; ``shapes`` (n,) int are indices into ``MARKS``.
    """

    size: float = 1.0
    opacity: float = 1.0
    tagged: bool = True
    sizes: np.ndarray | None = None
    shapes: np.ndarray | None = None

    def marker(self, count: int, rows: np.ndarray, colour: str, symbol: str) -> dict[str, Any]:
        """The marker of a trace with these rows, on a map that has ``count`` points."""
        size, opacity = _marker(count)
        made: dict[str, Any] = {"size": round(size * self.size, 2), "opacity": min(opacity * self.opacity, 1.0), "color": colour}
        if self.sizes is not None:
            made["size"] = packed(self.sizes[rows] * made["size"])
        if self.shapes is None:
            return made | {"symbol": symbol}
        return made | {"symbol": [SYMBOLS[index] for index in self.shapes[rows].tolist()]}


def palette(count: int) -> list[str]:
    """One colour for each of ``count`` classes, safe for colour-blind people; they repeat after 36."""
    return [PALETTE[index % len(PALETTE)] for index in range(count)]


def shape(index: int) -> str:
    """The shape of a class's points: another one every twelve classes."""
    return SHAPES[index // CHANGE_SHAPE % len(SHAPES)]


def steps(
    values: np.ndarray, count: int = len(SEQUENCE), *, logarithmic: bool = False
) -> tuple[np.ndarray, list[str], list[str]]:
    """Codes (n,) int32, names and colours of equal steps between the lowest and the highest value.

    Numbers are drawn like classes, with a constant colour for each step: a colour for each point
    costs several times more to draw. Values that are not finite get −1. ``logarithmic`` steps are equal
    factors, where all values are above 0.
    """
    finite = np.isfinite(values)
    if not finite.any():
        return np.full(values.shape, -1, np.int32), [], []
    low, high = float(values[finite].min()), float(values[finite].max())
    count = count if high > low else 1
    edges = np.geomspace(low, high, count + 1) if logarithmic and low > 0 else np.linspace(low, high, count + 1)
    codes = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, count - 1)
    names = [f"{left:.4g} – {right:.4g}" for left, right in zip(edges[:-1], edges[1:], strict=True)]
    return np.where(finite, codes, -1).astype(np.int32), names, list(SEQUENCE[-count:])


def scatter(
    positions: np.ndarray,
    codes: np.ndarray,
    names: Sequence[str],
    *,
    colours: Sequence[str] | None = None,
    look: Look | None = None,
    passing: np.ndarray | None = None,
    limit: int = LIMIT,
    seed: int = 0,
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Figure of the map, and the rows of each of its traces: ``row = order[trace][pointNumber]``.

    ``positions`` (n, 2 or 3); ``codes`` (n,) int, −1 for noise or no label; one name, and maybe one
    colour, for each code. The traces are: noise (always there, maybe empty), one for each code, and
    an empty ring for the pinned point. Above ``limit`` points a seeded sample is drawn that keeps
    each class's share. ``passing`` is a mask (n,) of the rows to draw; the place that the map takes is that of all rows.
    """
    codes, look = np.asarray(codes), look or Look()
    shown = np.arange(len(codes)) if passing is None else np.flatnonzero(passing)
    rows = shown[sample(codes[shown], limit, seed)]
    drawn = codes[rows]
    order = [rows[drawn == code] for code in range(-1, len(names))]
    colours = [NOISE, *(colours or palette(len(names)))]
    traces = [
        _trace(positions[members], look.marker(len(rows), members, colour, shape(max(index - 1, 0))))
        for index, (members, colour) in enumerate(zip(order, colours, strict=True))
    ]
    traces.append(_ring(positions.shape[1]))
    tagged = look.tagged and not set(colours) <= {NOISE, *SEQUENCE}  # a step of a scale has no place of its own
    layout = _layout(positions) | {"annotations": _tags(positions, order[1:], names) if tagged else []}
    return {"data": traces, "layout": layout}, [*order, np.empty(0, rows.dtype)]


def empty() -> dict[str, Any]:
    """A figure without points, for before there is a map."""
    return scatter(np.empty((0, 2), np.float32), np.empty(0, np.int32), [])[0]


def sample(codes: np.ndarray, limit: int, seed: int) -> np.ndarray:
    """Sorted rows to draw: all, or about ``limit`` of them with the same share of every class."""
    rows = np.arange(len(codes))
    if len(codes) <= limit:
        return rows
    # Sorted by class and, inside it, by chance, every k-th row takes the same share of each class.
    chance = np.random.default_rng(seed).random(len(codes))
    ordered = rows[np.lexsort((chance, codes))]
    return np.sort(ordered[np.linspace(0, len(codes) - 1, limit).astype(int)])


def packed(values: np.ndarray) -> dict[str, str]:
    """Float32 numbers the way Plotly reads them without making JSON lists of them."""
    return {"dtype": "f4", "bdata": base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()}


def _trace(points: np.ndarray, marker: dict[str, Any]) -> dict[str, Any]:
    flat = points.shape[1] == 2
    if not flat and not isinstance(marker["size"], dict):
        marker = marker | {"size": marker["size"] * 0.7}  # a size in 3-D looks larger
    axes = {axis: packed(points[:, i]) for i, axis in enumerate("xyz"[: points.shape[1]])}
    made = {"mode": "markers", "hoverinfo": "none", "showlegend": False, "marker": marker, **axes}
    return {"type": "scattergl", "unselected": UNSELECTED, **made} if flat else {"type": "scatter3d", **made}


def _ring(dimensions: int) -> dict[str, Any]:
    """In 3-D larger, and not wholly opaque: such traces are drawn one after the other, so the last is in front."""
    size, opacity = (16, 1) if dimensions == 2 else (20, 0.99)
    line = {"width": 2.5, "color": RING}
    marker = {"size": size, "color": RING, "symbol": "circle-open", "opacity": opacity, "line": line}
    ring = _trace(np.empty((0, dimensions), np.float32), marker) | {"hoverinfo": "skip"}
    return ring | {"unselected": {"marker": {"opacity": opacity}}} if dimensions == 2 else ring


def _marker(count: int) -> tuple[float, float]:
    """Diameter in pixels and opacity: smaller and lighter the more points there are."""
    decades = np.log10(max(count, 1))
    return round(float(np.clip(13.6 - 2.45 * decades, 2.2, 9)), 1), round(float(np.clip(1.13 - 0.11 * decades, 0.5, 0.9)), 2)


def _layout(positions: np.ndarray) -> dict[str, Any]:
    clear = "rgba(0,0,0,0)"
    layout: dict[str, Any] = {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "showlegend": False,
        "hovermode": "closest",
        "uirevision": "map",
    }
    if positions.shape[1] == 3:
        scene = {"aspectmode": "cube", "bgcolor": clear, "dragmode": "orbit", "camera": CAMERA, **_cube(positions)}
        return layout | {"scene": scene, "meta": {"camera": CAMERA}}  # to come back to: Plotly turns the scene's own
    return layout | {"dragmode": "pan", **_axes(positions)}


def _axes(positions: np.ndarray) -> dict[str, Any]:
    """Invisible axes of one scale, with a fixed margin around the points."""
    low, high = (positions.min(axis=0), positions.max(axis=0)) if len(positions) else (-np.ones(2), np.ones(2))
    middle, half = (low + high) / 2, (high - low) / 2
    half = 1.07 * np.where(half > 0, half, max(float(half.max()), 1.0) / 10)
    ranges = [[float(m - h), float(m + h)] for m, h in zip(middle, half, strict=True)]
    return {
        "xaxis": {"visible": False, "range": ranges[0]},
        "yaxis": {"visible": False, "range": ranges[1], "scaleanchor": "x", "scaleratio": 1},
    }


def _cube(positions: np.ndarray) -> dict[str, Any]:
    """Invisible axes of one length, that of the ball around all points: however it is turned, it stays in view."""
    middle, half = np.zeros(3), 1.0
    if len(positions):
        middle = (positions.min(axis=0) + positions.max(axis=0)) / 2.0
        half = 1.02 * float(np.linalg.norm(positions - middle, axis=1).max()) or 1.0
    ranges = ([float(m - half), float(m + half)] for m in middle)
    names = ("xaxis", "yaxis", "zaxis")
    return {name: {"visible": False, "showspikes": False, "range": ends} for name, ends in zip(names, ranges, strict=True)}


def _tags(positions: np.ndarray, order: Sequence[np.ndarray], names: Sequence[str]) -> list[dict[str, Any]]:
    """Names at the middles of the largest classes; those are seen that have room on a small page, which a page may change."""
    if positions.shape[1] != 2 or not len(positions):
        return []
    view, texts = _axes(positions), short(names)
    (left, right), (low, high) = view["xaxis"]["range"], view["yaxis"]["range"]
    scale = min(PLACE[0] / (right - left), PLACE[1] / (high - low))  # pixels for each unit
    codes = [code for code in np.argsort([-len(rows) for rows in order], kind="stable") if len(order[code])][:TAGGED]
    middles = {code: [float(part) for part in np.median(positions[order[code]], axis=0)] for code in codes}
    seen = apart([(*(part * scale for part in middles[code]), width(texts[code])) for code in codes])
    return [_tag(code, middles[code], texts[code], index in seen) for index, code in enumerate(codes)]


def _tag(code: int, place: list[float], text: str, seen: bool) -> dict[str, Any]:
    """The name of a class, called after its trace."""
    words = {"text": _plain(text), "font": {"size": 13}, "showarrow": False, "visible": seen}
    return {"name": f"class {code + 1}", "x": place[0], "y": place[1], **words}


def apart(boxes: Sequence[tuple[float, float, float]]) -> list[int]:
    """Indices of boxes (x and y of the middle, width; each ``LINE`` high), taken in order, that do not overlap."""
    taken: list[int] = []
    for index, (x, y, wide) in enumerate(boxes):
        others = (boxes[other] for other in taken)
        if all(abs(x - a) >= (wide + w) / 2 or abs(y - b) >= LINE for a, b, w in others):
            taken.append(index)
    return taken


def width(text: str) -> float:
    """About how many pixels a name on the map is wide, with the space around it."""
    return 8.0 + sum(14.0 if unicodedata.east_asian_width(letter) in "WF" else 8.0 for letter in text)


def short(names: Sequence[str], most: int = 18) -> list[str]:
    """Names short enough for the map, with nothing hidden: cut at their end, or in the middle where they only differ there."""
    names = [visible(name) for name in names]
    cut = [name if len(name) <= most else name[: most - 1] + "…" for name in names]
    same = Counter(cut)
    tail = most // 2
    return [
        text if same[text] == 1 or len(name) <= most else name[: most - tail - 1] + "…" + name[-tail:]
        for name, text in zip(names, cut, strict=True)
    ]


def _plain(text: str) -> str:
    """A text with nothing in it that Plotly would read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
