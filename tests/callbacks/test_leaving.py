"""What is hidden in a text is written out on its way to the page, and what comes back is known again."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
from dash import Dash
from flask import g
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from callbacks.bodies import ROUTE
from callbacks.house import House
from callbacks.leaving import KEPT, seen
from layouts import ids, standalone
from pipeline.results import Column, Dataset, Target
from pipeline.visible import HIDDEN, visible
from tests.callbacks import rooms
from tests.callbacks.bodies import furnish, real
from tests.callbacks.rooms import put

BAD = "a\u202egpj\x1b[31m\u200b"
SHOWN = "a⟨U+202E⟩gpj⟨U+001B⟩[31m⟨U+200B⟩"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.sampled_from(KEPT), inner, max_size=4),
)


def hidden(n: int = 60) -> Dataset:
    """A dataset whose name, columns, labels and cells hide something."""
    rows = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    table = pl.DataFrame({f"x{BAD}": rows[:, 0], "y": rows[:, 1], f"n{BAD}": [f"{BAD}{i % 3}" for i in range(n)]})
    columns = (Column(f"x{BAD}", "feature", "number"), Column("y", "feature", "number"), Column(f"n{BAD}", "text", "text"))
    target = Target(f"t{BAD}", "class", (np.arange(n) % 2).astype(np.int32), (f"one{BAD}", "two"))
    return Dataset(f"{BAD}.csv", "numeric", rows, columns, table, "rows", target)


def test_what_is_hidden_is_written_out_and_the_rest_stays() -> None:
    assert visible(BAD) == SHOWN
    plain = "Ünïcödé, 日本語, العربية, עברית, \tfamily 👨‍👩‍👧, می‌خواهم\n"
    assert visible(plain) == plain
    assert visible("\ud800\u2028\ufeff") == "⟨U+D800⟩⟨U+2028⟩⟨U+FEFF⟩"


@given(JSON)
def test_every_text_of_an_answer_is_visible_but_what_comes_back(answer: Any) -> None:
    for body in (json.dumps(answer).encode(), json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")):
        try:
            found = json.loads(seen(body))
        except UnicodeDecodeError:  # halves of characters never leave like that
            continue
        assert _words(found, shown=True) == [visible(word) for word in _words(answer, shown=True)]
        assert _words(found, shown=False) == _words(answer, shown=False)


def _words(part: Any, shown: bool, inside: bool = True) -> list[str]:
    """The texts that the page shows, or those that it only gives back."""
    if isinstance(part, str):
        return [part] if inside == shown else []
    if isinstance(part, list):
        return [word for item in part for word in _words(item, shown, inside)]
    if isinstance(part, dict):
        return [word for name, item in part.items() for word in _words(item, shown, inside and name not in KEPT)]
    return []


def test_an_answer_with_nothing_hidden_is_not_touched() -> None:
    body = json.dumps({"a": "“é” · 日本 – …", "b": 'c:/x "x"\n'}).encode()
    assert seen(body) is body


def test_routes_and_callbacks_show_it(house: House) -> None:
    app: Dash = create_app(house.settings)
    client: FlaskClient = app.server.test_client()
    client.get("/")
    with client:
        client.get("/health")
        me = str(g.owner)
    key = put(house, hidden(), me)
    row, found, heads = (client.get(path) for path in (f"/row/{key}/0", f"/find/{key}?q=row+0", f"/table/{key}/-/-"))
    values = client.post(f"/table/{key}/-/-/values", json={"columns": ["c2"], "rows": [0]})
    assert row.get_json()["label"] == f"one{SHOWN}"
    assert row.get_json()["values"][0] == [f"n{SHOWN}", f"{SHOWN}0"]
    assert f"one{SHOWN}" in str(found.get_json())
    assert f"x{SHOWN}" in str(heads.get_json())
    assert values.get_json()["c2"] == [f"{SHOWN}0"]
    room = furnish(house, me)
    for body in real(app, room).values():
        sent = json.dumps(body).replace(room.dataset, key)
        answer = client.post(ROUTE, data=sent, content_type="application/json")
        assert not [word for word in _words(answer.get_json(silent=True), shown=True) if HIDDEN.search(word)], body["output"]
        if body["output"].startswith(f"..{ids.PREVIEW}"):
            assert f"Role of x{SHOWN}" in rooms.seen(answer.get_json())
    app.server.extensions["jobs"].end()


def test_a_choice_still_means_the_column_that_it_names(house: House, client: FlaskClient, me: str) -> None:
    """The menu shows the code; its value is the column's own name, so that choosing it works."""
    key = put(house, hidden(), me)
    grouped = {"dataset": key, "map": None, "clusters": None, "labels": None}
    body = {
        "output": f"..{ids.COLOUR}.options...{ids.FILTER_BY}.options..",
        "outputs": [{"id": ids.COLOUR, "property": "options"}, {"id": ids.FILTER_BY, "property": "options"}],
        "inputs": [{"id": ids.GROUPED, "property": "data", "value": grouped}],
        "changedPropIds": [],
    }  # fmt: skip
    options = client.post(ROUTE, json=body).get_json()["response"][ids.COLOUR]["options"]
    assert {"label": f"x{SHOWN}", "value": f"column: x{BAD}"} in options


def test_the_map_in_one_file_shows_it_too() -> None:
    data = hidden(20)
    assert data.target
    page = standalone.whole(data, data.rows, (data.target.codes, data.target.names, None), "none", BAD)
    own = page.split("<script>")[0]
    assert not HIDDEN.search(own)
    assert "\\u202e" not in own
    assert "⟨U+202E⟩" in own
