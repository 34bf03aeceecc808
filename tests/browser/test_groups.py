"""Groups: the slider recolours when it is let go, noise is grey and called noise, a proposal is taken."""

import time

import pytest

from layouts.figures import NOISE
from tests.browser.pages import COLOURS, LONG, at_rest, explore, jobs, open_card, take, workspace
from tests.browser.runs import blobs, opened, until

GROUPS = '[data-setting="n_clusters"]'


@pytest.fixture
def page(browse, app):
    page = browse()
    page.goto(app.address)
    at_rest(page, 1797)
    open_card(page, "clustering")
    return page


def thumb(page):
    return page.locator(f"{GROUPS} .dash-slider-thumb")


def grouped(page, count: int) -> None:
    """Wait until this many groups are drawn, told of in the tray and named in the step."""
    page.locator("#clustering-summary", has_text=f": {count} groups").wait_for(state="attached", timeout=LONG)
    recoloured(page, count)
    page.wait_for_function(f"() => document.querySelectorAll('#groups .gallery > li').length === {count}")


def recoloured(page, count: int) -> None:
    """Wait until this many groups are drawn."""
    page.wait_for_function(f"() => ({COLOURS})().slice(1).filter(trace => trace[1]).length === {count}", timeout=LONG)


def test_many_quick_changes_end_with_the_last_and_leave_no_queue(page, app):
    before = jobs(app, "group")
    thumb(page).focus()
    for _ in range(9):
        thumb(page).press("ArrowRight")
    grouped(page, 19)
    assert len(jobs(app, "group") - before) <= 9
    assert not [lane for lane in workspace(app, page)["jobs"] if lane == "group"]
    page.locator(f"{GROUPS} [data-direction='-1']").click()
    grouped(page, 18)


def test_a_proposal_is_taken(page):
    take_it = page.locator("#proposal button")
    take_it.wait_for()
    count = int(take_it.inner_text().removeprefix("Use "))
    take_it.click()
    grouped(page, count)


def test_groups_on_the_map_come_with_a_caution(page):
    caution = page.locator(".on-map")
    assert not caution.is_visible()
    take(page, '[data-setting="on"]', "Map")
    caution.wait_for()
    page.locator("#clustering-summary", has_text="on the map").wait_for(state="attached", timeout=LONG)


def test_noise_is_grey_and_called_noise(page):
    page.locator('[id*=\'"choice"\'][id*=clustering]').select_option("dbscan")
    page.locator("#clustering-step .panel", has_text="What is DBSCAN?").wait_for()
    page.locator("#group").click()
    page.locator("#clustering-summary", has_text="rows of noise").wait_for(state="attached", timeout=LONG)
    page.locator("#legend .chip-name", has_text="noise").wait_for()
    page.locator("#groups .gallery b", has_text="Noise").wait_for()
    page.wait_for_function(f"() => {{ const noise = ({COLOURS})()[0]; return noise[0] === '{NOISE}' && noise[1] > 0 }}")


@pytest.mark.quiet
def test_ten_thousand_rows_are_recoloured_when_the_slider_is_let_go(browse, app):
    page = opened(browse(), app, blobs("large.csv", 10_000, 50))
    open_card(page, "projection")
    take(page, '[id*=\'"choice"\'][id*=projection]', "PCA")
    page.locator("#projection-step .panel", has_text="What is PCA?").wait_for()
    explore(page)
    at_rest(page, 10_000)
    until(lambda: page.request.get(f"{app.address}/health").json()["warm"], LONG / 1000)  # a minute after the start
    open_card(page, "clustering")
    page.locator("#group").click()
    grouped(page, 10)
    spent = []
    for count in (11, 12, 13):
        box = thumb(page).bounding_box()
        assert box
        thumb(page).focus()
        began = time.monotonic()
        thumb(page).press("ArrowRight")
        recoloured(page, count)
        spent.append(time.monotonic() - began)
        grouped(page, count)
    assert sorted(spent)[1] < 3, spent  # one second on a machine that is not busy
