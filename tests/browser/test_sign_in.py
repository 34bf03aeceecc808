"""Signing in and out as a person does it, by keyboard, without scripts, on a phone; and coming from another site."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from callbacks import access
from tests.browser.conftest import running
from tests.browser.pages import at_rest, choose, csv, ready, understood, workspace
from tests.browser.test_everyone import calm

WORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """An app that asks for names."""
    folder = tmp_path_factory.mktemp("guarded")
    names = folder / "names"
    lines = [f"{name}:{access.generate_password_hash(WORD, method='scrypt')}" for name in ("anna", "bob")]
    names.write_text("\n".join(lines))
    with running(folder / "cache", "--auth", str(names)) as server:
        yield server


@pytest.fixture
def stranger(chromium):
    """Browsers that have never been here; a refusal is no error of the page for them."""
    made = []

    def new(**how):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **how})
        made.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    yield new
    for context in made:
        context.close()


def enter(page, app, name, path="/"):
    page.goto(app.address + path)
    page.locator("#name").fill(name)
    page.locator("#password").fill(WORD)
    page.keyboard.press("Enter")
    ready(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_to_sign_in_on_is_for_everyone(stranger, guarded, scheme, width):
    page = stranger(viewport={"width": width, "height": 780}, color_scheme=scheme)
    page.goto(guarded.address)
    calm(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("() => document.activeElement.id") == "name"
    button = page.get_by_role("button", name="Sign in").bounding_box()
    assert button["height"] >= 44


def test_a_person_signs_in_by_keyboard_without_a_script_and_is_told_what_was_wrong(stranger, guarded):
    page = stranger(java_script_enabled=False)
    page.goto(f"{guarded.address}/?w=abc")
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("do not belong together").wait_for()
    assert page.locator("#name").input_value() == "anna"
    page.wait_for_timeout(1000 * access.FIRST)
    page.keyboard.type(WORD)  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_url("**/?w=abc")
    assert "session" in page.context.cookies()[0]["name"]


def test_data_are_found_again_from_another_browser_and_by_nobody_else(stranger, guarded):
    page = stranger()
    enter(page, guarded, "anna")
    choose(page, csv("annas.csv", "a,b\n" + "\n".join(f"{i},{i * i % 7}" for i in range(30))))
    understood(page, "annas.csv")
    mine = workspace(guarded, page)["id"]
    elsewhere = stranger()
    enter(elsewhere, guarded, "anna", f"/?w={mine}")
    elsewhere.locator("#dataset-menu", has_text="annas.csv").wait_for()
    other = stranger()
    enter(other, guarded, "bob", f"/?w={mine}")
    other.locator("#dataset-menu", has_text="digits.csv").wait_for()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_text("signed in as anna").wait_for()
    calm(page)
    page.get_by_role("button", name="Sign out").click()
    page.locator("#password").wait_for()
    assert not page.context.cookies()
    elsewhere.reload()
    elsewhere.locator("#dataset-menu", has_text="annas.csv").wait_for()  # another session goes on


class Linking(BaseHTTPRequestHandler):
    """Another site: a page with a link here, and a picture and a form that want to be from here."""

    target = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        form = f'<form method="post" action="{self.target}/"><button>Send</button></form>'
        self.wfile.write(f'<a href="{self.target}/">Go</a><img src="{self.target}/_dash-layout">{form}'.encode())

    def log_message(self, *_):
        pass


def test_who_comes_from_another_site_keeps_their_cookie(stranger, app):
    """A link from elsewhere opens the page; what else another site makes the browser ask for leaves the cookie alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Linking)
    Thread(target=server.serve_forever, daemon=True).start()
    Linking.target, link = app.address, f"http://localhost:{server.server_port}/"  # to a browser another site than 127.0.0.1
    page = stranger()
    page.goto(link)
    assert not page.context.cookies(app.address)
    page.get_by_role("link", name="Go").click()
    at_rest(page, 1797)
    (first,) = page.context.cookies(app.address)
    page.goto(link)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(f"{app.address}/")
    assert "another site" in page.content()
    page.goto(link)
    page.get_by_role("link", name="Go").click()
    ready(page)
    assert page.context.cookies(app.address)[0]["value"] == first["value"]
    server.shutdown()
    server.server_close()
