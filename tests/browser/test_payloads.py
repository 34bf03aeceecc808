"""Text that would like to be code: a file whose name, heads, cells, labels and groups are payloads, in every place of the page.

Twenty payloads in one page; ``--full`` tries ten pages of others.
"""

import csv as writer
import io
import itertools
import re
from html import unescape

import pytest

from pipeline.visible import visible
from tests.browser.pages import LONG, at_rest, choose, explore, open_card, pixels, points, ready, take, understood
from tests.browser.test_taking import taken

USUAL = 20  # payloads in a page
REPEATED = 4  # rows of each label
HIT = "window.hit=1"
BARE = (
    f"<script>{HIT}</script>", f"<img src=x onerror={HIT}>", f'"><svg onload={HIT}>', f"<a href=javascript:{HIT}>go</a>",
    f"[go](javascript:{HIT})", "![x](http://evil.example/a.png)", f"{{{{[].at.constructor('{HIT}')()}}}}", f"${{{HIT}}}",
    "<iframe srcdoc='<script>parent.hit=1</script>'>", f"</textarea><script>{HIT}</script>", f"'-({HIT})-'", "<b>bold</b>",
    "&lt;img src=x onerror=window.hit=1&gt;", f"&#60;svg/onload={HIT}&#62;", "%{customdata} %{x}", "__proto__", "constructor",
    "<link rel=stylesheet href=//evil.example>", "exe.\u202efdp\u2066", "$$\\href{javascript:window.hit=1}{x}$$",
)  # fmt: skip
TAGS = (
    "img src=x onerror", "svg onload", "body onpageshow", "details open ontoggle", "video src=x onerror", 
    "input autofocus onfocus", "style onload", "marquee onstart", "audio src=x onerror", "image href=x onerror",
)  # fmt: skip
AROUND = (
    "<{}>", "\"><{}>", "'><{}>", "</title><{}>", "--><{}>", "]]><{}>", '\\"><{}>', "<{}//", "<!--><{}>", "&gt;<{}>", "`><{}>",
    "</style><{}>", "<x><{}>", "%3e<{}>", "\u202e<{}>", "{{{{<{}>", "<p><{}>", "}}<{}>",
)  # fmt: skip
WORDS = """(selector) => {
    const told = (one, whole) => {
        const named = ["title", "alt", "placeholder", "aria-label"].map((name) => one.getAttribute(name));
        const typed = one.matches("input:not([type=checkbox], [type=radio]), textarea") ? one.value : "";
        return [...named, typed, whole ? one.textContent : ""].filter(Boolean).join("\\n");
    };
    const all = (place) => [told(place, true), ...[...place.querySelectorAll("*")].map((one) => told(one, false))].join("\\n");
    return [...document.querySelectorAll(selector)].map(all).join("\\n");
}"""
WATCH = """document.addEventListener("securitypolicyviolation", (event) => {
    window.violated = [...(window.violated || []), event.violatedDirective];
});"""
MADE = "[onerror], [onload], [onfocus], [ontoggle], [onstart], [onpageshow], iframe, a[href^=javascript], img[src=x], script"
COLUMN = "async (name) => (await window.dash_ag_grid.getApiAsync('table-grid')).ensureColumnVisible(name)"
CELL = """(name) => {
    const cells = [...document.querySelectorAll(`.table-grid .ag-row [col-id=${name}]`)];
    const cell = cells.find((one) => one.textContent.length > 1); // one letter stands for those that are on their way
    return cell && [Number(cell.closest(".ag-row").getAttribute("row-id")), cell.textContent];
}"""
LEFT = """(made) => {
    const elements = [...document.querySelectorAll(made)].map((one) => one.outerHTML);
    return [window.hit, window.violated, document.title, elements];
}"""


def payloads(count: int) -> list[str]:
    """So many different ones: those that were thought of one by one, then every way around every tag."""
    made = (around.format(f"{tag}={HIT}") for around, tag in itertools.product(AROUND, TAGS))
    return [*BARE, *made][:count]


def table(texts: list[str]) -> bytes:
    """Two numbers, a column headed by each payload, and a label; cells and labels are payloads too."""
    held = io.StringIO()
    rows = writer.writer(held)
    rows.writerow(["one", "two", *(f"{text} {at}" for at, text in enumerate(texts)), "label"])
    for row in range(REPEATED * len(texts)):
        group = row % len(texts)
        cells = [texts[(row + at) % len(texts)] for at in range(len(texts))]
        rows.writerow([group % 5 * 20 + row % 3, group // 5 * 20 + row % 2, *cells, texts[group]])
    return held.getvalue().encode()


def words(page, place: str) -> str:
    """Everything that a person can read in a place: texts, titles, values."""
    return page.evaluate(WORDS, place)


def holds(page, place: str, texts: list[str]) -> None:
    """The place shows these texts, letter by letter; hidden letters by their code."""
    page.locator(place).first.wait_for(state="attached")
    page.wait_for_function(f"([place, text]) => ({WORDS})(place).includes(text)", arg=[place, visible(texts[0])], timeout=LONG)
    told = words(page, place)
    assert [text for text in texts if visible(text) not in told] == [], place
    assert "\u202e" not in told, place


def unharmed(page) -> None:
    hit, violated, title, elements = page.evaluate(LEFT, MADE)
    assert (hit, violated, title) == (None, None, "Cluster Explorer")
    assert [one for one in elements if HIT in one] == []


@pytest.mark.timeout(3600)  # with --full there are many pages
def test_payloads_are_text_in_every_place(browse, app, chromium, tmp_path, size):
    tried, asked = payloads(size(USUAL, 200)), []
    for first in range(0, len(tried), USUAL):
        page, texts = browse(), tried[first : first + USUAL]
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        page.add_init_script(WATCH)
        name = f"<img src=x onerror={HIT}>\u202e{first}.csv"
        walk(page, app, texts, name)
        exported(page, chromium, tmp_path, texts, name)
        page.close()
    assert not asked


def walk(page, app, texts: list[str], name: str) -> None:
    heads = [f"{text} {at}" for at, text in enumerate(texts)]
    page.goto(app.address)
    ready(page)
    choose(page, {"name": name, "mimeType": "text/csv", "buffer": table(texts)})
    understood(page, visible(name))
    holds(page, "#upload-data", [name])
    holds(page, "#dataset-menu", [name])
    holds(page, "#preview h2", [name])
    holds(page, "#preview", [*heads, *texts])
    holds(page, "#data-summary", [name])
    take(page, '[id*=\'"choice"\'][id*=projection]', "PCA")
    explore(page)
    at_rest(page, REPEATED * len(texts))
    holds(page, "#legend", texts)
    holds(page, "#colour", heads)
    looked(page, texts, heads)
    grouped(page, texts)
    filtered(page, texts, heads)
    browsed(page, texts, heads)
    refused(page)
    unharmed(page)


def looked(page, texts, heads) -> None:
    """The tip, the card, the neighbours, two side by side, the search, the selection."""
    at = points(page)[["map_x", "map_y"]].to_numpy()
    page.mouse.move(*pixels(page, at[[0]])[0])
    page.locator("#tip:not([hidden])").wait_for()
    row = int(page.locator("#tip").get_attribute("data-row"))
    holds(page, "#tip", [texts[row % len(texts)], heads[0], texts[row % len(texts)]])
    page.mouse.click(*pixels(page, at[[0]])[0])
    holds(page, "#card", [*heads, *texts])
    page.locator("#card button.compare").first.click()
    page.locator("#next").click()
    holds(page, "#comparison", [*heads, *texts])
    page.locator("#find").fill(texts[1])
    holds(page, "#found", [texts[1]])
    page.locator("#found-all").click()
    holds(page, "#selected", [texts[1]])
    page.keyboard.press("Escape")


def grouped(page, texts) -> None:
    """Groups with names that a person gave, their cards, the table beside the labels, the names on the map."""
    card = open_card(page, "clustering")
    field = card.locator("input[type=number]").first
    field.fill("4")
    field.press("Enter")
    page.locator("#clustering-summary", has_text=": 4 groups").wait_for(state="attached", timeout=LONG)
    page.locator("#group-scores b").first.wait_for(timeout=LONG)
    for at, text in enumerate(texts[:3]):
        page.locator("#groups .name-field").nth(at).fill(text)
        page.locator("#groups .name-field").nth(at).press("Tab")
        holds(page, "#legend", [text])
    holds(page, "#groups", texts[:3])
    holds(page, "#beside-labels", texts)
    page.locator("#groups button.members").first.click()
    holds(page, "#selected", texts[:1])
    page.wait_for_function("() => [...document.querySelectorAll('#map .annotation-text')].length > 0")
    page.keyboard.press("Escape")


def filtered(page, texts, heads) -> None:
    """The menu of filters, its choices, the chip of one; what sizes and colours are by."""
    page.locator(".filter > summary").click()
    holds(page, "#filter-by", heads)
    page.locator("#filter-by").select_option(label="label")
    holds(page, "#filter-place", texts)
    page.locator("#filter-place .ticks input").nth(1).check()
    page.locator("#filter-add").click()
    page.locator("#filters .chip").first.wait_for()
    assert any(visible(text) in words(page, "#filters") for text in texts)
    page.locator("#filters .chip").first.click()
    page.locator("#filters .chip").first.wait_for(state="detached")
    page.locator(".look > summary").click()
    holds(page, ".look", heads)
    page.locator(".look > summary").click()
    page.locator("#colour").select_option(label=visible(heads[-2]))  # a column whose name hides something, by that name
    page.locator("#legend .legend-words", has_text=visible(heads[-2])).first.wait_for()
    holds(page, "#legend", [heads[-2], *texts])


def browsed(page, texts, heads) -> None:
    """The table of all rows: every head, and cells below it."""
    take(page, "#tabs", "Table")
    page.locator(".table-grid .ag-cell").first.wait_for()
    for at, head in enumerate(heads):
        page.evaluate(COLUMN, f"c{at + 2}")
        page.locator(f".table-grid .ag-header-cell[col-id=c{at + 2}]", has_text=visible(head)).wait_for(state="attached")
        row, told = page.wait_for_function(CELL, arg=f"c{at + 2}").json_value()
        assert told == visible(texts[(row + at) % len(texts)])
    unharmed(page)


def refused(page) -> None:
    """What is said of a file that cannot be read, and the file's name beside its field."""
    name = f"<img src=x onerror={HIT}>\u202eempty.csv"
    choose(page, {"name": name, "mimeType": "text/csv", "buffer": b""})
    holds(page, ".problem", [name])
    page.goto(page.url.split("?")[0])
    at_rest(page, 1797)
    holds(page, "#recent", [f"<img src=x onerror={HIT}>"])
    open_card(page, "data").locator("#recent a").first.click()
    page.locator("#delete:not([hidden])").wait_for(state="attached")
    holds(page, "#delete", [f"<img src=x onerror={HIT}>"])


def exported(page, chromium, folder, texts, name) -> None:
    """Pictures and the map in one file: text in them is text."""
    page.locator("#take-svg:enabled").wait_for(state="attached", timeout=LONG)
    svg = taken(page, "#take-svg")[1].decode()
    assert not re.search(r"<(img|script|iframe|a|link|body|style>)\b|<\w[^<>]*\son\w+\s*=", svg)
    assert visible(name) in unescape(svg)
    content = taken(page, "#take-map")[1]
    file = folder / "map.html"
    file.write_bytes(content)
    context = chromium.new_context(offline=True)
    alone, said = context.new_page(), []
    alone.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    alone.add_init_script(WATCH)
    alone.goto(file.as_uri())
    alone.locator(".main-svg").first.wait_for(timeout=LONG)
    assert alone.title() == visible(name)
    assert visible(name) in alone.locator("header").inner_text()
    assert {visible(text) for text in texts} <= set(alone.locator(".legendtext").all_text_contents())
    alone.locator("#find").fill(texts[1])
    alone.locator("#find").press("Enter")
    alone.locator("#said", has_text=visible(texts[1])).wait_for()
    assert alone.evaluate("() => [window.hit, window.violated]") == [None, None]
    assert not said
    context.close()
