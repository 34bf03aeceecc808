"""The pinned sample with the names it has on the map, and two samples beside each other: for their owner alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from flask.testing import FlaskClient

from callbacks.house import House
from callbacks.sample import called
from pipeline import stages
from pipeline.results import Clusters, Column, Dataset, Target
from tests.callbacks.rooms import points, put, recipe, seen


def ask(client: FlaskClient, output: str, given: dict[str, Any]) -> Any:
    """What a callback answers, as the browser gets it."""
    parts = [dict(zip(("id", "property"), part.split("."), strict=True)) for part in output.strip(".").split("...")]
    body = {
        "output": output, "outputs": parts if output.startswith("..") else parts[0],
        "changedPropIds": [f"{next(iter(given))}.data"],
        "inputs": [{"id": name, "property": "data", "value": value} for name, value in given.items()],
    }  # fmt: skip
    return client.post("/_dash-update-component", json=body).get_json()


def beside(client: FlaskClient, first: int | None, second: int | None, grouped: Any) -> str:
    answer = ask(client, "comparison.data-plain", {"compared": first, "pinned": second, "grouped": grouped})
    return seen(answer)


@pytest.fixture
def drawn(house: House, me: str) -> tuple[Dataset, dict[str, Any]]:
    """A dataset with a map and three groups, one of them with a name."""
    dataset = points(picture=(2, 3))
    key = put(house, dataset, me)
    work = stages.Work(house.store)
    map_ = stages.run(work, recipe(key), "projection")
    named = Clusters(dataset.target.codes, np.full(300, 0.5, np.float32), {"names": {"0": "sevens"}})
    house.store.put("3" * 40, named, owner=me, recipe=[])
    return dataset, {"dataset": key, "map": map_, "clusters": "3" * 40, "labels": None}


def test_two_rows_stand_side_by_side(client: FlaskClient, drawn: Any) -> None:
    dataset, grouped = drawn
    said = beside(client, 3, 7, grouped)
    for text in ("Row 3 beside row 7", f"/picture/{grouped['dataset']}/7.png", "sevens", "End comparing", "row 3 <b>"):
        assert json.dumps(text, ensure_ascii=False).strip('"') in said, text
    values = ((dataset.rows - dataset.rows.mean(axis=0)) / dataset.rows.std(axis=0)).astype(float)
    away = np.linalg.norm(values - values[3], axis=1)
    place = int((away < away[7]).sum())  # row 3 itself is the nearest of all
    assert f"{away[7]:.2f} apart in the original space. Row 7 is the {place}" in said


def test_the_first_row_waits_and_nothing_is_said_without_two(client: FlaskClient, drawn: Any) -> None:
    _, grouped = drawn
    assert "Row 3 is kept" in beside(client, 3, 3, grouped)
    for first, second, on in ((None, 3, grouped), (3, None, grouped), (3, 300, grouped), (-1, 3, grouped), (3, 4, None)):
        assert json.loads(beside(client, first, second, on))["response"]["comparison"]["data-plain"] == []


def test_before_there_is_a_map_values_alone_are_compared(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(), me)
    said = beside(client, 0, 1, {"dataset": key, "map": None, "clusters": None, "labels": None})
    assert "Row 0 beside row 1" in said and "apart" not in said and "/picture/" not in said


def test_beyond_forty_columns_the_rest_is_folded(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(d=60), me)
    assert "20 more columns" in beside(client, 0, 1, {"dataset": key, "map": None, "clusters": None, "labels": None})


def test_a_strangers_rows_are_refused(client: FlaskClient, drawn: Any) -> None:
    _, grouped = drawn
    stranger = client.application.test_client()
    assert "beside" not in beside(stranger, 3, 7, grouped) and "no longer stored" in beside(stranger, 3, 7, grouped)


def test_the_names_of_the_nearest_are_told_with_those_that_the_map_lost(client: FlaskClient, house: House, drawn: Any) -> None:
    dataset, grouped = drawn
    answer = ask(client, "..card.data-plain...nearest.data..", {"pinned": 5, "grouped": grouped, "near-count": 15})
    told = answer["response"]["nearest"]["data"]
    assert told["row"] == 5 and told["said"] == "Row 5, c" and len(told["names"]) == 16
    values = ((dataset.rows - dataset.rows.mean(axis=0)) / dataset.rows.std(axis=0)).astype(float)
    near = np.argsort(np.linalg.norm(values - values[5], axis=1), kind="stable")[:16]
    assert [row for row, _, _ in told["names"]] == near.tolist()
    assert [name for _, name, _ in told["names"]] == ["abc"[row % 3] for row in near]
    positions = house.store.get(grouped["map"]).positions
    kept = set(np.argsort(np.linalg.norm(positions - positions[5], axis=1))[:16].tolist())
    assert [lost for _, _, lost in told["names"]] == [row not in kept for row in near.tolist()]
    assert seen(answer).count("lost-words") == sum(lost for _, _, lost in told["names"]) > 0


def test_near_samples_are_listed_by_name_and_label(client: FlaskClient, house: House, me: str) -> None:
    dataset = points(30)
    words = dataset.table.with_columns(word=pl.Series([f"word {row}" for row in range(30)]))
    key = put(house, replace(dataset, table=words, columns=(*dataset.columns, Column("word", "id", "text"))), me)
    map_ = stages.run(stages.Work(house.store), recipe(key), "projection")
    given = {"pinned": 4, "grouped": {"dataset": key, "map": map_, "clusters": None, "labels": None}, "near-count": 6}
    answer = ask(client, "..card.data-plain...nearest.data..", given)
    near = [(row, name) for row, name, _ in answer["response"]["nearest"]["data"]["names"]]
    assert near[0] == (4, "word 4") and len(near) == 7
    said = seen(answer)
    assert all(f"row {row} · word {row} · {'abc'[row % 3]}" in said for row, _ in near[1:])


def test_no_pinned_row_has_no_names(client: FlaskClient, drawn: Any) -> None:
    _, grouped = drawn
    answer = ask(client, "..card.data-plain...nearest.data..", {"pinned": None, "grouped": grouped, "near-count": 15})
    assert answer["response"]["nearest"]["data"] is None


def test_what_a_row_is_called() -> None:
    dataset = points(4)
    assert called(dataset, 1) == "b"
    assert called(replace(dataset, target=None), 1) == "row 1 <b>"
    assert called(replace(dataset, target=None, columns=dataset.columns[:-1]), 1) == "row 1"
    words = dataset.table.with_columns(word=pl.Series(["king", " a\nqueen ", None, "<i>"]))
    named = replace(dataset, table=words, columns=(*dataset.columns, Column("word", "id", "text")))
    assert [called(named, row) for row in range(4)] == ["king", "a queen", "c", "<i>"]
    unlabelled = Target("kind", "class", np.full(4, -1, np.int32), ("a",))
    assert called(replace(dataset, target=unlabelled), 2) == "row 2 <b>"
