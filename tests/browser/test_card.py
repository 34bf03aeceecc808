"""The pinned sample's card: its nearest ones alone on the map by name, two samples side by side, the keys."""

import numpy as np
import pandas as pd
import pytest

from tests.browser import pages
from tests.browser.conftest import ROOT
from tests.browser.pages import LONG, open_card, pin, pinned, points

NAMED = """() => {
    const { annotations } = document.querySelector("#map .js-plotly-plot").layout;
    return annotations.map(({ text, x, y }) => ({ text, x, y }));
}"""
WRITTEN = "() => [...document.querySelectorAll('#map .annotation-text')].map((text) => text.textContent)"
MARKED = """() => {
    const graph = document.querySelector("#map .js-plotly-plot");
    const chosen = graph._fullData.slice(0, -1).map((trace) => trace.selectedpoints);
    return chosen.every((part) => !part) ? -1 : chosen.reduce((sum, part) => sum + (part ? part.length : 0), 0);
}"""


@pytest.fixture
def digits(browse, app):
    """A page with the digits at rest, where they lie, and their file."""
    page = pages.digits(browse, app)
    return page, points(page), pd.read_csv(ROOT / "data" / "digits.csv")


def marked(page, count: int) -> None:
    page.wait_for_function(f"() => ({MARKED})() === {count}")


def written(page, count: int) -> list[str]:
    page.wait_for_function(f"() => ({WRITTEN})().length === {count}")
    return page.evaluate(WRITTEN)


def test_the_nearest_alone_on_the_map(digits):
    page, found, file = digits
    places = found[["map_x", "map_y"]].to_numpy()
    page.locator("#find").fill("digit 4")
    page.locator("#found-all", has_text="Show all 181").click()
    marked(page, 181)
    before = page.evaluate(NAMED)
    row = pin(page, places, 321)
    page.locator("#card .count", has_text="15").click()
    page.locator("#card .neighbour").nth(14).wait_for()
    page.locator("#card .names").click()
    texts = written(page, 16)
    values = file.drop(columns="label").to_numpy(float)
    near = np.argsort(np.linalg.norm(values - values[row], axis=1), kind="stable")[:16]
    assert near[0] == row and sorted(texts) == sorted(file["label"][near])
    drawn = page.evaluate(NAMED)
    np.testing.assert_allclose([[one["x"], one["y"]] for one in drawn], places[near], rtol=1e-4, atol=1e-4)
    slanted = {int(other) for one, other in zip(drawn, near, strict=True) if "<i>" in one["text"]}
    around = set(np.argsort(np.linalg.norm(places - places[row], axis=1))[:16].tolist())
    assert slanted == set(near.tolist()) - around
    lost = page.locator("#card .neighbour.lost", has_text="farther on the map")
    assert lost.count() == len(slanted)
    marked(page, 16)
    open_card(page, "clustering")
    page.locator("#group").click()
    page.locator("#legend .chip-name", has_text="Cluster 3").wait_for(timeout=LONG)
    marked(page, 16)
    assert written(page, 16) == texts
    page.locator("#colour").select_option("label")
    page.locator("#legend .chip-name", has_text="Digit 3").wait_for()
    marked(page, 16)
    assert page.locator("#card .names").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    marked(page, 181)  # the selection stands again
    written(page, len(before))
    assert page.evaluate(NAMED) == before
    assert page.locator("#card .names").get_attribute("aria-pressed") == "false"


def test_two_samples_side_by_side(digits):
    page, found, file = digits
    first = pin(page, found[["map_x", "map_y"]].to_numpy(), 77)
    page.locator("#card .compare").click()
    page.locator("#comparison", has_text=f"Row {first:,} is kept").wait_for()
    second = int(page.locator("#card .neighbour").nth(3).inner_text().split(" · ")[0].removeprefix("row ").replace(",", ""))
    page.locator("#card .neighbour").nth(3).click()
    both = page.locator("#comparison .two")
    both.locator("h2", has_text=f"Row {first:,} beside row {second:,}").wait_for()
    assert f"Row {second:,} is the 4th nearest of row {first:,}" in both.inner_text()
    assert not page.locator("#card .pinned").is_visible()
    pictures = both.locator(".pair img").evaluate_all("all => all.map((one) => one.getAttribute('src').split('/').pop())")
    assert pictures == [f"{first}.png", f"{second}.png"]
    page.locator("#comparison .fold summary").click()
    heads = both.locator("tbody").first.locator("tr")
    assert heads.first.locator("td").all_inner_texts()[:2] == [file["label"][first], file["label"][second]]
    lines = both.locator("tbody:not(:has([title=label])) tr").evaluate_all(
        "all => all.map((line) => [...line.cells].map((cell) => cell.textContent))"
    )
    assert len(lines) == 64
    values = file.drop(columns="label")
    for name, one, other, said in lines:
        assert (float(one), float(other)) == (values[name][first], values[name][second])
        if said != "constant":
            assert float(said.replace("−", "-")) == values[name][second] - values[name][first]
    standard = [abs(values[name][first] - values[name][second]) / (values[name].std(ddof=0) or 1) for name, *_ in lines]
    assert (np.diff(standard) < 1e-9).all() and standard[0] > 1
    ring = "() => document.querySelector('#map .js-plotly-plot').data.at(-1).x.length"
    page.wait_for_function(f"() => ({ring})() === 2")
    page.locator("#comparison .compare").click()
    both.wait_for(state="detached")
    assert page.locator("#card .pinned").is_visible()
    page.wait_for_function(f"() => ({ring})() === 1")


def test_keys_go_through_the_rows(digits):
    page, found, file = digits
    row = pin(page, found[["map_x", "map_y"]].to_numpy(), 700)
    page.keyboard.press("ArrowRight")  # the click on the map has brought the focus there
    shown(page, row + 1)
    page.locator("#pinned-said", has_text=f"Row {row + 1:,}, {file['label'][row + 1]}").wait_for(state="attached")
    page.keyboard.press(",")
    shown(page, row)
    page.locator("#run").focus()
    page.keyboard.press(".")
    shown(page, row + 1)
    assert page.evaluate("document.activeElement.id") == "run"
    page.keyboard.press("ArrowRight")
    page.locator("#find").focus()
    page.keyboard.type("7.,")
    assert page.locator("#find").input_value() == "7.,"
    page.wait_for_timeout(300)
    assert pinned(page) == row + 1
    page.locator("#dimensions input:checked").focus()
    page.keyboard.press(",")
    shown(page, row)


def shown(page, row: int) -> None:
    page.locator("#card .pinned h2", has_text=f"Row {row:,}").wait_for()
