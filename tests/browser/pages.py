"""What the browser tests do on a page, in a person's words: choose a file, press Explore, point at a row."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

from callbacks.records import Records
from callbacks.workspace import Workspaces

LONG = 120_000  # milliseconds that a computation may take on a busy machine

PIXELS = """rows => {
    const graph = document.querySelector("#map .js-plotly-plot"), { xaxis, yaxis } = graph._fullLayout;
    const { x, y } = graph.getBoundingClientRect();
    return rows.map(([a, b]) => [x + xaxis._offset + xaxis.l2p(a), y + yaxis._offset + yaxis.l2p(b)]);
}"""
DRAWN = """() => {
    const graph = document.querySelector("#map .js-plotly-plot");
    return graph && graph._fullData ? graph._fullData.slice(0, -1).reduce((sum, trace) => sum + trace.x.length, 0) : 0;
}"""
COLOURS = """() => {
    const graph = document.querySelector("#map .js-plotly-plot");
    return graph._fullData.slice(0, -1).map(trace => [trace.marker && trace.marker.color, trace.x.length]);
}"""


def choose(page: Any, file: Path | dict[str, Any], kind: str = "data") -> None:
    """Choose a file in the field for data or for labels."""
    page.locator(f"#upload-{kind} input[type=file]").set_input_files(file)


def csv(name: str, text: str) -> dict[str, Any]:
    """A file that the browser sends without one lying on the disk."""
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def understood(page: Any, name: str) -> Any:
    """The preview, once it tells of the file of this name."""
    page.locator("#preview h2", has_text=name).wait_for(state="attached", timeout=LONG)
    return page.locator("#preview")


def ready(page: Any) -> None:
    """Wait until the page is drawn and takes files."""
    page.locator("#upload-data input[type=file]").wait_for(state="attached")
    page.wait_for_function("() => window.location.search.startsWith('?w=')")


def explore(page: Any) -> None:
    """Press Explore, once the Data card is open."""
    card = open_card(page, "data")
    card.locator("#explore").click()


def open_card(page: Any, stage: str) -> Any:
    """The card of a step, opened."""
    card = page.locator(f"#{stage}-step")
    if card.get_attribute("open") is None:
        card.locator(":scope > summary").click()
    return card


def take(page: Any, name: str, value: str) -> None:
    """Take one of a few choices side by side, by the words on it."""
    page.locator(name).get_by_text(value, exact=True).click()


def number(page: Any, name: str, value: float) -> None:
    """Type the number of a setting and leave its field."""
    control = page.locator(f'.control[data-setting="{name}"]')
    fold = page.locator("details.fold", has=control)
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator(":scope > summary").click()
    field = control.locator("input[type=number]").first
    field.fill(str(value))
    field.press("Enter")


def slowly(page: Any) -> None:
    """Have openTSNE draw the next t-SNE map, which takes long enough to be disturbed."""
    open_card(page, "projection")
    control = page.locator('.control[data-setting="engine"]')
    fold = page.locator("details.fold", has=control)
    if fold.get_attribute("open") is None:
        fold.locator(":scope > summary").click()
    control.get_by_text("openTSNE", exact=True).click()


def drawn(page: Any, count: int) -> None:
    """Wait until the map has this many points."""
    page.wait_for_function(f"() => ({DRAWN})() === {count}", timeout=LONG)


def at_rest(page: Any, count: int) -> None:
    """Wait until no run goes on and the final map of this many points stands."""
    page.locator("#status", has_text="neighbours kept").wait_for(timeout=LONG)
    page.locator("#status", has_text=f"{count:,} points").wait_for(timeout=LONG)
    page.locator("#stop").wait_for(state="hidden", timeout=LONG)
    drawn(page, count)
    page.locator("#map-area[data-playing]").wait_for(state="detached")


def digits(browse: Any, app: Any) -> Any:
    """A fresh page on which the sample of digits has come to rest and can be selected on."""
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)
    page.locator("#drag-tools:not([disabled])").wait_for()
    return page


def workspace(app: Any, page: Any) -> dict[str, Any]:
    """What the server keeps of a page: its keys and settings."""
    name = parse_qs(urlsplit(page.url).query)["w"][0]
    rooms = Workspaces(app.cache / "workspaces")
    owner = next(folder.name for folder in rooms.folder.iterdir() if (folder / f"{name}.jsonl").exists())
    found = rooms.read(owner, name)
    assert found
    return found


def jobs(app: Any, lane: str) -> set[str]:
    """Keys of all jobs of a lane that the server has ever started."""
    records = Records(app.cache / "jobs")
    found = (records.read(folder.name) for folder in records.folder.iterdir())
    return {f"{record['key']} {record['queued']}" for record in found if record and record["lane"] == lane}


def points(page: Any) -> pd.DataFrame:
    """The points that the page offers to take away, read back."""
    page.locator("#take-away > summary").click()
    with page.expect_download() as download:
        page.locator("#take-points").click()
    return pd.read_csv(io.BytesIO(Path(download.value.path()).read_bytes()))


def pixels(page: Any, positions: np.ndarray) -> np.ndarray:
    """Where positions of a flat map lie on the screen."""
    return np.array(page.evaluate(PIXELS, positions.tolist()))


def pin(page: Any, positions: np.ndarray, row: int) -> int:
    """Click where a row lies, and return the row that the card then names (another may cover it)."""
    x, y = pixels(page, positions[[row]])[0]
    page.mouse.move(x, y)
    page.locator("#tip:not([hidden])").wait_for()
    page.mouse.click(x, y)
    page.locator("#card .pinned").wait_for()
    return pinned(page)


def pinned(page: Any) -> int:
    """The row that the card names."""
    return int(page.locator("#card .pinned h2").inner_text().removeprefix("Row ").replace(",", ""))
