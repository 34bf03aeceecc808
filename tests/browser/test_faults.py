"""What may happen while a map is being made: a reload, a second tab, a killed process, a restart, a storm of clicks."""

import os
import re
import shutil
import signal
import time
import urllib.request

import psutil

from tests.browser.conftest import free_port, running
from tests.browser.pages import LONG, at_rest, choose, csv, drawn, number, understood, workspace
from tests.browser.runs import PROMISE, STEPS, alone, blobs, explore, explored, gone, iteration, moving, opened, run, state, until

FRAMES = "() => Number(document.getElementById('map-area')?.dataset.frames || 0)"


def answers(app):
    """Whether the app answers now."""
    try:
        return urllib.request.urlopen(f"{app.address}/health", timeout=2).status == 200
    except OSError:
        return False


def kill(app):
    """End the server as the system does when memory runs out: its web process too, without a word."""
    server = psutil.Process(app.process.pid)
    for process in (server, *server.children()):
        process.kill()
    app.process.wait(20)


def excused(browse, page):
    """Requests that no server answered were said by the browser itself; nothing else was. Leaves the page."""
    page.close()
    unanswered = "ERR_(CONNECTION|CONTENT_LENGTH|EMPTY|ABORTED|FAILED)|Failed to fetch|the server did not respond"
    browse.said[:] = [words for words in browse.said if not re.search(unanswered, words)]


def test_a_reload_in_the_middle_of_a_run_shows_the_same_run(browse, app):
    page = opened(browse(), app, blobs("reloaded.csv", seed=1))
    before = run(page, app)
    reached = iteration(page)
    began = time.monotonic()
    page.reload()
    moving(page, PROMISE)
    page.wait_for_function(f"() => ({FRAMES})() > 0", timeout=1000 * PROMISE)
    assert time.monotonic() - began < PROMISE
    assert iteration(page) >= reached
    drawn(page, 2000)
    assert alone(app, page)["pid"] == before["pid"]
    at_rest(page, 2000)
    after = alone(app, page)
    assert (after["state"], after["pid"], after["queued"]) == ("finished", before["pid"], before["queued"])


def test_a_second_tab_shows_the_same_run_and_the_same_map_and_can_stop(browse, app):
    page = opened(browse(), app, blobs("shared.csv", seed=2))
    worker = run(page, app)["pid"]
    tab = browse(context=page.context)
    tab.goto(page.url)
    moving(tab, PROMISE)
    assert workspace(app, tab)["id"] == workspace(app, page)["id"]
    tab.locator("#stop").click()
    tab.locator("#keep").wait_for()
    assert gone(worker)
    page.locator("#keep").wait_for(timeout=1000 * PROMISE)  # the other tab hears of it
    tab.locator("#keep").click()
    at_rest(tab, 2000)
    page.reload()
    at_rest(page, 2000)
    assert workspace(app, page)["results"] == workspace(app, tab)["results"]


def test_an_idle_tab_learns_of_a_run_elsewhere_when_somebody_comes_back_to_it(browse, app):
    page = opened(browse(), app, blobs("elsewhere.csv", seed=9))
    tab = browse(context=page.context)
    tab.goto(page.url)
    tab.locator("#preview h2", has_text="elsewhere.csv").wait_for(state="attached")
    tab.locator("#stop").wait_for(state="hidden")
    run(page, app)
    assert not tab.locator("#stop").is_visible()
    tab.evaluate("() => window.dispatchEvent(new Event('focus'))")
    moving(tab, PROMISE)
    tab.locator("#stop").click()
    tab.locator("#discard").click()
    tab.locator("#discard").wait_for(state="hidden")


def test_a_killed_worker_is_told_in_words_and_the_map_can_be_run_again(browse, app):
    page = opened(browse(), app, blobs("killed.csv", rows=1500, seed=3))
    lost = run(page, app)
    began = time.monotonic()
    os.kill(lost["pid"], signal.SIGKILL)
    page.locator(".problem", has_text="Settings are kept").wait_for(timeout=1000 * PROMISE)
    assert time.monotonic() - began < PROMISE
    page.locator("#stop").wait_for(state="hidden")
    assert page.locator('.control[data-setting="iterations"] input[type=number]').first.input_value() == str(STEPS)
    page.locator("#run").click()
    moving(page)
    page.locator(".problem").wait_for(state="detached")
    assert alone(app, page)["pid"] != lost["pid"]
    page.locator("#stop").click()
    page.locator("#discard").wait_for()
    assert gone(alone(app, page)["pid"])


def test_many_presses_make_one_run_and_a_new_setting_another(browse, app):
    page = opened(browse(), app, blobs("storm.csv", seed=4))
    first = run(page, app)
    for _ in range(4):
        page.evaluate("() => { for (let i = 0; i < 5; i++) document.getElementById('run').click(); }")
        page.wait_for_timeout(300)  # as fast as a hand
    reached = iteration(page)
    until(lambda: iteration(page) > reached, LONG / 1000)
    now = alone(app, page)
    assert (now["pid"], now["queued"], now["state"]) == (first["pid"], first["queued"], "running")
    number(page, "perplexity", 20)
    page.locator("#run").click()
    until(lambda: [record["state"] for record in explored(app, page)] == ["stopped", "running"])
    moving(page)
    second = until(lambda: (found := explored(app, page)[-1])["frame"] and found, LONG / 1000)
    assert gone(first["pid"]) and not gone(second["pid"])
    page.locator("#stop").click()
    page.locator("#discard").wait_for()
    until(lambda: gone(second["pid"]), 2)
    page.locator("#discard").click()
    page.locator("#discard").wait_for(state="hidden")


def test_a_file_chosen_while_the_sample_runs_is_never_mixed_with_it(browse, tmp_path):
    with running(tmp_path / "cache") as app:
        page = browse()
        page.goto(app.address)
        page.locator("#stop").wait_for(timeout=LONG)
        sample = alone(app, page)
        choose(page, csv("mine.csv", "a,b,c\n" + "\n".join(f"{i % 7},{i % 5},{i * i % 11}" for i in range(70))))
        understood(page, "mine.csv")
        page.locator("#stop").wait_for(state="hidden")
        until(lambda: state(app, sample) != "running", LONG / 1000)
        assert not workspace(app, page)["results"] and not page.locator("#status").inner_text()
        explore(page)
        at_rest(page, 70)
        page.close()


def test_a_killed_server_is_told_and_what_it_did_is_found_again(browse, tmp_path):
    port = free_port()
    with running(tmp_path / "cache", port=port) as app:
        page = opened(browse(), app, blobs("restarted.csv", seed=5))
        before = run(page, app)
        assert not page.locator(".connection").is_visible()
        kill(app)
        page.locator(".connection").wait_for(timeout=1000 * PROMISE)
        assert "connection to the server is lost" in page.locator(".connection").inner_text()
        assert not gone(before["pid"])
    with running(tmp_path / "cache", port=port) as app:
        began = time.monotonic()
        page.locator(".connection").wait_for(state="hidden", timeout=1000 * PROMISE)
        again = alone(app, page)
        assert again["pid"] == before["pid"]
        assert time.monotonic() - began < PROMISE
        page.locator("#stop").wait_for(state="hidden", timeout=3 * LONG)
        at_rest(page, 2000)
        results = workspace(app, page)["results"]
        psutil.Process(app.process.pid).children()[0].kill()  # the web process alone: a new one takes its place
        until(lambda: answers(app), LONG / 1000)
        page.reload()
        at_rest(page, 2000)
        assert workspace(app, page)["results"] == results and alone(app, page)["queued"] == before["queued"]
        excused(browse, page)


def test_a_run_that_ended_with_its_server_is_told_after_the_restart(browse, tmp_path):
    port = free_port()
    with running(tmp_path / "cache", port=port) as app:
        page = opened(browse(), app, blobs("ended.csv", seed=6))
        worker = run(page, app)["pid"]
        kill(app)
        os.kill(worker, signal.SIGKILL)
        page.locator(".connection").wait_for(timeout=1000 * PROMISE)
    with running(tmp_path / "cache", port=port) as app:
        began = time.monotonic()
        page.locator(".problem", has_text="Settings are kept").wait_for(timeout=1000 * PROMISE)
        assert time.monotonic() - began < PROMISE
        page.locator(".connection").wait_for(state="hidden")
        page.locator("#stop").wait_for(state="hidden")
        page.locator("#run").click()
        moving(page)
        excused(browse, page)


def test_damage_under_a_running_server_gives_calm_sentences(browse, tmp_path):
    with running(tmp_path / "cache") as app:
        page = opened(browse(), app, blobs("damaged.csv", rows=60, columns=3))
        explore(page)
        at_rest(page, 60)
        os.rename(app.cache / "jobs", app.cache / "away")
        press_with(page, 6)
        sentence = told(page, "Reference")
        reference = re.search(r"Reference (\w{8})", sentence)[1]
        assert sentence.startswith("Something went wrong here that should not have.") and "Traceback" not in page.content()
        log = (app.cache / "log.txt").read_text()
        assert reference in log and "FileNotFoundError" in log and (app.cache / "log.txt").stat().st_mode & 0o777 == 0o600
        close_all(page)
        page.locator(".problem").wait_for(state="detached")
        shutil.rmtree(app.cache / "jobs", ignore_errors=True)
        os.rename(app.cache / "away", app.cache / "jobs")
        press_with(page, 7)
        at_rest(page, 60)
        page.locator(".problem").wait_for(state="detached")
        key = workspace(app, page)["dataset"]
        shutil.rmtree(app.cache / "results" / key[:2] / key)
        page.locator("#next").click()
        assert "no longer stored" in told(page, "stored")
        close_all(page)
        press_with(page, 8)
        told(page, "stored")
        choose(page, csv("whole.csv", "a,b\n" + "\n".join(f"{i % 7},{i % 5}" for i in range(40))))
        understood(page, "whole.csv")
        page.locator(".problem").wait_for(state="detached")
        explore(page)
        at_rest(page, 40)
        page.close()


def close_all(page):
    """Close every message: one may come from what was asked, another from what is drawn."""
    while page.locator(".problem").count():
        page.locator(".problem .close").first.click()
        page.wait_for_timeout(100)


def press_with(page, perplexity):
    """Run the map with another perplexity."""
    number(page, "perplexity", perplexity)
    page.locator("#run").click()


def told(page, word):
    """The one sentence that the page says."""
    said = "word => [...document.querySelectorAll('.problem p')].map(p => p.innerText).find(words => words.includes(word))"
    return str(page.wait_for_function(said, arg=word, timeout=LONG).json_value())
