"""What is fetched beside the callbacks: right for its owner, absent for everyone else."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from app import create_app
from callbacks import security, uploads
from callbacks.house import House
from callbacks.settings import Settings
from layouts.png import png
from pipeline import stages
from pipeline.results import Map
from pipeline.store import digest
from tests.callbacks.rooms import points, put, recipe

SENT = {"X-Filename": "C%3A%5Cdata%2F..%2Fmy%20table.csv"}


def test_an_upload_lands_in_its_owners_folder_under_its_content(client: FlaskClient, house: House, me: str) -> None:
    content = bytes(range(256)) * (security.LARGEST_BODY // 256 + 1)  # more than any other request may bring
    answer = client.post("/upload", data=content, headers=SENT).get_json()
    assert (answer["name"], answer["bytes"]) == ("my table.csv", len(content))
    assert (house.uploads(me) / answer["token"]).read_bytes() == content
    assert client.post("/upload", data=content, headers=SENT).get_json()["token"] == answer["token"]
    assert client.post("/upload", data=content[1:], headers=SENT).get_json()["token"] != answer["token"]
    assert len(list(house.uploads(me).iterdir())) == 2


def test_an_upload_that_is_too_large_is_refused_in_words_and_leaves_nothing(house: House) -> None:
    small = Settings(cache_dir=house.settings.cache_dir, max_upload=2**20)
    server = create_app(small).server
    announced: dict[str, Any] = {"data": b"x" * (2**20 + 1)}
    chunked: dict[str, Any] = {"input_stream": io.BytesIO(b"x" * 3 * 2**20), "environ_overrides": {"wsgi.input_terminated": True}}
    for body in (announced, chunked):
        answer = server.test_client().post("/upload", headers=SENT, **body)
        assert answer.status_code == 413
        assert "largest file" in answer.get_json()["problem"]
    assert not [file for file in (house.settings.cache_dir / "uploads").glob("*/*") if file.is_file()]
    server.extensions["jobs"].end()


def test_an_upload_that_breaks_off_leaves_nothing(client: FlaskClient, house: House, me: str) -> None:
    answer = client.post("/upload", input_stream=io.BytesIO(b"half"), headers=SENT, environ_overrides={"CONTENT_LENGTH": "8"})
    assert answer.status_code == 400
    assert answer.get_json()["problem"]
    assert not list(house.uploads(me).iterdir())


def test_the_oldest_uploads_go_first(house: House) -> None:
    import os

    folder = house.uploads("me")
    folder.mkdir(parents=True)
    for age, name in enumerate(("new", "middle", "old")):
        (folder / name).write_bytes(b"x" * 10)
        os.utime(folder / name, (1000 - age, 1000 - age))
    uploads.prune(folder.parent, 20, folder / "old")
    assert {file.name for file in folder.iterdir()} == {"new", "old"}


def test_a_frame_is_scaled_to_its_own_extent_and_numbered(client: FlaskClient, house: House, me: str) -> None:
    job = house.records.queue("explore", me, {})
    assert client.get(f"/frame/{job}?after=0").status_code == 204
    positions = np.array([[0, 0, 1], [10, 5, 2], [5, 2.5, 1.5]], np.float32)
    house.records.show(job, 7, positions)
    answer = client.get(f"/frame/{job}?after=6")
    assert (answer.headers["X-Frame"], answer.headers["X-Dimensions"]) == ("7", "3")
    got = np.frombuffer(answer.data, "<i2").reshape(3, 3)
    assert got.tolist() == [[-32767, -16384, -3277], [32767, 16384, 3277], [0, 0, 0]]
    assert client.get(f"/frame/{job}?after=7").status_code == 204
    assert client.application.test_client().get(f"/frame/{job}").status_code == 404


def test_a_trail_is_sent_frame_after_frame_to_its_owner_alone(client: FlaskClient, house: House, me: str) -> None:
    frames = np.arange(12, dtype=np.int16).reshape(2, 3, 2)
    mine, bare = digest("mine"), digest("bare")
    house.store.put(mine, Map(np.zeros((3, 2), np.float32), trail=frames), owner=me, recipe=[])
    house.store.put(bare, Map(np.zeros((3, 2), np.float32)), owner=me, recipe=[])
    answer = client.get(f"/trail/{mine}")
    assert [answer.headers[name] for name in ("X-Frames", "X-Rows", "X-Dimensions")] == ["2", "3", "2"]
    assert np.array_equal(np.frombuffer(answer.data, "<i2").reshape(2, 3, 2), frames)
    assert client.get(f"/trail/{bare}").status_code == 204
    assert client.application.test_client().get(f"/trail/{mine}").status_code == 404


@pytest.mark.parametrize("shape", [(8, 8), (4, 6, 1), (5, 3, 3), (2, 2, 4)])
def test_our_png_is_what_others_read(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels[..., 0] if shape[-1] == 1 else pixels)


def test_a_picture_shows_its_row_on_the_scale_of_its_dataset(client: FlaskClient, house: House, me: str) -> None:
    data = points(30, 12, picture=(2, 2, 3))
    key = put(house, data, me)
    answer = client.get(f"/picture/{key}/7.png")
    assert "immutable" in answer.headers["Cache-Control"]
    low, high = min(0.0, float(data.rows.min())), float(data.rows.max())
    expected = np.round((data.rows[7] - low) / (high - low) * 255).reshape(2, 2, 3)
    assert np.allclose(np.asarray(Image.open(io.BytesIO(answer.data))), expected, atol=1)
    mean = np.asarray(Image.open(io.BytesIO(client.get(f"/mean/{key}.png").data)))
    assert np.allclose(mean, np.round((data.rows.mean(axis=0) - low) / (high - low) * 255).reshape(2, 2, 3), atol=1)
    for wrong in (f"/picture/{key}/30.png", f"/mean/{key}/0.png", f"/picture/{'9' * 40}/0.png", f"/mean/{'9' * 40}.png"):
        assert client.get(wrong).status_code == 404


def test_the_facts_of_a_row_are_its_first_values_and_label(client: FlaskClient, house: House, me: str) -> None:
    data = points()
    key = put(house, data, me)
    answer = client.get(f"/row/{key}/4").get_json()
    assert (answer["label"], answer["picture"]) == ("b", False)
    assert answer["values"][0] == ["note", "row 4 <b>"]
    assert answer["values"][1] == ["x0", f"{float(data.rows[4, 0]):.6g}"]
    assert len(answer["values"]) == 6
    assert client.get(f"/row/{key}/300").status_code == 404


def test_the_points_leave_as_a_table_with_map_and_clusters(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(picture=(2, 3)), me)
    asked = recipe(key) | {"clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}
    map_, clusters = (stages.run(stages.Work(house.store), asked, stage) for stage in ("projection", "clustering"))
    answer = client.get(f"/points/{key}/{map_}/{clusters}.csv")
    lines = answer.text.splitlines()
    assert answer.headers["Content-Disposition"] == "attachment; filename=points.csv"
    assert lines[0].startswith("row,x0,")
    assert lines[0].endswith("map_x,map_y,label,cluster")
    assert len(lines) == 301
    assert client.get(f"/points/{key}/{map_}/-.csv").text.splitlines()[0].endswith("map_x,map_y,label")
    assert client.get(f"/mean/{clusters}/0.png").status_code == 200
    assert client.get(f"/mean/{clusters}/7.png").status_code == 404
    assert client.get(f"/points/{key}/{clusters}/{map_}.csv").status_code == 404
    other = put(house, points(20), me, "2" * 40)
    assert client.get(f"/points/{other}/{map_}/-.csv").status_code == 404


def test_what_is_anothers_is_as_if_it_were_not_there(client: FlaskClient, house: House, me: str) -> None:
    key = put(house, points(picture=(2, 3)), me)
    asked = recipe(key) | {"clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}
    map_, clusters = (stages.run(stages.Work(house.store), asked, stage) for stage in ("projection", "clustering"))
    job = house.records.queue("explore", me, {})
    house.records.show(job, 1, np.zeros((3, 2)))
    sample = put(house, points(), "everyone", "3" * 40)
    stranger, absent = client.application.test_client(), "8" * 40
    for mine in (
        f"/picture/{key}/0.png", f"/mean/{key}.png", f"/mean/{clusters}/0.png", f"/row/{key}/0",
        f"/points/{key}/{map_}/{clusters}.csv", f"/map/{key}/{map_}/{clusters}.html",
        f"/points/{sample}/{map_}/-.csv", f"/frame/{job}", f"/trail/{map_}",
    ):  # fmt: skip
        assert client.get(mine).status_code == 200, mine
        no = stranger.get(mine)
        nowhere = stranger.get(mine.replace(key, absent).replace(map_, absent).replace(clusters, absent).replace(job, absent))
        assert (no.status_code, no.data) == (404, nowhere.data), mine
    assert stranger.get(f"/row/{sample}/0").status_code == 200


def test_what_is_being_written_is_nobodys_to_prune(house: House) -> None:
    folder = house.uploads("me")
    folder.mkdir(parents=True)
    for name in ("part-1-abc", "old", "new"):
        (folder / name).write_bytes(bytes(10))
    uploads.prune(folder.parent, 10, folder / "new")
    assert sorted(file.name for file in folder.iterdir()) == ["new", "part-1-abc"]
