"""What a worker does, in this process: explore, group and open, on real data."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callbacks import errors, exploring, reading, work
from callbacks.house import EVERYONE, House
from callbacks.work import Job
from callbacks.workspace import EMPTY
from pipeline import stages
from pipeline.results import Map, Problem, silent
from tests.callbacks.rooms import LONG, points, put, recipe

IRIS = {"path": str(Path(__file__).parents[2] / "data" / "iris.csv"), "name": "iris.csv", "everyone": True, "choices": {}}


def job_of(house: House, lane: str, request: dict, owner: str = "me") -> Job:
    key = house.records.queue(lane, owner, request)
    house.records.change(key, state="running")
    return Job(house, house.records.read(key) or {})


def test_an_exploration_publishes_every_result_and_says_how_long_each_stage_took(house: House) -> None:
    settings = {"algorithm": "tsne", "settings": {"iterations": 250, "early_iterations": 250}}
    job = job_of(house, "explore", {"recipe": recipe(put(house, points(), "me"), settings)})
    work._explore(job)
    record = house.records.read(job.key) or {}
    assert list(record["results"]) == ["embedding", "projection", "quality.preservation", "quality.proposal"]
    assert record["times"].keys() >= {"embedding", "neighbors", "projection", "quality"}
    assert record["iteration"] == 500
    assert record["loss"] > 0
    assert {house.store.meta(key)["owner"] for key in record["results"].values()} == {"me"}
    number, positions = house.records.frame(job.key) or (0, np.empty(0))
    assert number == record["frame"] > 0
    assert positions.shape == (300, 2)


def test_what_a_stopped_run_had_reached_can_be_kept(house: House) -> None:
    asked = recipe(put(house, points(), "me"), LONG)
    job = job_of(house, "explore", {"recipe": asked})
    shown = job.report

    def until_two(fraction: float, note: str = "", positions: np.ndarray | None = None) -> None:
        shown(fraction, note, positions)
        if (house.records.read(job.key) or {})["frame"] >= 2:
            house.records.change(job.key, state="stopped")

    job.report = until_two
    with pytest.raises(SystemExit):
        work._explore(job)
    record, frame = house.records.read(job.key) or {}, house.records.frame(job.key)
    assert frame is not None
    assert 0 < record["iteration"] < 2000
    assert 0 < record["shown"] <= record["iteration"]
    key = stages.keep(house.store, asked, Map(frame[1], stopped_at=record["iteration"]), 1)
    assert np.array_equal(house.store.get(key).positions, frame[1])


def test_a_kept_map_tells_the_iteration_of_its_frame(house: House, asking: Any) -> None:
    me = asking("m")
    asked = recipe(put(house, points(), me))
    stages.run(stages.Work(house.store), asked, "embedding")
    job = job_of(house, "explore", {"recipe": asked}, me)
    job.entered("projection")
    job.report(0.1, "iteration 100", np.zeros((300, 2)))
    job._noted = 0.0
    job.report(0.2, "iteration 200")  # between two frames
    house.records.change(job.key, state="stopped")
    assert (house.records.read(job.key) or {})["iteration"] == 200
    state = {**EMPTY, "id": "x", "dataset": asked["dataset"], "recipe": asked, "jobs": {}, "results": {}}
    state["stopped"] = {"job": job.key, "recipe": asked}
    exploring._keep(house, state)
    assert house.store.get(state["results"]["projection"]).stopped_at == 100


def test_frames_come_as_often_as_a_browser_can_draw() -> None:
    assert work._pause(1797) == work._pause(10_000) == 0.25
    assert work._pause(70_000) == 1.0
    assert work._pause(10**7) == 1.75


def test_words_of_progress_tell_iteration_and_loss() -> None:
    assert work._figures("Optimising · iteration 380 of 750 · loss 0.73") == {"iteration": 380, "loss": 0.73}
    assert work._figures("Epoch 12 of 500") == {"iteration": 12}
    assert work._figures("Building the neighbour graph") == {}


def test_a_problem_is_told_as_it_is_and_a_bug_with_a_reference(house: House) -> None:
    job = job_of(house, "explore", {"recipe": recipe("9" * 40)})
    log = house.settings.log
    assert work._ended(work._explore, job, house.settings) == {
        "state": "failed", "problem": "This dataset is no longer stored. Open the file again.", "ways": [],
    }  # fmt: skip
    assert not log.exists()

    def bug(job: Job) -> None:
        raise KeyError("secret cell")

    ended = work._ended(bug, job, house.settings)
    reference = ended["problem"].split("Reference ")[1].rstrip(")")
    assert "KeyError" not in ended["problem"]
    assert reference in log.read_text()
    assert "KeyError" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "not enough memory" in errors.calm(MemoryError(), log)


def test_the_log_is_put_aside_when_it_is_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "LARGEST", 10)
    for words in ("a long first entry", "second"):
        errors.note(words, tmp_path / "log.txt")
    assert "second" in (tmp_path / "log.txt").read_text()
    assert "first" in (tmp_path / "log.old.txt").read_text()


def test_a_sample_belongs_to_everyone_and_an_upload_to_its_owner(house: House) -> None:
    sample = reading.dataset(house, "me", IRIS, silent)
    assert house.store.meta(sample)["owner"] == EVERYONE
    assert reading.dataset(house, "you", IRIS, silent) == sample
    mine, yours = (reading.dataset(house, owner, sent(house, owner), silent) for owner in ("me", "you"))
    assert len({sample, mine, yours}) == 3
    assert [house.store.meta(key)["owner"] for key in (mine, yours)] == ["me", "you"]
    assert len({house.store.get(key).rows_key for key in (sample, mine, yours)}) == 3


def sent(house: House, owner: str, content: bytes | None = None, token: str = "f" * 40, name: str = "mine.csv") -> dict:
    folder = house.uploads(owner)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / token).write_bytes(Path(IRIS["path"]).read_bytes() if content is None else content)
    return {"token": token, "name": name, "choices": {}}


@pytest.mark.parametrize("token", ["../me/" + "f" * 40, "/etc/passwd", "", "..", "e" * 40])
def test_an_upload_is_found_by_its_owner_and_name_alone(house: House, token: str) -> None:
    sent(house, "me")
    with pytest.raises(Problem, match="no longer there"):
        reading.dataset(house, "you", {"token": token, "name": "x.csv", "choices": {}}, silent)


def test_other_choices_and_roles_start_from_the_stored_dataset(house: House) -> None:
    first = reading.dataset(house, "me", sent(house, "me"), silent)
    column = house.store.get(first).named("feature")[0]
    second = reading.dataset(house, "me", {"dataset": first, "roles": {column: "hover"}}, silent)
    third = reading.dataset(house, "me", {"dataset": second, "choices": {"header": True}}, silent)
    for key in (second, third):
        assert column in house.store.get(key).named("hover")
    assert house.store.meta(third)["recipe"][0]["settings"] == {
        "name": "mine.csv", "choices": {"header": True}, "roles": {column: "hover"},
    }  # fmt: skip


def test_labels_that_come_later_leave_the_rows_as_they_are(house: House) -> None:
    table = "\n".join(["x,y", *(f"{i},{i * i}" for i in range(20))])
    first = reading.dataset(house, "me", sent(house, "me", table.encode()), silent)
    words = "\n".join(["kind", *("odd" if i % 2 else "even" for i in range(20))])
    labels = sent(house, "me", words.encode(), "d" * 40, "kinds.csv")
    second = reading.dataset(house, "me", {"dataset": first, "labels": labels, "choices": {}}, silent)
    before, after = house.store.get(first), house.store.get(second)
    assert after.rows_key == before.rows_key
    assert set(after.target.names) == {"odd", "even"}
    both = reading.dataset(house, "me", {**sent(house, "me", table.encode()), "labels": labels}, silent)
    assert house.store.get(both).rows_key == before.rows_key


def test_a_label_of_ones_own_on_a_sample_recomputes_no_map_and_hides_none(house: House) -> None:
    sample = reading.dataset(house, "me", IRIS, silent)
    words = "\n".join(["kind", *("odd" if i % 2 else "even" for i in range(150))])
    labels = sent(house, "me", words.encode(), "d" * 40, "kinds.csv")
    mine = reading.dataset(house, "me", {"dataset": sample, "labels": labels, "choices": {}}, silent)
    assert house.store.meta(mine)["owner"] == "me"
    work_ = stages.Work(house.store)
    map_ = stages.run(work_, recipe(mine), "projection")
    assert house.store.meta(map_)["owner"] == EVERYONE  # it was made from the sample's rows alone
    assert stages.find(house.store, recipe(sample), "projection") == map_


def test_a_file_of_everyones_that_was_moved_is_found_where_it_lies(house: House, tmp_path: Path) -> None:
    words = Path(IRIS["path"]).read_text()
    keys = []
    for place in ("a", "b"):
        file = tmp_path / place / "x.csv"
        file.parent.mkdir()
        file.write_text(words)
        keys.append(reading.dataset(house, "me", {"path": str(file), "name": "x.csv", "choices": {}}, silent))
        before = tmp_path / "a" / "x.csv"
        if place == "a":
            before.unlink()
    first, second = map(house.store.get, keys)
    assert first.rows_key == second.rows_key  # no map is made anew
    column = second.named("feature")[0]
    changed = reading.dataset(house, "me", {"dataset": keys[1], "choices": {"header": True}, "roles": {column: "hover"}}, silent)
    assert column in house.store.get(changed).named("hover")


def test_what_takes_long_to_hash_is_for_a_worker(house: House, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    for size, slow in ((reading.LARGE, False), (reading.LARGE + 1, True)):
        with large.open("wb") as file:
            file.truncate(size)
        assert reading.slow(house, {"path": str(large), "name": "large.csv"}) == slow
        assert reading.slow(house, {**IRIS, "labels": {"path": str(large), "name": "large.csv"}}) == slow
    assert reading.slow(house, {"path": str(tmp_path), "name": "folder"})
