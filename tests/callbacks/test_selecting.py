"""The card of selected rows and the search: right for their owner, refused for others and for what is no row."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from callbacks.house import House
from callbacks.selecting import read
from pipeline import stages
from pipeline.results import Clusters, Problem
from tests.callbacks.rooms import points, put, recipe, seen


def coded(rows: Any) -> str:
    return base64.b64encode(np.asarray(rows, "<i4").tobytes()).decode()


def ask(client: FlaskClient, chosen: Any, grouped: Any) -> str:
    """The card as JSON, or the problem, as the browser gets it."""
    given = {"selection": chosen, "grouped": grouped}
    body = {
        "output": "selected.data-plain", "outputs": {"id": "selected", "property": "data-plain"},
        "changedPropIds": ["selection.data"],
        "inputs": [{"id": name, "property": "data", "value": value} for name, value in given.items()],
    }  # fmt: skip
    return seen(client.post("/_dash-update-component", json=body).get_json())


def of(key: str, rows: Any, **more: Any) -> dict[str, Any]:
    return {"dataset": key, "map": "m", "rows": coded(rows), "marked": True, **more}


def on(key: str, **more: Any) -> dict[str, Any]:
    return {"dataset": key, "map": None, "clusters": None, "labels": None, **more}


def test_the_card_counts_and_compares(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(), me)
    rows = [row for row in range(0, 90) if row % 3 < 2]
    said = ask(client, of(key, rows), on(key))
    assert "60 of 300 rows · 20 %" in said
    shown = json.dumps("50 %")
    assert said.count(shown) == 2  # a and b, each half of it
    assert json.dumps("row 0 <b>") in said and said.count('"data-row"') == 8
    assert " elsewhere" not in ask(client, of(key, range(300)), on(key))
    assert "300 of 300 rows" in ask(client, of(key, range(300)), on(key))


def test_the_card_tells_of_clusters_and_shows_pictures(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(picture=(2, 3)), me)
    asked = recipe(key) | {"clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}
    clusters = stages.run(stages.Work(house.store), asked, "clustering")
    said = ask(client, of(key, range(0, 300, 3)), on(key, clusters=clusters))
    assert "Clusters" in said and "Cluster 0" in said and "100 %" in said
    assert said.count(f"/picture/{key}/") == 24


def test_what_was_selected_of_other_data_is_no_selection(client: FlaskClient, house: House, me: str) -> None:
    key, other = put(house, points(), me), put(house, points(20), me, "2" * 40)
    for chosen, grouped in ((of(other, [1]), on(key)), (None, on(key)), (of(key, [1]), None)):
        assert json.loads(ask(client, chosen, grouped))["response"]["selected"]["data-plain"] == []


def test_a_strangers_data_and_wrong_rows_are_refused(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(), me)
    stranger = client.application.test_client()
    assert "of 300 rows" not in ask(stranger, of(key, [1]), on(key))
    assert "no longer stored" in ask(stranger, of(key, [1]), on(key))
    assert "Select again" in ask(client, of(key, [300]), on(key))


@pytest.mark.parametrize("wrong", ["", "!", "AAA", "AAAA", None, 7, coded([10]), coded([-1]), coded(range(11)), "é"])
def test_only_rows_of_the_data_are_read(wrong: Any) -> None:
    with pytest.raises(Problem):
        read(wrong, 10)


def test_rows_are_read_sorted_and_once() -> None:
    assert read(coded([9, 0, 9, 3]), 10).tolist() == [0, 3, 9]


def test_a_large_selection_is_told_at_once(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(70_000), me)
    ask(client, of(key, [0]), on(key))
    started = time.perf_counter()
    assert "69,999 of 70,000" in ask(client, of(key, range(69_999)), on(key))
    assert time.perf_counter() - started < 2


def test_rows_are_found_by_their_owner_alone(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(), me)
    found = client.get(f"/find/{key}?q=row+12").get_json()
    assert found["total"] == 11  # 12 itself, then those whose note holds it
    assert found["rows"][0] == [12, "a", ""]
    assert found["rows"][1] == [120, "a", "row 120 <b>"]
    every = client.get(f"/find/{key}?q=row&all=1")
    assert np.frombuffer(every.data, "<i4").tolist() == list(range(300))
    many = client.get(f"/find/{key}?q=row").get_json()
    assert (many["total"], len(many["rows"])) == (300, 200)
    for nothing in ("?q=zzz", f"?q={'a' * 5000}"):
        assert client.get(f"/find/{key}{nothing}").get_json() == {"total": 0, "rows": []}
    for unasked in ("", "?q=", "?q=%20"):  # every name, in the order of the file
        listed = client.get(f"/find/{key}{unasked}").get_json()
        assert (listed["total"], len(listed["rows"])) == (300, 200)
        assert listed["rows"][7] == [7, "b", "row 7 <b>"]
        assert client.get(f"/find/{key}?all=1{unasked.replace('?', '&')}").data == b""
    no, nowhere = (client.application.test_client().get(f"/find/{name}?q=row") for name in (key, "8" * 40))
    assert (no.status_code, no.data) == (404, nowhere.data)


def test_rows_of_a_group_and_of_one_of_its_labels_are_its_owners_alone(client: FlaskClient, house: House, me: str) -> None:
    data = points(30)
    key, groups = put(house, data, me), "6" * 40
    found = Clusters(np.arange(30, dtype=np.int32) % 4 - 1, np.ones(30, np.float32))
    house.store.put(groups, found, owner=me, recipe=[])

    def rows(asked: str) -> list[int]:
        return np.frombuffer(client.get(f"/members/{key}/{groups}?{asked}").data, "<i4").tolist()

    assert rows("cluster=-1") == list(range(0, 30, 4))
    assert rows("cluster=2&label=1") == [row for row in range(30) if row % 4 == 3 and row % 3 == 1]
    assert rows("cluster=7") == []
    stranger = client.application.test_client()
    assert stranger.get(f"/members/{key}/{groups}?cluster=0").status_code == 404
    assert client.get(f"/members/{key}/{key}?cluster=0").status_code == 404
