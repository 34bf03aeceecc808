"""Two people on one server: neither sees the other's data, each waits for the other's turn, no other site gets in."""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.conftest import running
from tests.browser.pages import LONG, at_rest, choose, csv, slowly, understood, workspace
from tests.browser.runs import alone, blobs, explore, explored, gone, moving, opened, run, until

ASK = """async ([path, body]) => {
    const answer = await fetch(path, body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: body } : {});
    return [answer.status, await answer.text()];
}"""
STRANGE = """async (address) => {
    const send = (path, body) =>
        fetch(address + path, { method: "POST", mode: "no-cors", credentials: "include", body: body }).catch(() => "refused");
    await send("/upload", "a,b\\n1,2\\n");
    await send("/follow", "{}");
    await send("/_dash-update-component", "{}");
    const read = await fetch(address + "/health", { credentials: "include" }).then((answer) => answer.text(), () => "refused");
    const frame = document.createElement("iframe");
    frame.src = address;
    document.body.append(frame);
    await new Promise((done) => (frame.onload = done));
    return read;
}"""


def ask(page, path, body=None):
    """Status and text of what a page's own script gets from the server."""
    return tuple(page.evaluate(ASK, [path, None if body is None else json.dumps(body)]))


def pictures(name):
    """Forty pictures of 8 × 8 pixels, each with a label."""
    rows = [",".join([*(str((row * pixel) % 17) for pixel in range(64)), f"secret {row % 2}"]) for row in range(1, 41)]
    return csv(name, "\n".join([",".join([*(f"pixel{i}" for i in range(64)), "label"]), *rows]))


def test_two_browsers_never_see_each_others_data(browse, app):
    mine = opened(browse(), app, pictures("private.csv"))
    explore(mine)
    at_rest(mine, 40)
    here = workspace(app, mine)
    key, map_ = here["dataset"], here["results"]["projection"]
    job = alone(app, mine)["key"]
    addresses = [f"/row/{key}/0", f"/picture/{key}/0.png", f"/mean/{key}.png", f"/trail/{map_}", f"/points/{key}/{map_}/-.csv",
                 f"/frame/{job}?after=-1"]  # fmt: skip
    assert {ask(mine, address)[0] for address in addresses} <= {200, 204}

    other = browse()
    other.goto(mine.url)  # the very address
    other.locator("#dataset-menu", has_text="digits.csv").wait_for(timeout=LONG)
    assert other.url != mine.url and "private.csv" not in other.content() and "secret" not in other.content()
    for address in addresses:
        status, text = ask(other, address)
        assert status == 404 and "secret" not in text and len(text) < 200, address
    assert ask(other, "/follow", {"workspace": here["id"], "version": 0})[0] == 404
    for body in stolen(here):
        assert ask(mine, "/_dash-update-component", body)[0] == 200
        status, text = ask(other, "/_dash-update-component", body)
        assert "secret" not in text and "private" not in text, (status, text[:500])
    other.evaluate("() => dash_clientside.set_props('toasts', { children: [] })")
    browse.said[:] = [words for words in browse.said if "404" not in words]

    choose(other, pictures("private.csv"))  # the same bytes: another dataset, another map
    understood(other, "private.csv")
    explore(other)
    at_rest(other, 40)
    there = workspace(app, other)
    assert there["dataset"] != key and not set(there["results"].values()) & set(here["results"].values())
    owners = [folder for folder in (app.cache / "uploads").iterdir() if any(file.stat().st_size for file in folder.iterdir())]
    assert len(owners) >= 2


def stolen(here):
    """Requests for cards, figures and groups that name another's keys."""
    results = here["results"]
    keys = {"dataset": here["dataset"], "map": results["projection"], "clusters": None}
    grouped, drawn = {**keys, "labels": None}, {**keys, "live": None, "beside": None, "filters": [], "look": {}}
    asked = [
        ("card.data-plain nearest.data", {"pinned": 0, "grouped": grouped, "near-count": None}),
        ("comparison.data-plain", {"compared": 0, "pinned": 1, "grouped": grouped}),
        ("colour.options filter-by.options", {"grouped": grouped}),
        ("preview.data-plain dataset-menu.children data-summary.children", {"dataset": here["dataset"]}),
        ("map.figure order.data legend.data-plain map-words.hidden", {"drawn": drawn}),
        ("status.data-plain caution.children projection-summary.children embedding-summary.children", {"results": results}),
    ]
    for words, values in asked:
        outputs = words.split()
        name = outputs[0] if len(outputs) == 1 else f"..{'...'.join(outputs)}.."
        parts = [dict(zip(("id", "property"), output.split("."), strict=True)) for output in outputs]
        yield {
            "output": name, "outputs": parts[0] if len(parts) == 1 else parts,
            "inputs": [{"id": name, "property": "data", "value": value} for name, value in values.items()],
            "changedPropIds": [f"{name}.data" for name in values],
        }  # fmt: skip


def test_a_sample_is_computed_once_for_everyone(browse, app):
    results = []
    for _ in range(2):
        page = browse()
        page.goto(app.address)
        at_rest(page, 1797)
        results.append(workspace(app, page))
    first, second = results
    assert first["id"] != second["id"]
    assert (first["dataset"], first["results"]) == (second["dataset"], second["results"])


def test_a_second_page_waits_for_its_turn_and_says_so(browse, tmp_path):
    with running(tmp_path / "cache", "--slots", "1") as app:
        first = opened(browse(), app, blobs("first.csv", seed=7))
        second = opened(browse(), app, blobs("second.csv", seed=8))
        before = run(first, app)
        slowly(second)
        second.locator("#run").click()
        second.locator("#run-status", has_text="Waiting").wait_for(timeout=LONG)
        assert alone(app, second)["state"] == "queued" and not gone(before["pid"])
        first.locator("#stop").click()
        moving(second)
        third = browse()  # a fresh page: its sample takes no slot from the others, and waits for none
        third.goto(app.address)
        at_rest(third, 1797)
        assert all(sample["yields"] for sample in explored(app, third))
        assert alone(app, second)["state"] in ("running", "finished")
        for page in (first, second, third):
            page.close()


@pytest.fixture
def stranger():
    """A web page of someone else, on another port of this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html><title>Prizes</title><link rel=icon href='data:,'><body>")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_another_site_can_neither_send_nor_read_nor_frame(browse, app, stranger):
    page = opened(browse(), app, csv("kept.csv", "a,b\n" + "\n".join(f"{i % 5},{i % 3}" for i in range(30))))
    before = sorted((app.cache / "uploads").glob("*/*"))
    page.goto(stranger)
    assert page.evaluate(STRANGE, app.address) == "refused"
    assert page.frames[1].url.startswith("chrome-error:")
    assert sorted((app.cache / "uploads").glob("*/*")) == before
    browse.said.clear()  # the browser told the stranger's page of each refusal


def test_another_name_for_this_machine_is_refused(app):
    request = urllib.request.Request(f"{app.address}/health", headers={"Host": "rebound.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 400


def test_what_is_kept_is_kept_from_other_users(browse, app):
    opened(browse(), app, pictures("mode.csv"))
    until(lambda: list((app.cache / "uploads").glob("*/*")))
    assert app.cache.stat().st_mode & 0o777 == 0o700 and (app.cache / "secret").stat().st_mode & 0o777 == 0o600
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in (app.cache / "uploads").iterdir())
