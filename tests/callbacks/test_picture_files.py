"""Picture files in the app: a person sees the original without what its camera noted; folders and zips are samples."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import g
from flask.testing import FlaskClient
from PIL import Image

from app import create_app, settings
from callbacks import opening, reading
from callbacks.house import EVERYONE, House
from callbacks.workspace import EMPTY
from pipeline.results import Problem
from tests.callbacks.rooms import put
from tests.pipeline.loading.drawn import load, pixels, saved, some, unpacked, zipped


@pytest.fixture
def client(house: House) -> Iterator[FlaskClient]:
    server = create_app(house.settings).server
    yield server.test_client()
    server.extensions["jobs"].end()


def photo(seed: int) -> bytes:
    """A photograph with a place and a camera in it, held sideways."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 7.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    return saved(pixels(120, 90, seed), "JPEG", exif=exif.tobytes(), comment=b"SecretWords")


def test_a_person_sees_the_original_and_nothing_else(client: FlaskClient, house: House, tmp_path: Path) -> None:
    with client:
        client.get("/health")
        me = str(g.owner)
    files = {f"{'ab'[i % 2]}/{i}.jpg": photo(i) for i in range(4)}
    assert b"SecretCamera" in files["a/0.jpg"]
    key = put(house, load(zipped(tmp_path / "a.zip", files)), me)
    answer = client.get(f"/picture/{key}/2.png")
    assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "immutable" in answer.headers["Cache-Control"]
    assert b"Secret" not in answer.data and b"Exif" not in answer.data
    shown = Image.open(io.BytesIO(answer.data))
    assert shown.size == (90, 120) and not shown.getexif()
    expected = np.rot90(pixels(120, 90, 1), -1)  # rows are in the order a/0, a/2, b/1, b/3
    assert np.abs(np.asarray(shown).astype(int) - expected).mean() < 8
    facts = client.get(f"/row/{key}/2").get_json()
    assert (facts["picture"], facts["label"], facts["values"][0]) == (True, "b", ["file", "b/1.jpg"])
    assert Image.open(io.BytesIO(client.get(f"/mean/{key}.png").data)).size == (48, 64)
    assert client.get(f"/picture/{key}/4.png").status_code == 404
    assert client.application.test_client().get(f"/picture/{key}/2.png").status_code == 404


def test_folders_and_zips_of_the_data_folder_are_samples(house: House) -> None:
    folder = house.settings.data_dir
    zipped((unpacked(folder / "pets", some(6)).parent) / "more.zip", some(4))
    unpacked(folder / "tables", {"t.csv": b"a,b\n1,2\n"})
    assert {"pets", "more.zip"} <= set(house.samples()) and "tables" not in house.samples()
    key = reading.dataset(house, "me", opening.of_everyone(house.samples()["pets"]), lambda *words: None)
    dataset = house.store.get(key)
    assert len(dataset.rows) == 6 and house.store.meta(key)["owner"] == EVERYONE


def test_a_folder_is_read_again_when_a_picture_in_it_changes(house: House) -> None:
    folder = unpacked(house.settings.data_dir / "pets", some(6))
    request = opening.of_everyone(folder)
    first = reading.dataset(house, "me", request, lambda *words: None)
    assert reading.stored(house, "me", request) == first
    (folder / "cats" / "0.png").write_bytes(saved(pixels(seed=99)))
    assert reading.stored(house, "me", request) is None
    assert reading.dataset(house, "me", request, lambda *words: None) != first


def test_the_web_process_never_hashes_a_folder(house: House, asking: Any) -> None:
    asking("m")
    request = opening.of_everyone(unpacked(house.settings.data_dir / "pets", some(6)))
    key = reading.dataset(house, "m" * 40, request, lambda *words: None)
    table = house.settings.data_dir / "t.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    assert reading.slow(house, request) and reading.slow(house, {"dataset": key, "roles": {"folder": "hover"}})
    assert not reading.slow(house, opening.of_everyone(table)) and not reading.slow(house, {"token": "a", "name": "b"})
    state = {**EMPTY, "id": house.workspaces.new("m" * 40), "jobs": {}}
    assert opening.ask(house, state, request)["lane"] == "open"  # though it has been read: a worker finds it


def test_an_upload_never_names_a_folder(house: House) -> None:
    house.uploads("me").mkdir(parents=True)
    with pytest.raises(Problem, match="no longer there"):
        reading.dataset(house, "me", {"token": "", "name": "x.zip"}, lambda *words: None)


def test_another_answer_reads_the_pictures_again(house: House) -> None:
    folder = unpacked(house.settings.data_dir / "pets", some(6, width=200, height=200))
    key = reading.dataset(house, "me", opening.of_everyone(folder), lambda *words: None)
    options = house.store.get(key).notices[0].options
    other = reading.dataset(house, "me", {"dataset": key, "choices": options[1].choices}, lambda *words: None)
    assert house.store.get(other).picture == (16, 16, 3)
    again = reading.dataset(house, "me", {"dataset": other, "roles": {"folder": "hover"}}, lambda *words: None)
    assert house.store.get(again).target is None and house.store.get(again).picture == (16, 16, 3)


def test_the_command_line_takes_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = unpacked(tmp_path / "pets", some(2))
    monkeypatch.chdir(folder)
    assert settings(["."]).file == settings([str(folder)]).file == folder.resolve()
    with pytest.raises(SystemExit):
        settings([str(tmp_path / "nowhere")])
