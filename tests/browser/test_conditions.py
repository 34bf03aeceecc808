"""Conditions that a page may meet: no network, another app, a browser that cannot draw or remember, damage on the disk."""

import os
import shutil
import time

import numpy as np
import pytest

from callbacks.house import House
from callbacks.settings import Settings
from layouts import status
from tests.browser.conftest import ROOT, free_port, running, start
from tests.browser.pages import LONG, at_rest, drawn, explore, open_card, take, workspace
from tests.browser.runs import PROMISE, alone, blobs, iteration, moving, opened, run, until
from tests.browser.test_faults import excused
from tests.browser.test_groups import grouped, thumb

BLIND = """
const plain = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.includes("webgl") ? null : plain.call(this, kind, ...rest);
};
"""
LOSE = """() => {
    for (const canvas of document.querySelectorAll("#map canvas")) {
        const drawing = canvas.getContext("webgl");
        if (drawing) drawing.getExtension("WEBGL_lose_context").loseContext();
    }
}"""
FORGETFUL = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } });
Object.defineProperty(navigator, "cookieEnabled", { get: () => false });
"""


def test_ten_seconds_without_a_network(browse, app):
    page = opened(browse(), app, blobs("offline.csv", seed=31))
    before = run(page, app)
    page.context.set_offline(True)
    began = time.monotonic()
    page.locator(".connection").wait_for(timeout=1000 * PROMISE)
    page.wait_for_timeout(max(0.0, 10 - (time.monotonic() - began)) * 1000)
    page.context.set_offline(False)
    page.locator(".connection").wait_for(state="hidden", timeout=1000 * PROMISE)
    moving(page, PROMISE)
    assert alone(app, page)["pid"] == before["pid"]
    page.locator("#stop").click()
    page.locator("#discard").click()
    excused(browse, page)
    browse.said[:] = [words for words in browse.said if "INTERNET_DISCONNECTED" not in words]


@pytest.mark.quiet
def test_a_reload_at_any_moment_finds_the_run_again(browse, app, size):
    chance = np.random.default_rng(7)
    page = opened(browse(), app, blobs("reloads.csv", rows=4000, seed=32))
    before, spent = run(page, app), []
    for _ in range(size(3, 200)):
        page.wait_for_timeout(1500 * chance.random())
        if alone(app, page)["state"] != "running":
            page.locator("#run").click()
            moving(page)
        reached, began = iteration(page), time.monotonic()
        page.reload()
        moving(page, PROMISE)
        spent.append(time.monotonic() - began)
        assert iteration(page) >= reached
        assert alone(app, page)["key"] == before["key"]
    assert sorted(spent)[len(spent) // 2] < 6, spent  # two seconds on a machine that is not busy
    page.locator("#stop").click()
    page.locator("#discard").click()


def test_an_old_page_asks_to_be_reloaded_after_an_update(browse, tmp_path, monkeypatch):
    port, newer = free_port(), tmp_path / "newer"
    with running(tmp_path / "cache", port=port) as app:
        page = opened(browse(), app, blobs("updated.csv", rows=60, columns=3))
        explore(page)
        at_rest(page, 60)
        assert not page.locator(".updated").is_visible()
    for part in ("app.py", "assets", "callbacks", "layouts", "pipeline", "data"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, (newer.mkdir(exist_ok=True) or newer) / part)
    file = newer / "callbacks" / "version.py"
    file.write_text(file.read_text().replace('VERSION = "', 'VERSION = "9.'))
    monkeypatch.setitem(start.__globals__, "ROOT", newer)
    with running(tmp_path / "cache", port=port):
        page.evaluate("() => window.dispatchEvent(new Event('focus'))")
        page.locator(".updated", has_text="Cluster Explorer was updated").wait_for(timeout=1000 * PROMISE)
        page.locator(".updated .reload").click()
        at_rest(page, 60)
        assert not page.locator(".updated").is_visible()
        excused(browse, page)


def test_a_browser_that_cannot_draw_says_so_and_does_the_rest(browse, app):
    page = browse()
    page.add_init_script(BLIND)
    page.goto(app.address)
    page.locator(".undrawn.never", has_text="WebGL is switched off").wait_for()
    page.locator("#status", has_text="neighbours kept").wait_for(timeout=LONG)
    page.locator("#preview h2", has_text="digits.csv").wait_for(state="attached")
    excused(browse, page)
    browse.said[:] = [words for words in browse.said if "WebGL" not in words]


def test_a_map_that_the_graphics_card_lost_is_told(browse, app):
    page = opened(browse(), app, blobs("card.csv", rows=100, seed=33))
    explore(page)
    at_rest(page, 100)
    take(page, "#dimensions", "3-D")
    until(lambda: workspace(app, page)["dimensions"] == 3 and not workspace(app, page)["jobs"], LONG / 1000)
    at_rest(page, 100)
    take(page, "#dimensions", "2-D")
    page.locator("#run-status", has_text="computed before").wait_for(timeout=LONG)
    drawn(page, 100)
    assert not page.locator(".undrawn.lost").is_visible()  # what Plotly itself puts away is no loss
    page.evaluate(LOSE)
    page.locator(".undrawn.lost", has_text="lost the graphics card").wait_for()
    page.locator(".undrawn.lost .reload").click()
    at_rest(page, 100)
    assert not page.locator(".undrawn.lost").is_visible()
    excused(browse, page)
    browse.said[:] = [words for words in browse.said if "CONTEXT_LOST" not in words and "context lost" not in words.lower()]


def test_a_browser_that_keeps_nothing_is_told_and_the_page_is_drawn(browse, app):
    page = browse()
    page.add_init_script(FORGETFUL)
    page.goto(app.address)
    page.locator(".forgetful", has_text="keeps no cookies").wait_for()
    at_rest(page, 1797)
    before = page.locator("html").get_attribute("data-theme")
    page.locator("#theme").click()
    until(lambda: page.locator("html").get_attribute("data-theme") != before)


def test_a_damaged_map_is_computed_again_and_the_page_says_so(browse, tmp_path):
    port = free_port()
    with running(tmp_path / "cache", port=port) as app:
        page = opened(browse(), app, blobs("harmed.csv", rows=80, columns=3, seed=34))
        explore(page)
        at_rest(page, 80)
        results = workspace(app, page)["results"]
    store = House(Settings(cache_dir=tmp_path / "cache")).store
    for key in (results["projection"], workspace(app, page)["dataset"]):
        file = max(store.path(key).glob("*.[na]*"), key=lambda file: file.stat().st_size)
        os.truncate(file, file.stat().st_size - 1)
    with running(tmp_path / "cache", port=port) as app:
        page.reload()
        page.locator("#run-status", has_text=status.MENDED_THEN).wait_for(timeout=LONG)
        at_rest(page, 80)
        page.locator("#preview h2", has_text="harmed.csv").wait_for(state="attached")
        assert workspace(app, page)["results"]["projection"] == results["projection"]
        assert not page.locator(".problem").count()
        excused(browse, page)


def test_five_hundred_places_of_a_slider_are_five_questions_at_most(browse, app):
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)
    open_card(page, "clustering")
    asked = []
    page.on("request", lambda request: asked.append(request.post_data) if "start.data" in (request.post_data or "") else None)
    box = thumb(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(500):
        page.mouse.move(x + 60 * np.sin(step / 20) + 0.02 * step, y)
    page.mouse.up()
    count = int(thumb(page).get_attribute("aria-valuenow"))
    grouped(page, count)
    assert 1 <= len(asked) <= 5
