"""Taking away and coming back: names, the one file, what is offered again, and that what is deleted is gone."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import multiprocess
import numpy as np
import psutil
import pytest
from flask import g
from flask.testing import FlaskClient
from PIL import Image

from callbacks import deleting, reading, recent, taking, work
from callbacks.house import EVERYONE, House
from layouts import png
from pipeline import stages
from pipeline.results import Problem
from tests.callbacks.rooms import LONG, points, put, recipe, until

MARK = 31337.625  # a value that only this dataset holds, and its text
GROUPED = {"clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}


@pytest.fixture
def me(client: FlaskClient) -> Iterator[str]:
    with client:
        client.get("/health")
        yield str(g.owner)


def upload(house: House, owner: str, token: str = "f" * 40, scale: float = 1.0, rows: int = 40) -> dict[str, str]:
    """A file that this owner has sent, as the upload route leaves it."""
    lines = ["a,b,kind", *(f"{scale * i},{i * i},{'xyz'[i % 3]}" for i in range(rows)), f"{MARK},{MARK},x"]
    folder = house.uploads(owner)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / token).write_text("\n".join(lines))
    return {"token": token, "name": "my secret.csv"}


def explored(house: House, owner: str, request: dict[str, Any]) -> dict[str, str]:
    """Keys of a dataset, its map and clusters, computed."""
    key = reading.dataset(house, owner, request, lambda *_: None)
    asked, work = recipe(key) | GROUPED, stages.Work(house.store)
    return {"dataset": key} | {stage: stages.run(work, asked, stage) for stage in ("projection", "clustering")}


def shown(house: House, owner: str, made: dict[str, str]) -> str:
    """A page of this owner that looks at this map."""
    name = house.workspaces.new(owner)
    results = {"projection": made["projection"], "clustering": made["clustering"]}
    house.workspaces.change(owner, name, lambda state: state.update(dataset=made["dataset"], results=results))
    return name


def holding(house: House, words: list[bytes]) -> set[str]:
    """Files of the cache folder in which one of these words stands, in the name or inside."""
    found = set()
    for file in house.settings.cache_dir.rglob("*"):
        inside = file.read_bytes() if file.is_file() else b""
        if any(word in inside or word.decode("latin-1") in str(file) for word in words):
            found.add(str(file.relative_to(house.settings.cache_dir)))
    return found


def marks(made: dict[str, str]) -> list[bytes]:
    numbers = [np.float32(MARK).tobytes(), np.float64(MARK).tobytes(), str(MARK).encode()]
    return [*(key.encode() for key in made.values()), b"f" * 40, b"my secret", *numbers]


def inside(page: str) -> dict[str, Any]:
    """The figure that a page of one file holds."""
    found = re.search(r'id="figure">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_what_is_deleted_is_gone_from_the_disk(house: House, asking: Any) -> None:
    me = asking("a")
    request = upload(house, me)
    made = explored(house, me, request)
    other_roles = reading.dataset(house, me, {"dataset": made["dataset"], "roles": {"b": "left out"}}, lambda *_: None)
    job = house.records.queue("explore", me, {"recipe": recipe(made["dataset"])}, page="here")
    group = house.records.queue("group", me, {"recipe": recipe(other_roles) | GROUPED}, page="here")
    here, there = shown(house, me, made), shown(house, me, made)
    left = house.store.folder / "tmp-999999999-half"
    left.mkdir()
    (left / "rows.npy").write_bytes(marks(made)[-2])
    words = [*marks(made), *(name.encode() for name in (other_roles, job, group))]
    assert len(holding(house, words)) > 10
    deleting.delete(house, made["dataset"], here)
    assert holding(house, words) == set()
    assert house.workspaces.read(me, there) is None
    state = house.state(here)
    assert (state["dataset"], state["results"], state["said"]) == (None, {}, deleting.DONE)


def test_a_run_on_what_is_deleted_ends(house: House, asking: Any, ended: list[psutil.Process]) -> None:
    me = asking("a")
    key = reading.dataset(house, me, upload(house, me, rows=3000), lambda *_: None)
    job = house.records.queue("explore", me, {"recipe": recipe(key, LONG)})
    worker = multiprocess.get_context("spawn").Process(target=work.explore, args=({"job": job}, house.settings), daemon=True)
    worker.start()
    ended.append(psutil.Process(worker.pid))
    until(lambda: (house.records.read(job) or {"frame": 0})["frame"], 60)
    deleting.delete(house, key, "page")
    worker.join(5)
    assert not worker.is_alive()
    assert holding(house, [*marks({"dataset": key}), job.encode()]) == set()
    assert [meta["owner"] for _, meta in house.store.entries()] == []


def test_what_others_have_and_other_data_stay(house: House, asking: Any) -> None:
    other, me = asking("b"), asking("a")
    theirs, mine = (explored(house, owner, upload(house, owner)) for owner in (other, me))
    beside = explored(house, me, upload(house, me, "e" * 40, scale=3.0))
    page, both = shown(house, other, theirs), shown(house, me, beside)
    house.workspaces.change(me, both, lambda state: state.update(dataset=mine["dataset"], results={}))
    before = holding(house, [key.encode() for key in (*theirs.values(), *beside.values())])
    deleting.delete(house, mine["dataset"], shown(house, me, mine))
    assert holding(house, [key.encode() for key in (*theirs.values(), *beside.values())]) == before
    assert (house.uploads(other) / ("f" * 40)).exists() and (house.uploads(me) / ("e" * 40)).exists()
    assert house.workspaces.read(other, page)["dataset"] == theirs["dataset"]
    assert [state["dataset"] for state in house.workspaces.states(me, both)] == [None, beside["dataset"], None]
    house.store.get(theirs["projection"])


def test_labels_that_another_dataset_needs_stay(house: House, asking: Any) -> None:
    me = asking("a")
    labels = {"token": "d" * 40, "name": "labels.csv"}
    upload(house, me)
    (house.uploads(me) / labels["token"]).write_text("\n".join(["kind", *("pq"[i % 2] for i in range(41))]))
    one = reading.dataset(house, me, {**upload(house, me), "labels": labels}, lambda *_: None)
    two = reading.dataset(house, me, {**upload(house, me, "e" * 40, scale=2), "labels": labels}, lambda *_: None)
    deleting.delete(house, one, "page")
    assert (house.uploads(me) / labels["token"]).exists() and house.store.has(two)
    deleting.delete(house, two, "page")
    assert list(house.uploads(me).iterdir()) == []


def test_what_is_everybodys_or_anothers_cannot_be_deleted(house: House, asking: Any) -> None:
    asking("a")
    sample, theirs = put(house, points(), EVERYONE, "1" * 40), put(house, points(30), "b" * 40, "2" * 40)
    for key, words in ((sample, "everybody's"), (theirs, "no longer stored")):
        with pytest.raises(Problem, match=words):
            deleting.delete(house, key, "page")
        assert house.store.has(key)


def test_recent_offers_each_stored_map_once_newest_first(house: House, asking: Any) -> None:
    other, me = asking("b"), asking("a")
    one, two = explored(house, me, upload(house, me)), explored(house, me, upload(house, me, "e" * 40, scale=2))
    shown(house, other, explored(house, other, upload(house, other)))
    for made in (one, two, one):
        shown(house, me, made)
        time.sleep(0.02)
    house.workspaces.new(me)
    found = recent.before(house, (None, None))
    assert [house.state(item.workspace)["dataset"] for item in found] == [one["dataset"], two["dataset"]]
    assert (found[0].name, found[0].words) == ("my secret.csv", "PCA")
    assert re.fullmatch(r"\d\d:\d\d", found[0].when)
    assert len(recent.before(house, (one["dataset"], one["projection"]))) == 1
    house.store.remove({two["projection"]})
    assert len(recent.before(house, (None, None))) == 1


def test_recent_offers_at_most_ten(house: House, asking: Any) -> None:
    me = asking("a")
    for number in range(12):
        key = put(house, points(20 + number), me, f"{number:040d}")
        shown(house, me, {"dataset": key, "projection": stages.run(stages.Work(house.store), recipe(key), "projection"),
                          "clustering": ""})  # fmt: skip
    assert len(recent.before(house, (None, None))) == recent.OFFERED


def test_a_picture_is_named_after_what_it_shows(house: House, asking: Any) -> None:
    me = asking("a")
    key = put(house, points(60), me)
    tsne = {"algorithm": "tsne", "settings": {"perplexity": 5}}
    map_ = stages.run(stages.Work(house.store), recipe(key, tsne), "projection")
    caption, file = taking.named(house, key, map_)
    today = date.today()
    assert caption.startswith("points · t-SNE, perplexity 5, ") and caption.endswith(f"{today.day} {today:%B %Y}")
    assert file == f"points-tsne-perplexity-5-{today.isoformat()}"
    for name, safe in (("Données (1)/..\\x", "donnees-1-..-x"), ("数据", "map"), ("a" * 200, "a" * 80), ("<b>\r\n", "b")):
        assert taking._safe(name) == safe


def test_the_file_holds_what_the_page_shows_and_says_so(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(d=6, picture=(2, 3)), me)
    map_ = stages.run(stages.Work(house.store), recipe(key), "projection")
    page = house.workspaces.new(me)
    only = {"by": "label", "names": ["b"]}
    house.workspaces.change(me, page, lambda state: state.update(dataset=key, filters=[only]))
    text = client.get(f"/map/{key}/{map_}/-.html?by=label&w={page}").text
    figure, rows = inside(text), list(range(1, 300, 3))
    assert [trace["name"] for trace in figure["data"]] == ["b"] and figure["rows"] == [rows]
    assert "100 of 300 rows: label: b" in text and "x0:" not in figure["data"][0]["text"][0]
    sheet = figure["pictures"]
    assert (sheet["columns"], sheet["lines"], sheet["tile"]) == (10, 10, [3, 2])
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet["address"].split(",")[1]))))
    tiles = drawn.reshape(10, 2, 10, 3).swapaxes(1, 2).reshape(100, 2, 3)
    dataset = house.dataset(key)
    assert (tiles == png.pixels(dataset, dataset.rows[rows])).all()
    assert client.get(f"/map/{key}/{map_}/-.html?by=label&w=unknown").status_code == 404


def test_more_pictures_than_there_is_room_for_have_fewer_pixels(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "SHEET", 5_000)
    made = png.sheet(points(d=64, picture=(8, 8)), np.arange(300))
    assert made["tile"] == [4, 4] and made["columns"] == 18 and made["lines"] == 17


def test_the_map_leaves_as_one_file(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(), me)
    map_, clusters = (stages.run(stages.Work(house.store), recipe(key) | GROUPED, s) for s in ("projection", "clustering"))
    answer = client.get(f"/map/{key}/{map_}/{clusters}.html?by=label")
    assert re.fullmatch(r"attachment; filename=points-pca-[\d-]{10}\.html", answer.headers["Content-Disposition"])
    figure = inside(answer.text)
    assert [trace.get("name") for trace in figure["data"]] == ["a", "b", "c"]
    assert figure["rows"][1][:3] == [1, 4, 7]
    words = figure["data"][1]["text"][1]
    assert words.startswith("<b>b</b> · row 4<br>cluster: ") and "note: row 4 &lt;b&gt;" in words
    by_cluster = inside(client.get(f"/map/{key}/{map_}/{clusters}.html?by=cluster").text)["data"]
    assert re.match(r"<b>Cluster 0</b> · row \d+<br>label: [abc]<br>note: ", by_cluster[0]["text"][0])
    assert client.get(f"/map/{key}/{map_}/-.html?by=column%3A%20x0").status_code == 200
    assert client.get(f"/map/{key}/-/-.html").status_code == 404
    assert client.application.test_client().get(f"/map/{key}/{map_}/{clusters}.html").status_code == 404
