"""What comes late, twice, or from another tab: the page ends where the last wish of its person was."""

import time

from tests.browser.pages import (
    LONG,
    at_rest,
    choose,
    csv,
    explore,
    number,
    open_card,
    pixels,
    points,
    ready,
    take,
    understood,
    workspace,
)
from tests.browser.runs import blobs, explored, iteration, moving, opened, run, until

EXTENT = """() => {
    const graph = document.querySelector("#map .js-plotly-plot"), all = graph._fullData.slice(0, -1).flatMap(t => [...t.x]);
    return Math.max(...all) - Math.min(...all);
}"""
SMALL = "a,b,c\n" + "\n".join(f"{i % 7},{i % 5},{i % 3}" for i in range(60))


def fresh(browse, app):
    page = browse()
    page.goto(app.address)
    ready(page)
    return page


def test_a_frame_that_comes_after_the_end_changes_nothing(browse, app):
    page, held = opened(browse(), app, blobs("late.csv", rows=300, seed=21)), []
    page.route("**/frame/*", lambda route: held.append(route), times=1)
    explore(page)
    at_rest(page, 300)
    extent = page.evaluate(EXTENT)
    assert held and extent > 2.5
    held[0].continue_()
    page.wait_for_timeout(600)
    assert page.evaluate(EXTENT) == extent


def test_a_server_that_stumbles_while_a_run_goes_on_is_asked_again(browse, app):
    page, refused = opened(browse(), app, blobs("stumbles.csv", rows=300, seed=23)), []

    def stumble(route):
        refused.append(route)
        route.fulfill(status=500, content_type="application/json", body='{"problem": "Something went wrong."}')

    page.route("**/follow", stumble, times=2)
    explore(page)
    at_rest(page, 300)
    assert len(refused) == 2
    assert page.locator("#toasts").inner_text() == ""
    browse.said[:] = [words for words in browse.said if "500" not in words]  # the console tells of what was refused


def test_replay_pressed_again_ends_with_the_true_map(browse, app):
    page = opened(browse(), app, blobs("twice.csv", rows=200, seed=22))
    explore(page)
    at_rest(page, 200)
    extent = page.evaluate(EXTENT)
    page.locator("#replay").click()
    page.wait_for_timeout(600)
    page.locator("#replay").click()
    page.locator("#map-area[data-playing]").wait_for(state="attached")
    page.locator("#map-area[data-playing]").wait_for(state="detached", timeout=LONG)
    assert page.evaluate(EXTENT) == extent


def test_only_a_map_whose_way_was_kept_offers_it(browse, app):
    page = opened(browse(), app, blobs("straight.csv", rows=120, seed=23))
    open_card(page, "projection")
    take(page, '[id*=\'"choice"\'][id*=projection]', "PCA")
    page.locator("#projection-step .panel", has_text="What is PCA?").wait_for()
    page.locator("#run").click()
    at_rest(page, 120)
    assert page.locator("#replay").is_disabled()


def test_a_role_is_never_given_to_a_column_of_another_dataset(browse, app):
    page = opened(browse(), app, csv("first.csv", SMALL))
    tab = browse(context=page.context)
    tab.goto(page.url)
    understood(tab, "first.csv")
    choose(page, csv("second.csv", SMALL.replace("a,b,c", "x,y,z2")))
    understood(page, "second.csv")
    tab.locator("#preview tbody tr").nth(1).locator("select").select_option("left out")
    tab.locator(".problem", has_text="Another dataset has been opened here meanwhile").wait_for()
    assert workspace(app, tab)["dataset"] == workspace(app, page)["dataset"]
    assert "second.csv" in understood(page, "second.csv").inner_text()


def test_two_pages_with_the_same_run(browse, app):
    page = opened(browse(), app, blobs("both.csv", seed=24))
    other = opened(browse(context=page.context), app, blobs("both.csv", seed=24))
    assert workspace(app, page)["id"] != workspace(app, other)["id"]
    run(page, app)
    run(other, app)
    assert len({record["pid"] for record in explored(app, page)}) == 1
    choose(page, csv("away.csv", SMALL))
    understood(page, "away.csv")
    reached = iteration(other)
    until(lambda: iteration(other) > reached, 20)  # it goes on for the page that still looks at it
    third = browse(context=page.context)
    third.goto(other.url)
    moving(third)
    third.locator("#stop").click()
    other.locator("#keep").wait_for()
    other.locator("#discard").click()


def test_a_newer_choice_of_a_file_takes_the_place_of_one_still_on_its_way(browse, app):
    page, held = fresh(browse, app), []
    page.route("**/upload", lambda route: held.append(route), times=1)
    choose(page, csv("slow.csv", SMALL))
    until(lambda: page.wait_for_timeout(20) or held)
    choose(page, csv("quick.csv", SMALL.replace("a,b,c", "x,y,z2")))
    understood(page, "quick.csv")
    held[0].abort()
    page.wait_for_timeout(800)
    assert "quick.csv" in page.locator("#dataset-menu").inner_text()


def test_explore_after_a_refused_file_says_what_is_still_open(browse, app):
    page = opened(browse(), app, csv("good.csv", SMALL))
    explore(page)
    at_rest(page, 60)
    open_card(page, "data")
    choose(page, csv("bad.csv", "a\n\n"))
    page.locator(".problem", has_text="bad.csv").wait_for(timeout=LONG)
    page.locator("#upload-data[data-state=failed]").wait_for(state="attached")
    explore(page)
    page.locator(".problem", has_text="good.csv is still open").wait_for()
    explore(page)
    page.locator("#run-status", has_text="computed before").wait_for()


def test_a_closed_message_stays_closed(browse, app):
    page = opened(browse(), app, csv("closing.csv", SMALL))
    choose(page, csv("bad.csv", "a\n\n"))
    page.locator(".problem").wait_for(timeout=LONG)
    page.locator(".problem .close").click()
    page.locator(".problem").wait_for(state="detached")
    until(lambda: not workspace(app, page)["problem"])
    page.reload()
    understood(page, "closing.csv")
    assert not page.locator(".problem").count()


def test_the_dimensions_shown_are_those_of_the_map(browse, app):
    page = opened(browse(), app, blobs("deep.csv", seed=25))
    explore(page)
    at_rest(page, 2000)
    take(page, "#dimensions", "3-D")
    page.locator("#stop").wait_for()
    until(lambda: page.locator("#run-status", has_text="iteration").count(), LONG / 1000)
    page.locator("#stop").click()
    page.locator("#discard").click()
    page.wait_for_function("() => document.querySelector('#dimensions input:checked').value === '2'")


def test_a_sample_can_be_taken_again(browse, app):
    page = fresh(browse, app)
    open_card(page, "data")
    page.locator("#samples").select_option("wine.csv")
    understood(page, "wine.csv")
    choose(page, csv("between.csv", SMALL))
    understood(page, "between.csv")
    page.locator("#samples").select_option("wine.csv")
    understood(page, "wine.csv")


def test_a_job_whose_start_was_lost_is_started_all_the_same(browse, app):
    page = opened(browse(), app, blobs("lost.csv", rows=150, seed=26))
    page.evaluate("() => { const plain = dash_clientside.set_props; window.lost = 0; dash_clientside.set_props = (id, props) => "
                  "id === 'start-explore' && !window.lost++ ? null : plain(id, props); }")  # fmt: skip
    began = time.monotonic()
    explore(page)
    at_rest(page, 150)
    assert page.evaluate("() => window.lost") >= 1 and time.monotonic() - began < 40
    assert len(points(page)) == 150 and len(pixels(page, points(page)[["map_x", "map_y"]].to_numpy())) == 150


def test_ctrl_z_goes_back_a_step_and_forth_again(browse, app):
    page = opened(browse(), app, blobs("steps.csv", rows=150, seed=27))
    explore(page)
    at_rest(page, 150)
    first = workspace(app, page)["results"]["projection"]
    number(page, "perplexity", 12)
    page.locator("#run").click()
    until(lambda: workspace(app, page)["results"].get("projection") not in (None, first), LONG / 1000)
    at_rest(page, 150)
    second = workspace(app, page)["results"]["projection"]
    page.locator("#map-area").focus()
    page.keyboard.press("Control+z")
    until(lambda: workspace(app, page)["results"]["projection"] == first)
    field = page.locator('.control[data-setting="perplexity"] input[type=number]').first
    until(lambda: field.input_value() == "30")  # the controls are drawn anew
    page.keyboard.press("Control+Shift+z")
    until(lambda: workspace(app, page)["results"]["projection"] == second)
    page.locator("#undo").click()
    until(lambda: workspace(app, page)["results"]["projection"] == first)
