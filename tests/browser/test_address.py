"""A file from an address: typed and fetched, followed and stopped, refused in words, never fetched twice."""

import time
from pathlib import Path

import pytest

from tests.browser.conftest import running
from tests.browser.pages import LONG, at_rest, choose, csv, explore, open_card, ready, understood
from tests.pipeline.loading.servers import serving

IRIS = (Path(__file__).parents[2] / "data" / "iris.csv").read_bytes()


@pytest.fixture(scope="module")
def web():
    """A server of data: iris, a web page, and a file that takes its time."""

    def script(visit):
        if visit.path == "/slow.csv":
            visit.answer(Content_Length=str(3 * 2**20))
            for _ in range(600):
                visit.send(b"1,2\n" * 256)
                time.sleep(0.1)
        elif visit.path == "/login":
            visit.answer(b"<!DOCTYPE html><html><body>Log in</body></html>", Content_Type="text/html")
        else:
            visit.answer(IRIS, "404 Not Found" if visit.path == "/gone.csv" else "200 OK")

    with serving(script) as server:
        yield server


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running(tmp_path_factory.mktemp("reaching") / "cache", program=("-m", "tests.browser.reaching")) as server:
        yield server


@pytest.fixture
def page(browse, app):
    page = browse()
    page.goto(app.address)
    ready(page)
    return page


def address(page, web, path, key=""):
    """Type the address of a file, and press Fetch or this key."""
    open_card(page, "data")
    page.locator("#web-address").fill(f"http://127.0.0.1:{web.port}{path}" if path.startswith("/") else path)
    if key:
        page.locator("#web-address").press(key)
    else:
        page.locator("#fetch").click()


def test_an_address_becomes_a_map_and_is_fetched_once(page, web):
    before = len(web.visits)
    address(page, web, "/sets/flowers.csv", "Enter")
    preview = understood(page, "flowers.csv")
    words = preview.inner_text()
    assert "150 rows" in words and f"from http://127.0.0.1:{web.port}/sets/flowers.csv, fetched 2" in words
    assert page.locator("#dataset-menu").inner_text().startswith("flowers.csv")
    explore(page)
    at_rest(page, 150)
    page.locator("#preview tbody tr").nth(1).locator("select").select_option("hover")
    page.locator("#dataset-menu", has_text="150 × 3").wait_for(timeout=LONG)
    assert "/sets/flowers.csv, fetched 2" in page.locator("#preview").inner_text()
    assert len(web.visits) == before + 1


def test_a_fetch_is_followed_and_stopped_and_what_was_open_stays(page, web, app):
    at_rest(page, 1797)
    address(page, web, "/slow.csv")
    page.locator("#data-status", has_text="Fetching slow.csv").wait_for(timeout=LONG)
    page.wait_for_function("() => document.getElementById('reading').value > 0.01", timeout=LONG)
    assert "of 3.0 MB" in page.locator("#data-status").inner_text()
    page.reload()  # the fetch goes on, and the page finds it again
    open_card(page, "data")
    page.locator("#data-status", has_text="Fetching slow.csv").wait_for(timeout=LONG)
    page.locator("#stop-reading").click()
    page.locator("#stop-reading").wait_for(state="hidden")
    page.locator("#run-status", has_text="Nothing new was opened").wait_for()
    assert page.locator("#dataset-menu").inner_text().startswith("digits.csv")
    assert not list(app.cache.glob("uploads/*/part-*"))


def test_a_file_that_is_chosen_meanwhile_is_not_kept_waiting(page, web):
    address(page, web, "/slow.csv")
    page.locator("#data-status", has_text="Fetching slow.csv").wait_for(timeout=LONG)
    choose(page, csv("mine.csv", "a,b\n" + "\n".join(f"{i % 7},{i % 5}" for i in range(40))))
    understood(page, "mine.csv")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("example.org/t.csv", "An address begins with https://"),
        ("http://10.0.0.1/t.csv", "10.0.0.1 is not on the public internet"),
        ("http://[::1]/<b>x</b>", "::1 is not on the public internet"),
        ("/gone.csv", "has no such file"),
        ("/login", "login is a web page (HTML), not a table"),
    ],
)
def test_what_cannot_be_fetched_is_said(page, web, path, words):
    address(page, web, path, "Enter")
    page.locator("#toasts .problem", has_text=words).wait_for(timeout=LONG)
    page.locator("#stop-reading").wait_for(state="hidden")
    assert path in page.locator("#web-address").input_value()
