"""Small drawings as pictures: dots, bars and histograms, each one SVG in a data address.

A picture needs no inline style, so the page's content policy can forbid those altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from layouts.figures import shape

QUIET = "#6f87b8"  # readable on both themes
ACCENT = "#d55e00"  # of the one thing to look at, on both themes

OUTLINES = {
    "circle": '<circle cx="6" cy="6" r="5"/>',
    "diamond": '<path d="M6 0 12 6 6 12 0 6z"/>',
    "square": '<path d="M1 1h10v10H1z"/>',
    "cross": '<path d="M4 0h4v4h4v4H8v4H4V8H0V4h4z"/>',
}


def ask() -> html.Span:
    """The small question mark of what unfolds into help."""
    return html.Span("?", className="ask", **{"aria-hidden": "true"})


def dot(index: int, colour: str) -> html.Img:
    """The mark of a class: its colour, and the shape that its points have on the map."""
    return _picture("0 0 12 12", f'<g fill="{colour}">{OUTLINES[shape(index)]}</g>', "dot")


def bar(share: float, colour: str = QUIET) -> html.Img:
    """A bar filled to ``share``, from 0 to 1, of its width."""
    width = 100 * min(max(share, 0.0), 1.0)
    return _picture("0 0 100 6", f'<path fill="{colour}" d="M0 0h{width:.1f}v6H0z"/>', "bar", stretch=True)


def histogram(counts: Sequence[int], colour: str = QUIET) -> html.Img:
    """Columns as high as the counts; the highest fills the height."""
    highest = max(counts, default=0) or 1
    heights = [0.0 if not count else max(1.0, 24 * count / highest) for count in counts]
    columns = "".join(f"M{10 * i} 24v-{height:.1f}h9v{height:.1f}z" for i, height in enumerate(heights))
    drawing = f'<path fill="{colour}" d="{columns}"/>'
    return _picture(f"0 0 {10 * max(len(counts), 1)} 24", drawing, "histogram", stretch=True)


def curve(values: Sequence[float], mark: int, words: str, colour: str = QUIET) -> html.Img:
    """A line through the values, evenly spaced, with a dot on number ``mark``; ``words`` tell it to who cannot see it."""
    low, high = min(values), max(values)
    places = [
        (200 * i / max(len(values) - 1, 1), 4 + 52 * (1 - (value - low) / ((high - low) or 1))) for i, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[mark]
    drawing = (
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{line}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ACCENT}"/>'
    )
    drawn = _picture("-6 0 212 60", drawing, "curve")
    drawn.alt = words
    return drawn


def photo(url: str, alt: str = "") -> list[Component]:
    """The picture of a sample or a cluster, or nothing when it has none."""
    return [html.Img(src=url, alt=alt, className="picture")] if url else []


def _picture(box: str, drawing: str, kind: str, *, stretch: bool = False) -> html.Img:
    how = ' preserveAspectRatio="none"' if stretch else ""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{how}>{drawing}</svg>'
    return html.Img(src="data:image/svg+xml," + quote(svg, safe=" =:/'\""), className=kind, alt="")
