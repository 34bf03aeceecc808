"""The first seconds: a sample is already on its way to a map, moves, and comes to rest."""

import time

import pytest

from tests.browser.conftest import running
from tests.browser.pages import LONG, at_rest, number, open_card

FRAMES = "() => Number(document.getElementById('map-area')?.dataset.frames || 0)"


@pytest.mark.quiet
def test_a_sample_moves_and_comes_to_rest(browse, tmp_path):
    with running(tmp_path / "cache") as app:
        page = browse(motion="no-preference")
        began = time.monotonic()
        page.goto(app.address)
        page.wait_for_function(f"() => ({FRAMES})() > 0", timeout=LONG)
        moving = time.monotonic() - began
        assert page.locator("#dataset-menu").inner_text().startswith("digits.csv")
        at_rest(page, 1797)
        assert moving < 15  # a busy machine; three seconds or so on a quiet one
        words = page.locator("#status").inner_text()
        assert "1,797 points" in words and "neighbours kept" in words and "final loss" in words and " s" in words
        assert page.evaluate("document.querySelector('#map .js-plotly-plot').data[0].type") == "scattergl"
        extent = page.evaluate("() => Math.max(...document.querySelector('#map .js-plotly-plot')._fullData[1].x.map(Math.abs))")
        assert extent > 1  # the final figure has true coordinates; frames lie in [-1, 1]
        page.reload()
        at_rest(page, 1797)
        again = browse(motion="no-preference")
        again.goto(app.address)
        again.locator("#map-area[data-playing]").wait_for(state="attached", timeout=15_000)  # its stored way is watched
        at_rest(again, 1797)


def test_a_long_run_shows_many_frames(browse, app):
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)
    before = page.evaluate(FRAMES)
    open_card(page, "projection")
    number(page, "iterations", 1000)
    began = time.monotonic()
    page.locator("#run").click()
    page.locator("#stop").wait_for()
    page.locator("#run-status", has_text="iteration").wait_for(timeout=LONG)
    assert "loss" in page.locator("#run-status").inner_text()
    page.locator("#stop").wait_for(state="hidden", timeout=2 * LONG)
    spent, frames = time.monotonic() - began, page.evaluate(FRAMES) - before
    assert frames >= min(10, spent)
    at_rest(page, 1797)
