"""A disk that is full before a run, during it, or while somebody looks at the page."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from flask import g

from app import create_app
from callbacks import work
from callbacks.house import House
from callbacks.settings import Settings
from tests.callbacks.rooms import points, put, recipe
from tests.callbacks.test_work import job_of


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave: int = 0) -> None:
    """Take all room but this on the disk."""
    with open(folder / "filler", "wb", buffering=0) as file:
        for block in (2**20, 2**12):
            while shutil.disk_usage(folder).free > leave + block - 1:
                try:
                    file.write(bytes(block))
                except OSError:
                    break


def test_a_disk_that_is_too_full_is_told_before_the_start(tiny: Path) -> None:
    house = House(Settings(cache_dir=tiny / "cache", threads=1))
    asked = recipe(put(house, points(2000, 20), "me"))
    job = job_of(house, "explore", {"recipe": asked})
    fill(tiny, 2 * 2**20)
    ended = work._ended(work._explore, job, house.settings)
    assert ended["problem"].startswith("The disk is full: this needs about 3 MB for its results and 2 MB are free.")
    (tiny / "filler").unlink()
    assert work._ended(work._explore, job, house.settings) == {"state": "finished"}


def test_a_disk_that_fills_up_during_a_run_takes_no_result_and_no_last_word(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(Settings(cache_dir=tiny / "cache", threads=1))
    done = job_of(house, "explore", {"recipe": recipe(put(house, points(), "me"))})
    work._explore(done)
    asked = recipe(put(house, points(2000, 20), "me", "2" * 40))
    job = job_of(house, "explore", {"recipe": asked})
    monkeypatch.setattr(work, "_check_room", lambda job: fill(tiny))
    ended = work._ended(work._explore, job, house.settings)
    assert ended["problem"].startswith("The disk is full: a result of 0.2 MB could not be written.")
    job.report(0.5, "a note", np.zeros((2000, 2)))
    work._conclude(job, **ended)
    record = house.records.read(job.key)
    assert (record["state"], record["problem"]) == ("failed", ended["problem"])
    fresh = House(house.settings).store
    assert all(fresh.get(key) for key in (house.records.read(done.key) or {})["results"].values())


def test_on_a_full_disk_the_app_answers_and_says_so(tiny: Path) -> None:
    settings = Settings(cache_dir=tiny / "cache", threads=1)
    app = create_app(settings)
    client = app.server.test_client()
    with client:
        client.get("/health")
        me, house = str(g.owner), House(settings)
    page, job = house.workspaces.new(me), house.records.queue("explore", me, {})
    house.workspaces.change(me, page, lambda state: state["jobs"].update(explore=job))
    outputs = [{"id": name, "property": "data"} for name in ("changed", "start")]
    entered = {
        "output": "..changed.data...start.data..", "outputs": outputs, "changedPropIds": ["address.search"],
        "inputs": [{"id": "address", "property": "search", "value": ""}], "state": [{"id": "workspace", "property": "data"}],
    }  # fmt: skip
    fill(tiny)
    answer = client.post("/_dash-update-component", json=entered)
    assert answer.status_code == 200
    assert "The disk is full" in answer.get_data(as_text=True)
    followed = client.post("/follow", json={"workspace": page, "version": 0})
    assert (followed.status_code, followed.get_json()["records"]["explore"]["state"]) == (200, "queued")
    assert client.get("/").status_code == client.get("/health").status_code == 200
    (tiny / "filler").unlink()
    answer = client.post("/_dash-update-component", json=entered).get_data(as_text=True)
    assert "The disk is full" not in answer and '"version"' in answer
    app.server.extensions["jobs"].end()
