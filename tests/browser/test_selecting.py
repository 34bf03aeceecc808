"""Rows are selected with lasso and box and found by number, label and text; the keyboard does it too."""

import re

import numpy as np
import pytest

from tests.browser import pages
from tests.browser.pages import LONG, at_rest, choose, csv, explore, open_card, pin, pixels, points, ready, take, understood

MARKED = """() => {
    const graph = document.querySelector("#map .js-plotly-plot");
    const traces = graph._fullData.slice(0, -1).filter((trace) => trace.visible === true);
    const chosen = traces.map((trace) => trace.selectedpoints);
    return chosen.every((part) => !part) ? -1 : chosen.reduce((sum, part) => sum + (part ? part.length : 0), 0);
}"""
VIEW = """() => {
    const { xaxis, yaxis } = document.querySelector("#map .js-plotly-plot")._fullLayout;
    return { x: xaxis.range, y: yaxis.range, drag: document.getElementById("map-area").dataset.drag };
}"""


@pytest.fixture
def digits(browse, app):
    """A page with the digits at rest, and where they lie."""
    page = pages.digits(browse, app)
    return page, points(page)


def drag(page, places) -> None:
    """Drag the mouse through places of the screen; a browser tells of whole pixels."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def around(page, middle, radius: float) -> list[tuple[float, float]]:
    """A ring of places around one of the screen."""
    angles = np.linspace(0, 2 * np.pi, 65)
    return [(round(middle[0] + radius * np.cos(angle)), round(middle[1] + radius * np.sin(angle))) for angle in angles]


def within(positions: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which positions lie inside a polygon, by the rule of crossings."""
    x, y = positions.T
    inside = np.zeros(len(positions), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crossed = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crossed & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def steady(page, positions: np.ndarray) -> np.ndarray:
    """Where positions lie on the screen, once the map has the size of its place."""
    before, now = None, pixels(page, positions)
    while before is None or not np.array_equal(before, now):
        page.wait_for_timeout(200)
        before, now = now, pixels(page, positions)
    return now


def told(page, count: int) -> None:
    """Wait until the card says that so many rows are selected."""
    page.locator("#selected .selection > p").filter(has_text=re.compile(rf"^{count:,} of ")).first.wait_for()


def marked(page, count: int) -> None:
    page.wait_for_function(f"() => ({MARKED})() === {count}")


def lassoed(page, found) -> np.ndarray:
    """Select with the lasso around the digits in the middle, and return where the rows lie that it went around."""
    take(page, "#drag", "Lasso")
    page.wait_for_function(f"() => ({VIEW})().drag === 'lasso'")
    places = steady(page, found[["map_x", "map_y"]].to_numpy())
    box = page.locator("#map").bounding_box()
    ring = around(page, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), 110)
    drag(page, ring)
    page.locator("#selected .selection").wait_for()
    return within(places, np.array(ring))


def test_a_lasso_selects_the_points_inside_it(digits):
    page, found = digits
    inside = lassoed(page, found)
    assert 50 < inside.sum() < 1797
    told(page, inside.sum())
    marked(page, inside.sum())
    card = page.locator("#selected .selection")
    most = found["label"][inside].value_counts(normalize=True)
    shares = dict(
        zip(card.locator(".share-name .line").all_inner_texts(), card.locator(".shares b").all_inner_texts(), strict=True)
    )
    assert shares[most.index[0]] == f"{100 * most.iloc[0]:.0f} %"
    rows = [int(row) for row in card.locator(".chosen").evaluate_all("all => all.map(one => one.dataset.row)")]
    assert len(rows) == 24 and inside[rows].all()
    card.locator(".chosen").nth(3).click()
    page.locator("#card .pinned h2", has_text=f"Row {rows[3]:,}").wait_for()
    marked(page, inside.sum())  # the ring is left alone


def test_it_stays_after_recolouring_and_escape_ends_it(digits):
    page, found = digits
    count = int(lassoed(page, found).sum())
    open_card(page, "clustering")
    page.locator("#group").click()
    page.locator("#legend .chip-name", has_text="Cluster 3").wait_for(timeout=LONG)
    marked(page, count)
    page.locator("#selected h3", has_text="Clusters").wait_for()
    told(page, count)
    assert page.evaluate(VIEW)["drag"] == "lasso"
    page.locator("#colour").select_option("label")
    page.locator("#legend .chip-name", has_text="Digit 3").wait_for()
    marked(page, count)
    page.keyboard.press("Escape")
    page.locator("#selected .selection").wait_for(state="detached")
    marked(page, -1)


def test_escape_in_a_field_leaves_the_selection(digits):
    page, found = digits
    count = int(lassoed(page, found).sum())
    page.locator("#hand-name").fill("mine")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    told(page, count)
    page.locator("#map-area").click(position={"x": 5, "y": 5})
    page.keyboard.press("Escape")
    page.locator("#selected .selection").wait_for(state="detached")


def test_a_box_selects_and_clear_ends_it(digits):
    page, found = digits
    page.locator("#drag input").first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({VIEW})().drag === 'select'")
    places = pixels(page, found[["map_x", "map_y"]].to_numpy())
    low, high = np.quantile(places, [0.3, 0.7], axis=0).round()
    drag(page, [low, high])
    page.locator("#selected .selection").wait_for()
    inside = ((places > low) & (places < high)).all(axis=1)
    assert inside.sum() > 20
    told(page, inside.sum())
    page.locator("#clear-selection").click()
    page.locator("#selected .selection").wait_for(state="detached")
    marked(page, -1)


def test_shift_adds_alt_takes_out_escape_gives_up_and_a_click_still_pins(digits):
    page, found = digits
    take(page, "#drag", "Box")
    page.wait_for_function(f"() => ({VIEW})().drag === 'select'")
    places = pixels(page, found[["map_x", "map_y"]].to_numpy())
    (left, top), (middle, _), (right, low) = np.quantile(places, [0.1, 0.5, 0.9], axis=0).round()
    halves = [(places > (left, top)) & (places < (middle, low)), (places > (middle, top)) & (places < (right, low))]
    first, second = (half.all(axis=1) for half in halves)
    drag(page, [(left, top), (middle, low)])
    told(page, first.sum())
    page.keyboard.down("Shift")
    drag(page, [(middle, top), (right, low)])
    page.keyboard.up("Shift")
    told(page, (first | second).sum())
    page.keyboard.down("Alt")
    drag(page, [(left, top), (middle, low)])
    page.keyboard.up("Alt")
    told(page, second.sum())
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, low, steps=4)
    assert page.locator(".outline path").get_attribute("d").startswith("M")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert page.locator(".outline path").get_attribute("d") == ""
    told(page, second.sum())
    marked(page, second.sum())
    pin(page, found[["map_x", "map_y"]].to_numpy(), 100)
    marked(page, second.sum())


def test_another_map_ends_it_and_three_dimensions_have_no_lasso(digits):
    page, found = digits
    lassoed(page, found)
    open_card(page, "projection")
    take(page, "[id*='\"choice\"'][id*=projection]", "PCA")
    page.locator("#projection-step .panel", has_text="What is PCA?").wait_for()
    take(page, "#dimensions", "3-D")
    page.locator("#projection-summary", has_text="PCA").wait_for(state="attached", timeout=LONG)
    at_rest(page, 1797)
    page.locator("#selected .selection").wait_for(state="detached")
    page.locator("#drag-tools[disabled]").wait_for()
    assert page.locator("#drag input").first.is_disabled()
    page.locator("text=Lasso and box need a flat map").wait_for()
    page.locator("#find").fill("digit 7")
    page.locator("#found-all", has_text="Show all").click()
    page.locator("#selected .selection", has_text="does not mark").wait_for()


def test_rows_are_found_and_the_map_goes_there(digits):
    page, found = digits
    take(page, "#drag", "Lasso")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("321")
    page.locator("#found-list [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert page.locator("#find").get_attribute("aria-activedescendant") == "found-0"
    page.keyboard.press("Enter")
    page.locator("#card .pinned h2", has_text="Row 321").wait_for()
    x, y = found[["map_x", "map_y"]].to_numpy()[321]
    centred(page, x, y)
    page.locator("#find").fill("digit 4")
    page.locator("#found-words", has_text="181 rows").wait_for()
    page.locator("#found-all", has_text="Show all 181").click()
    page.locator("#selected .selection", has_text="181 of 1,797 rows").wait_for()
    marked(page, 181)
    assert set(page.locator("#selected .shares b").all_inner_texts()) == {"100 %"}
    centred(page, x, y)
    page.locator("#find").fill("nothing like this")
    page.locator("#found-words", has_text="No row, label or text holds").wait_for()
    page.keyboard.press("Escape")
    page.locator("#found").wait_for(state="hidden")
    marked(page, 181)  # the list alone was closed


CENTRED = """([x, y]) => {
    const { xaxis, yaxis } = document.querySelector("#map .js-plotly-plot")._fullLayout;
    const off = ([low, high], at) => Math.abs((low + high) / 2 - at) / (high - low);
    return off(xaxis.range, x) < 1e-3 && off(yaxis.range, y) < 1e-3;
}"""


def centred(page, x: float, y: float) -> None:
    """Wait until this position is in the middle of the map."""
    page.wait_for_function(CENTRED, arg=[float(x), float(y)])


def test_words_of_a_table_are_found_and_its_rows_listed(browse, app):
    chance = np.random.default_rng(1)
    lines = [
        f"{chance.normal():.3f},{chance.normal():.3f},The number {i} of <b>all</b> {'pears' if i % 9 else 'Äpfel'}"
        for i in range(90)
    ]
    page = browse()
    page.goto(app.address)
    ready(page)
    choose(page, csv("words.csv", "\n".join(["a,b,note", *lines])))
    understood(page, "words.csv")
    explore(page)
    at_rest(page, 90)
    page.locator("#find").fill("äpfel")
    page.locator("#found-words", has_text="10 rows").wait_for()
    assert "<b>all</b>" in page.locator("#found-list [role=option]").nth(1).inner_text()
    page.locator("#found-all").click()
    marked(page, 10)
    page.locator("#selected .selection", has_text="10 of 90 rows").wait_for()
    rows = page.locator("#selected .chosen").all_inner_texts()
    assert rows == [str(9 * i) for i in range(8)]
    page.locator("#selected .chosen").nth(2).press("Enter")
    page.locator("#card .pinned h2", has_text="Row 18").wait_for()
    page.locator("#find").fill("number 70 ")
    page.locator("#found-words", has_text="1 row").wait_for()
    page.locator("#find").press("Enter")
    place = points(page)[["map_x", "map_y"]].to_numpy()[70]
    centred(page, *place)
    page.locator("#colour").select_option("column: a")
    page.locator("#legend .chip", has_text="–").first.wait_for()
    marked(page, 10)
    centred(page, *place)
