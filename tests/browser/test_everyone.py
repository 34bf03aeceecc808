"""For everyone: both themes, a phone, the keyboard alone, and what axe-core has to say."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.pages import LONG, at_rest, open_card, pin, points, ready


def full(page, app) -> None:
    """The page with a map, groups, a pinned card and every step open."""
    page.goto(app.address)
    at_rest(page, 1797)
    pin(page, points(page)[["map_x", "map_y"]].to_numpy(), 77)
    open_card(page, "clustering")
    page.locator("#group").click()
    page.locator("#groups .gallery li").first.wait_for(timeout=LONG)
    for stage in ("data", "embedding", "projection", "clustering"):
        open_card(page, stage)
    page.evaluate("() => document.querySelectorAll('.steps details.fold').forEach(fold => (fold.open = true))")


FILLED = "() => ![...document.querySelectorAll('.table-grid [role=row]')].some((row) => !row.childElementCount)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_in_either_theme(browse, app, scheme):
    page = browse(scheme=scheme)
    full(page, app)
    assert page.locator("html").get_attribute("data-theme") == scheme
    for tab in ("Data", "Clusters", "Table"):
        page.locator("#tabs").get_by_text(tab, exact=True).click()
        if tab == "Table":
            page.locator(".table-grid .ag-row").first.wait_for()
            page.wait_for_function(FILLED)
        calm(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_in_what_opens_and_what_is_selected(browse, app, scheme):
    page = browse(scheme=scheme)
    full(page, app)
    page.locator("#tabs").get_by_text("Clusters", exact=True).click()
    page.locator("#groups .members").first.click()
    page.locator("#selected .selection").wait_for(timeout=LONG)
    page.locator("#isolate").click()
    page.locator("#filters .chip").wait_for()
    page.locator(".look > summary").click()
    page.locator(".look select").select_option(label="label")
    page.locator("#legend .legend-words").first.wait_for()
    calm(page)
    page.locator(".filter > summary").click()
    page.locator("#filter-by").select_option("label")
    page.locator("#filter-place .ticks input").first.wait_for()
    calm(page)


def calm(page) -> None:
    """Axe-core finds nothing serious on the page as it is."""
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not serious, [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in serious]


def test_the_theme_is_switched_and_stays(browse, app):
    page = browse()
    page.goto(app.address)
    ready(page)
    page.locator("#theme").click()
    page.locator("html[data-theme=dark]").wait_for()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 25)"
    page.reload()
    page.locator("html[data-theme=dark]").wait_for()
    page.locator("#theme").click()
    page.locator("html[data-theme=light]").wait_for()


def test_a_phone_reaches_everything_without_scrolling_sideways(browse, app):
    page = browse(viewport=(390, 844))
    page.goto(app.address)
    at_rest(page, 1797)
    for stage in ("data", "embedding", "projection", "clustering"):
        open_card(page, stage)
    page.locator("#group").click()
    page.locator("#groups .gallery li").first.wait_for(timeout=LONG)
    page.locator("#next").click()
    page.locator("#card .pinned").wait_for()
    page.locator("#tabs").get_by_text("Data", exact=True).click()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, width
    for name in ("#theme", "#take-away > summary", "#run", "#group", "#explore", "#colour", "#dataset-menu", "#preview select"):
        on_a_phone(page, name)
    for menu in (".filter", ".look"):
        page.locator(f"{menu} > summary").click()
        on_a_phone(page, f"{menu} .panel-menu")
        page.keyboard.press("Escape")


def on_a_phone(page, name: str) -> None:
    """Assert that all of this is within a phone's width."""
    control = page.locator(name).first
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, (name, box)


def test_the_keyboard_alone(browse, app):
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)
    reach(page, "dataset-menu")
    page.keyboard.press("Enter")  # opens the Data card and goes there
    reach(page, "samples")
    page.keyboard.type("iris")
    page.locator("#dataset-menu", has_text="iris.csv").wait_for(timeout=LONG)
    reach(page, "explore")
    page.keyboard.press("Enter")
    at_rest(page, 150)
    open_by_key(page, "clustering")
    reach(page, "group")
    page.keyboard.press("Enter")
    page.locator("#groups .gallery li").first.wait_for(timeout=LONG)
    reach(page, "next")
    page.keyboard.press("Enter")
    page.locator("#card .pinned h2", has_text="Row 0").wait_for()
    page.keyboard.press("Enter")
    page.locator("#card .pinned h2", has_text="Row 1").wait_for()
    for group in (0, 1):  # the next group is the next card's button
        reach(page, f"select Cluster {group}")
        page.keyboard.press("Enter")
        page.locator("#selected .shares .share-name", has_text=f"Cluster {group}").wait_for(timeout=LONG)
    page.keyboard.press("Escape")
    page.locator("#selected .selection").wait_for(state="detached")
    reach(page, "take-away")
    page.keyboard.press("Enter")
    reach(page, "take-points")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "points.csv"


FOCUSED = """() => {
    const { id, title, tagName, parentElement } = document.activeElement;
    return [id, title, tagName === "SUMMARY" ? parentElement.id : ""].filter(Boolean);
}"""


def reach(page, name: str) -> None:
    """Go on by Tab until what has this id, this title, or is the head of this menu has the focus."""
    for _ in range(160):
        page.keyboard.press("Tab")
        if name.lower() in (word.lower() for word in page.evaluate(FOCUSED)):
            return
    raise AssertionError(f"Tab never reaches {name}")


def open_by_key(page, stage: str) -> None:
    card = page.locator(f"#{stage}-step")
    if card.get_attribute("open") is None:
        card.locator(":scope > summary").press("Enter")
