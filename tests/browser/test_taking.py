"""Taking the map away, coming back to what was looked at before, deleting it."""

import re
import struct
from datetime import date
from html import unescape
from pathlib import Path

from tests.browser.pages import LONG, at_rest, choose, csv, drawn, explore, open_card, ready, understood, workspace

ROWS = 60
MARK = "7319.0625"  # a value that only this file holds
GROUPS = ("ash", "birch <b>", "cedar")
LINES = [f"{i % 3 * 9 + i / 50},{i * i % 7},{GROUPS[i % 3]}" for i in range(ROWS - 1)]
FILE = csv("Tree rings.csv", "\n".join(["a,b,kind", *LINES, f"{MARK},3,ash"]))
PLACE = """row => {
    const graph = document.getElementById("map"), at = graph.data[graph.data.length - 1];
    const { xaxis, yaxis } = graph._fullLayout, middle = range => (range[0] + range[1]) / 2;
    return [graph.dataset.found, [...at.x], [...at.y], middle(xaxis.range), middle(yaxis.range)];
}"""


def mapped(app, page):
    """A page that shows the finished map of the file."""
    page.goto(app.address)
    ready(page)
    choose(page, FILE)
    understood(page, FILE["name"])
    explore(page)
    at_rest(page, ROWS)
    page.locator("#take-png:enabled").wait_for(state="attached")
    return page


def taken(page, name):
    """What the menu's entry saves: its name and its bytes."""
    if page.locator("#take-away").get_attribute("open") is None:
        page.locator("#take-away > summary").click()
    with page.expect_download(timeout=LONG) as download:
        page.locator(name).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def files(app):
    """Everything that was ever sent with this content, by anybody, and is still there."""
    return {file for file in (app.cache / "uploads").glob("*/*") if MARK.encode() in file.read_bytes()}


def test_pictures_of_the_map(browse, app):
    page = mapped(app, browse())
    box = page.locator("#map .js-plotly-plot").bounding_box()
    name, png = taken(page, "#take-png")
    assert name == f"tree-rings-tsne-perplexity-19-{date.today().isoformat()}.png"
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (2 * (round(box["width"]) + 170), 2 * (round(box["height"]) + 40))
    page.locator("#take-away:not([open])").wait_for()
    name, svg = taken(page, "#take-svg")
    text = unescape(svg.decode())
    assert name.endswith(".svg") and text.startswith("<svg") and "<image" not in text
    assert len(re.findall(r'<path class="point"', text)) == ROWS
    assert "Tree rings.csv · t-SNE, perplexity" in text and "birch <b>" in text
    page.locator("#legend button", has_text="ash").click()
    assert len(re.findall(r'<path class="point"', taken(page, "#take-svg")[1].decode())) == ROWS - 21


def test_a_map_as_one_file_is_searched_offline(browse, app, chromium, tmp_path):
    page = mapped(app, browse())
    name, content = taken(page, "#take-map")
    assert name.startswith("tree-rings-tsne-") and name.endswith(".html")
    (tmp_path / name).write_bytes(content)
    context = chromium.new_context(offline=True)
    alone, said = context.new_page(), []
    alone.on("pageerror", lambda error: said.append(str(error)))
    alone.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    alone.goto((tmp_path / name).as_uri())
    alone.locator(".main-svg").first.wait_for(timeout=LONG)
    assert "Tree rings.csv" in alone.locator("header").inner_text() and "perplexity" in alone.locator("header").inner_text()
    assert alone.locator(".legend .traces").count() == 3
    alone.locator("#find").fill("5")
    alone.locator("#find").press("Enter")
    alone.locator("#map[data-found='5']").wait_for()
    found, x, y, across, up = alone.evaluate(PLACE)
    assert (found, len(x)) == ("5", 1) and abs(x[0] - across) < 1e-3 and abs(y[0] - up) < 1e-3
    assert "row 5" in alone.locator("#said").inner_text() and "cedar" in alone.locator("#said").inner_text()
    alone.locator("#find").fill("BIRCH <b>")
    alone.locator("#go").click()
    alone.locator("#said", has_text="1 of 20").wait_for()
    alone.locator("#go").click()
    alone.locator("#said", has_text="2 of 20: birch <b> · row 4").wait_for()
    alone.locator("#find").fill("oak")
    alone.locator("#find").press("Enter")
    alone.locator("#said", has_text="Nothing is found").wait_for()
    assert not said
    context.close()


def test_recent_and_deleting(browse, app):
    page = mapped(app, browse())
    first = workspace(app, page)
    page.goto(app.address)
    at_rest(page, 1797)
    card = open_card(page, "data")
    assert card.locator("#delete").is_hidden()  # the sample is everybody's
    card.locator("#recent a", has_text="Tree rings.csv").click()
    at_rest(page, ROWS)
    again = workspace(app, page)
    assert (again["id"], again["results"]["projection"]) == (first["id"], first["results"]["projection"])
    sent = files(app)
    card = open_card(page, "data")
    card.locator("#delete > summary").click()
    assert files(app) == sent
    card.locator("#delete-really", has_text="Really delete Tree rings.csv").click()
    page.locator("#deleted", has_text="are deleted").wait_for()
    drawn(page, 0)
    page.locator("#map-words", has_text="A map appears here").wait_for()
    assert page.locator("#delete").is_hidden() and "No data yet" in page.locator("#dataset-menu").inner_text()
    assert page.locator("#recent a", has_text="Tree rings.csv").count() == 0
    assert len(sent - files(app)) == 1 and not (app.cache / "results" / first["dataset"][:2] / first["dataset"]).exists()
    page.reload()
    page.locator("#dataset-menu", has_text="No data yet").wait_for()
    open_card(page, "data").locator("#recent a", has_text="digits.csv").click()
    at_rest(page, 1797)
