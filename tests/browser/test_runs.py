"""Runs on the page: live, stopped, kept, discarded, found in the store; every projection, flat and deep."""

import time

import psutil
import pytest

from tests.browser.pages import LONG, at_rest, drawn, explore, jobs, number, open_card, points, slowly, take, workspace
from tests.browser.runs import blobs, opened

FRAMES = "() => Number(document.getElementById('map-area')?.dataset.frames || 0)"


def workers(app) -> list[int]:
    """Processes that compute what was asked for: the start sample's, which waits meanwhile, is not among them."""
    from callbacks.records import Records

    records = Records(app.cache / "jobs").live()
    return [record["pid"] for record in records if record["lane"] == "explore" and record["pid"] and not record["yields"]]


def test_stop_ends_the_run_and_its_last_frame_can_be_kept(browse, app):
    page = opened(browse(), app, blobs("kept.csv", 2000))
    open_card(page, "projection")
    slowly(page)
    number(page, "iterations", 1000)
    page.locator("#run").click()
    page.wait_for_function(f"() => ({FRAMES})() > 1", timeout=LONG)
    running = workers(app)
    assert running
    began = time.monotonic()
    page.locator("#stop").click()
    page.locator("#keep").wait_for()
    while any(alive(pid) for pid in running) and time.monotonic() - began < 6:
        time.sleep(0.05)
    assert time.monotonic() - began < 6 and not any(alive(pid) for pid in running)
    page.locator("#keep").click()
    at_rest(page, 2000)
    page.locator("#projection-summary", has_text="stopped at iteration").wait_for(state="attached")
    kept = points(page)
    assert len(kept) == 2000 and kept[["map_x", "map_y"]].notna().all(axis=None)


def test_discard_brings_the_former_map_back(browse, app):
    page = opened(browse(), app, blobs("former.csv", 1500))
    open_card(page, "projection")
    take(page, '[id*=\'"choice"\'][id*=projection]', "PCA")
    page.locator("#panel-none, #projection-step .panel", has_text="What is PCA?").wait_for()
    page.locator("#run").click()
    at_rest(page, 1500)
    former = workspace(app, page)["results"]["projection"]
    take(page, '[id*=\'"choice"\'][id*=projection]', "t-SNE")
    page.locator("#projection-step .panel", has_text="What is t-SNE?").wait_for()
    slowly(page)
    before = page.evaluate(FRAMES)
    page.locator("#run").click()
    page.wait_for_function(f"() => ({FRAMES})() > {before}", timeout=LONG)
    page.locator("#stop").click()
    page.locator("#discard").click()
    at_rest(page, 1500)
    assert workspace(app, page)["results"]["projection"] == former
    page.wait_for_function("() => Math.max(...document.querySelector('#map .js-plotly-plot')._fullData[1].x.map(Math.abs)) > 1.5")


def test_the_same_settings_show_the_stored_map_at_once(browse, app):
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)
    known = jobs(app, "explore")
    explore(page)
    page.locator("#run-status", has_text="computed before").wait_for(state="attached")
    page.locator("#colour").select_option("cluster")
    open_card(page, "clustering")
    page.locator("#group").click()
    page.locator("#groups .gallery li").first.wait_for(timeout=LONG)
    page.locator("#colour").select_option("label")
    page.locator("#legend .chip-name", has_text="Digit 3").wait_for()
    assert jobs(app, "explore") == known


@pytest.mark.parametrize("name, words", [("UMAP", "UMAP"), ("PCA", "of the variance")])
def test_other_projections(browse, app, name, words):
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)  # the card of the data closes once, when the first map is there
    open_card(page, "data")
    page.locator("#samples").select_option("wine.csv")
    page.locator("#dataset-menu", has_text="wine.csv").wait_for(timeout=LONG)
    open_card(page, "projection")
    take(page, '[id*=\'"choice"\'][id*=projection]', name)
    page.locator("#projection-step .panel", has_text=f"What is {name}?").wait_for()
    page.locator("#run").click()
    at_rest(page, 178)
    page.locator("#projection-summary", has_text=words).wait_for(state="attached")


def test_three_dimensions_live_and_at_rest(browse, app):
    page = opened(browse(), app, blobs("deep.csv", 700))
    before = page.evaluate(FRAMES)
    take(page, "#dimensions", "3-D")
    page.wait_for_function(f"() => ({FRAMES})() > {before}", timeout=LONG)
    assert page.evaluate("document.querySelector('#map .js-plotly-plot').data[0].type") == "scatter3d"
    at_rest(page, 700)
    drawn(page, 700)
    assert "map_z" in points(page)
    page.locator("text=In 3-D choose samples by a click").wait_for()
    take(page, "#dimensions", "2-D")
    at_rest(page, 700)
    page.wait_for_function("() => document.querySelector('#map .js-plotly-plot').data[0].type === 'scattergl'", timeout=LONG)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
