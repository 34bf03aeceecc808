"""How a run goes, in words and numbers: progress, queue, facts about the map, problems, the legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.marks import ask, dot
from layouts.words import KEPT

WORTH_SAYING = 5.0  # seconds
NEAREST = 15  # neighbours that the measure of a map looks at, where there are so many
LONG = 30  # letters of a name; of longer ones the end is always seen, as they often differ only there
TAIL = 12
STOPPED = "Stopped. Keep this map as it is, or discard it."
UNREACHABLE = "The connection to the server is lost. Trying again; what was computed is kept."
UPDATED = "Cluster Explorer was updated. Reload the page; nothing is lost."
FORGETFUL = "This browser keeps no cookies, so the page cannot know you again. Allow them for this address and reload the page."
NEVER_DRAWN = (
    "This browser cannot draw the map: WebGL is switched off in it. Switch on hardware acceleration, or take another browser. "
    "Tables and groups are there all the same."
)
LOST_DRAWING = "The browser has lost the graphics card, and the map with it. Reload the page; nothing is lost."
MENDED_THEN = "A stored result was damaged and was computed again."
MENDED = "A stored result was damaged and is computed again."
STAGES = {
    "open": "Reading the file",
    "dataset": "Reading the file",
    "embedding": "Preparing the features",
    "neighbors": "Finding the neighbours",
    "projection": "Drawing the map",
    "clustering": "Finding the groups",
    "quality": "Measuring the map",
}


def run_area() -> Component:
    """The place in the Map card that follows a run; the browser fills it and hides and shows its buttons."""
    return html.Div(
        [
            html.Progress(id=ids.RUN_PROGRESS, max="1", value="0", hidden=True, **{"aria-label": "Progress of the run"}),
            html.Div(
                [
                    html.Div(id=ids.RUN_STATUS, className="small grow", **{"data-stopped": STOPPED}),
                    html.Button("Stop", id=ids.STOP, className="button", hidden=True),
                    html.Button("Keep what we have", id=ids.KEEP, className="button main", hidden=True),
                    html.Button("Discard", id=ids.DISCARD, className="button", hidden=True),
                ],
                className="run-row",
            ),
        ],
        className="run-area",
    )


def conditions() -> Component:
    """What is said above everything while it is so; the browser shows and hides it."""
    said = [
        html.Div(UNREACHABLE, className="connection", role="alert"),
        html.Div([UPDATED, _reload()], className="updated", role="alert"),
        html.Div(FORGETFUL, className="forgetful", role="alert"),
    ]
    return html.Div(said, className="conditions")


def undrawn() -> list[Component]:
    """What stands in the place of a map that the browser cannot draw."""
    return [
        html.Div(NEVER_DRAWN, className="undrawn never", role="alert"),
        html.Div([LOST_DRAWING, _reload()], className="undrawn lost", role="alert"),
    ]


def _reload() -> Component:
    return html.Button("Reload", className="button reload")


def run_words(record: dict[str, Any]) -> str:
    """A run's record in one line: stage, iteration, loss and seconds, its place in the queue, or how it ended."""
    state = record.get("state")
    if state == "queued":
        return _queued(int(record.get("place") or 0))
    if state in ("failed", "lost"):
        return str(record.get("problem") or "The run ended without a result.")
    if state == "stopped":
        return f"Stopped at iteration {record['iteration']:,}." if record.get("iteration") else "Stopped."
    if state == "finished":
        return f"Done in {seconds(record.get('seconds', 0))}." + (f" {MENDED_THEN}" if record.get("mended") else "")
    mended = [MENDED] if record.get("mended") else []
    stage = STAGES.get(str(record.get("stage")), "Starting")
    return " · ".join([record.get("note") or stage, seconds(record.get("seconds", 0)), *mended])


def _queued(place: int) -> str:
    if place <= 1:
        return "Waiting: it is the next to run."
    return f"Waiting: {place - 1} {'run is' if place == 2 else 'runs are'} before it."


def map_facts(points: int, drawn: int, kept: float | None, loss: float | None, spent: float | None) -> list[Component]:
    """The status line of a finished map; ``kept`` is the share of each sample's neighbours, from 0 to 1."""
    facts = [_fact(f"{points:,}", "point" if points == 1 else "points")]
    if drawn < points:
        facts.append(_fact(f"{drawn:,}", "of them drawn, the same share of each class"))
    if kept is not None and points > 1:
        facts.append(_kept(min(NEAREST, points - 1), kept))
    if loss is not None:
        facts.append(_fact(f"{loss:.2f}", "final loss"))
    if spent is not None:
        facts.append(_fact(seconds(spent), ""))
    return facts


def _kept(near: int, share: float) -> Component:
    """The share of neighbours, of which small data have fewer than 15, and behind it what that means."""
    said = [_fact(f"{100 * share:.0f} %", f"of each sample's {near} {'neighbour' if near == 1 else 'neighbours'} kept"), ask()]
    return html.Details([html.Summary(said), html.P(KEPT.replace(str(NEAREST), str(near)))], className="explained")


def _fact(value: str, words: str) -> Component:
    return html.Span([html.B(value), f" {words}" if words else ""])


def problem(sentence: str, ways: Sequence[str] = ()) -> Component:
    """A calm message: what was wrong and what to do; ``ways`` are those that one press takes."""
    words: list[Component] = [html.P(sentence)]
    if ways:
        buttons = [html.Button(way, id=ids.way(number), className="button") for number, way in enumerate(ways)]
        words.append(html.Div(buttons, className="ways"))
    close = html.Button("×", className="quiet close", **{"aria-label": "Close this message"})
    return html.Div([html.Div(words), close], className="problem", role="alert")


def legend(
    names: Sequence[str],
    counts: Sequence[int],
    colours: Sequence[str],
    noise: tuple[str, str, int] = ("", "", 0),
    title: str = "",
    beside: Sequence[str] = (),
) -> list[Component]:
    """Chips that hide and show the classes; ``noise``: name, colour and count of the rows in none.

    ``title`` says what the colours mean, ``beside`` what sizes or shapes do. Classes without a row have no chip.
    """
    entries = zip(names, counts, colours, strict=True)
    chips = [_chip(trace, dot(trace - 1, colour), name, count) for trace, (name, count, colour) in enumerate(entries, 1) if count]
    name, colour, count = noise
    if count:
        chips.append(_chip(0, dot(0, colour), name, count))
    head = [html.Span(f"{title}:", className="small legend-words")] if title else []
    return [*head, *chips, *(html.Span(words, className="small legend-words") for words in beside)]


def _chip(trace: int, mark: Component, name: str, count: int) -> Component:
    label = [mark, html.Span(_ends(name), className="chip-name"), html.Span(f"{count:,}", className="small")]
    state = {"aria-pressed": "true", "data-trace": str(trace)}
    return html.Button(label, className="chip", title=f"{name}: hide or show", **state)


def _ends(name: str) -> list[Component] | str:
    """A long name in two parts: the style sheet cuts the first where there is no room for both."""
    return [html.Span(name[:-TAIL]), html.Span(name[-TAIL:])] if len(name) > LONG else name


def estimate(spent: float, flat: float | None) -> str:
    """About how long a map takes, when that is worth saying; ``flat`` is what it takes in 2-D when 3-D is chosen."""
    if spent < WORTH_SAYING:
        return ""
    if flat is not None and seconds(flat) != seconds(spent):
        return f"About {seconds(spent)} in 3‑D, which is slower: in 2‑D about {seconds(flat)}."
    return f"About {seconds(spent)}."


def seconds(value: float) -> str:
    """A duration in words: tenths below ten seconds, minutes from two minutes on."""
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{int(value // 60)} min {int(value % 60)} s"
