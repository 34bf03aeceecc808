"""What the grid asks for: right for the owner of the data, refused for others and for what there is not."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from callbacks.house import House
from pipeline import stages
from pipeline.results import Clusters, Map
from tests.callbacks.rooms import points, put, recipe


@pytest.fixture
def address(house: House, me: str) -> str:
    """Where the table of the points is asked for, with a map and three groups."""
    key = put(house, points(), me)
    asked = recipe(key) | {"clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}
    map_, clusters = (stages.run(stages.Work(house.store), asked, stage) for stage in ("projection", "clustering"))
    return f"/table/{key}/{map_}/{clusters}"


def rows(client: FlaskClient, address: str, sort: Any = (), filters: Any = None) -> list[int]:
    answer = client.post(f"{address}/rows", json={"sort": list(sort), "filter": filters or {}})
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.data, "<i4").tolist()


def values(client: FlaskClient, address: str, columns: Any, asked: Any) -> Any:
    return client.post(f"{address}/values", json={"columns": columns, "rows": asked}).get_json()


def test_columns_rows_and_values_are_those_of_the_data(client: FlaskClient, house: House, address: str) -> None:
    told = client.get(address).get_json()
    assert told["total"] == 300
    assert [one["id"] for one in told["columns"]] == ["row", "x", "y", "label", "cluster", *(f"c{at}" for at in range(7))]
    assert told["columns"][3] == {"id": "label", "name": "kind", "kind": "text", "folded": False}
    dataset = house.store.get("1" * 40)
    down = rows(client, address, [{"colId": "c0", "sort": "desc"}], {"label": {"type": "equals", "filter": "b"}})
    expected = sorted(range(1, 300, 3), key=lambda row: -dataset.table["x0"][row])
    assert down == expected
    keys = address.split("/")[3:]
    map_, clusters = (house.store.get(key) for key in keys)
    assert isinstance(map_, Map) and isinstance(clusters, Clusters)
    names = ["row", "x", "label", "cluster", "c0", "c6"]
    found = values(client, address, names, down[:2])
    for at, row in enumerate(down[:2]):
        assert [found[name][at] for name in names] == [
            str(row), f"{float(map_.positions[row, 0]):.6g}", "b", str(clusters.labels[row]), f"{dataset.table['x0'][row]:.6g}",
            f"row {row} <b>",
        ]  # fmt: skip


def test_before_there_is_a_map_the_file_is_shown(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(), me)
    told = client.get(f"/table/{key}/-/-").get_json()
    assert [one["id"] for one in told["columns"]][:3] == ["row", "label", "c0"]
    assert rows(client, f"/table/{key}/-/-") == list(range(300))


def test_a_stranger_gets_nothing(client: FlaskClient, address: str) -> None:
    stranger = client.application.test_client()
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/rows", json={}).status_code == 404
    assert stranger.post(f"{address}/values", json={"columns": ["row"], "rows": [0]}).status_code == 404


def test_another_site_gets_nothing(client: FlaskClient, address: str) -> None:
    for part in ("rows", "values"):
        assert client.post(f"{address}/{part}", json={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("part", ["rows", "values"])
@pytest.mark.parametrize("body", [[], None, "x", 7, {"sort": [{"colId": "c99", "sort": "asc"}], "columns": ["c99"], "rows": [0]}])
def test_what_is_no_question_is_refused_in_words(client: FlaskClient, address: str, part: str, body: Any) -> None:
    answer = client.post(f"{address}/{part}", json=body)
    assert answer.status_code == 404 and answer.get_json()["problem"].endswith("Reload the page.")


@pytest.mark.parametrize(
    "body",
    [
        {"only": [{"by": "column: x0", "low": 10**400}]}, {"only": [{"by": "words", "words": "a"}] * 21},
        {"only": {"by": "words"}}, {"sort": [{"colId": "c0", "sort": "asc"}] * 50}, {"only": [{"by": "rows"}, 7]},
        {"only": [{"by": ["x"], "names": [[]]}]},
    ],
)  # fmt: skip
def test_questions_without_bound_or_sense_are_refused_in_words(client: FlaskClient, address: str, body: Any) -> None:
    answer = client.post(f"{address}/rows", json=body)
    assert answer.status_code == 404 and answer.get_json()["problem"]


def test_a_body_nested_without_end_is_refused_in_words(client: FlaskClient, address: str) -> None:
    for place in (f"{address}/rows", f"{address}/values", "/follow"):
        answer = client.post(place, data="[" * 60_000, content_type="application/json")
        assert answer.status_code == 404 and "Reload the page" in answer.get_json()["problem"]


def test_results_of_other_rows_are_refused(client: FlaskClient, house: House, me: str, address: str) -> None:
    other = put(house, points(20), me, "2" * 40)
    assert client.get(f"/table/{other}/{address.split('/')[3]}/-").status_code == 404


def test_the_grid_comes_when_its_tab_is_taken_and_once(client: FlaskClient) -> None:
    def ask(tab: str, standing: Any) -> Any:
        return client.post("/_dash-update-component", json={
            "output": "table-place.children", "outputs": {"id": "table-place", "property": "children"},
            "changedPropIds": ["tabs.value"], "inputs": [{"id": "tabs", "property": "value", "value": tab}],
            "state": [{"id": "table-place", "property": "children", "value": standing}],
        })  # fmt: skip

    grid = ask("table", None).get_json()["response"]["table-place"]["children"]
    assert (grid["type"], grid["props"]["dangerously_allow_code"]) == ("AgGrid", False)
    assert "AgGrid" not in ask("data", None).text + ask("table", grid).text


def test_a_large_table_answers_at_once(client: FlaskClient, house: House, me: str) -> None:
    address = f"/table/{put(house, points(100_000, 50), me)}/-/-"
    rows(client, address)
    started = time.perf_counter()
    found = rows(client, address, [{"colId": "c50", "sort": "desc"}], {"c50": {"type": "contains", "filter": "7"}})
    values(client, address, [f"c{at}" for at in range(51)], found[20_000:20_100])
    assert time.perf_counter() - started < 1


def test_what_the_map_shows_alone_is_what_the_table_shows(client: FlaskClient, address: str) -> None:
    only = [{"by": "label", "names": ["b"]}, {"by": "words", "words": "row 1"}]
    found = np.frombuffer(client.post(f"{address}/rows", json={"only": only}).data, "<i4").tolist()
    assert found == [row for row in range(300) if row % 3 == 1 and "row 1" in f"row {row} <b>"]
    for wrong in ([{}], [{"by": 3}], "x", [{"by": "label", "names": 5}], [{"by": "rows", "of": "8" * 40}]):
        assert client.post(f"{address}/rows", json={"only": wrong}).status_code == 404


def test_labels_given_by_hand_stand_in_the_table(client: FlaskClient, house: House, address: str, me: str) -> None:
    by_hand = Clusters(np.arange(300, dtype=np.int32) % 2 - 1, np.ones(300, np.float32), {"names": {"0": "good"}})
    house.store.put("5" * 40, by_hand, owner=me, recipe=[])
    asked = f"?labels={'5' * 40}"
    heads = client.get(address + asked).get_json()["columns"]
    assert {"id": "hand", "name": "label_by_hand", "kind": "text", "folded": False} in heads
    body = {"columns": ["hand"], "rows": [0, 1, 2, 3]}
    assert client.post(f"{address}/values{asked}", json=body).get_json() == {"hand": [None, "good", None, "good"]}
