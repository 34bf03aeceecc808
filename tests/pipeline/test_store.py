"""The store: what is written is read back, what is damaged is a miss, the size is bounded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.results import Column, Dataset, Map, Notice, Option, Problem, Scores, Target
from pipeline.store import Store, digest
from tests.pipeline.samples import OWNER

ROOT = Path(__file__).parents[2]


def put(store, name, result):
    key = digest(name)
    store.put(key, result, owner=OWNER, recipe=[{"stage": "test"}], seconds=1.5)
    return key


def positions(n=10):
    return np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)


def test_a_map_comes_back_read_only(tmp_path):
    made = Map(positions(), np.array([[10.0, 2.5]]), stopped_at=7, details={"kl_divergence": 1.5})
    store = Store(tmp_path)
    back = Store(tmp_path).get(put(store, "map", made))
    np.testing.assert_array_equal(back.positions, made.positions)
    np.testing.assert_array_equal(back.trace, made.trace)
    assert (back.stopped_at, back.details) == (7, {"kl_divergence": 1.5})
    assert not back.positions.flags.writeable


@pytest.mark.parametrize("kind", ["class", "number", "none"])
def test_a_dataset_comes_back_whole(kind, tmp_path):
    target = {
        "class": Target("y", "class", np.array([0, 1, -1], np.int32), ("a", "ü")),
        "number": Target("y", "number", values=np.array([1, 2, np.nan], np.float32)),
        "none": None,
    }[kind]
    made = Dataset(
        "Ünïcode", "numeric", np.arange(6, dtype=np.uint8).reshape(3, 2),
        (Column("a", "feature", "number", 3, quartiles=(1.0, 2.0, 3.0), histogram=(1, 2)), Column("t", "text", "text", 2)),
        pl.DataFrame({"a": [1, 2, None], "t": ["x", "", None]}), digest("rows"), target, (1, 2),
        (Notice("code", "Words.", 2, (Option("Else", {"header": True}),), True),), {"root": "r", "positions": []},
    )  # fmt: skip
    back = Store(tmp_path).get(put(Store(tmp_path), "data", made))
    assert back.columns == made.columns
    assert back.notices == made.notices
    assert back.table.equals(made.table)
    assert (back.name, back.kind, back.picture, back.rows_key, back.details) == (
        made.name, made.kind, made.picture, made.rows_key, made.details,
    )  # fmt: skip
    np.testing.assert_array_equal(back.rows, made.rows)
    assert back.rows.dtype == np.uint8
    if target is None:
        assert back.target is None
    else:
        assert (back.target.name, back.target.kind, back.target.names) == (target.name, target.kind, target.names)
        np.testing.assert_array_equal(back.target.codes, target.codes)
        np.testing.assert_array_equal(back.target.values, target.values)


def test_meta_tells_shape_owner_and_recipe_without_the_arrays(tmp_path):
    store = Store(tmp_path)
    meta = store.meta(put(store, "map", Map(positions(12))))
    assert (meta["n"], meta["d"], meta["type"], meta["owner"], meta["seconds"]) == (12, 2, "Map", OWNER, 1.5)
    assert meta["recipe"] == [{"stage": "test"}]


@pytest.mark.parametrize("damage", ["cut", "flip", "remove", "meta"])
def test_a_damaged_entry_is_a_miss_and_can_be_written_again(damage, tmp_path):
    key = put(Store(tmp_path), "map", Map(positions()))
    store = Store(tmp_path)
    file = store.path(key) / ("meta.json" if damage == "meta" else "positions.npy")
    data = file.read_bytes()
    if damage == "remove":
        file.unlink()
    else:
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if damage == "flip" else data[: len(data) // 2])
    with pytest.raises(Problem, match="[Rr]un it again"):
        store.get(key)
    assert put(store, "map", Map(positions())) == key
    np.testing.assert_array_equal(store.get(key).positions, positions())


def test_a_key_that_is_not_ours_is_refused(tmp_path):
    for key in ("", "../../etc/passwd", "a" * 39, "a" * 39 + "/", "é" * 20):
        with pytest.raises(Problem):
            Store(tmp_path).path(key)


def test_the_first_writer_wins(tmp_path):
    store = Store(tmp_path)
    key = put(store, "map", Map(positions()))
    put(store, "map", Map(np.zeros((10, 2), np.float32)))
    np.testing.assert_array_equal(Store(tmp_path).get(key).positions, positions())


def test_a_write_that_fails_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(TypeError):
        put(store, "scores", Scores({"not": {1, 2}}))
    assert not store.has(digest("scores"))
    assert list(tmp_path.rglob("*.*")) == []
    assert list(tmp_path.glob("tmp-*")) == []


WRITER = """
import sys, numpy as np
from pathlib import Path
from pipeline.results import Map
from pipeline.store import Store, digest
store, big = Store(Path(sys.argv[1])), np.ones((4_000_000, 2), np.float32)
for i in range(1000):
    print(i, flush=True)
    store.put(digest("big", i), Map(big), owner="tests", recipe=[])
"""


def test_a_killed_writer_never_shows_half_an_entry(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    for _ in range(3):
        writer.stdout.readline()
    time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    store = Store(tmp_path)
    shown = [i for i in range(1000) if store.has(digest("big", i))]
    assert shown[:2] == [0, 1]
    for i in shown:
        assert store.get(digest("big", i)).positions.shape == (4_000_000, 2)


def test_the_least_recently_used_goes_first(tmp_path):
    store = Store(tmp_path, limit=3_000_000)
    big = Map(np.zeros((100_000, 2), np.float32))  # 0.8 MB
    keys = []
    for i in range(3):
        keys.append(put(store, f"map{i}", big))
        os.utime(store.path(keys[-1]) / "meta.json", (i, i))
    store.touch(keys[0])
    keys.append(put(store, "one more", big))
    assert [store.has(key) for key in keys] == [True, False, True, True]


def test_what_is_kept_is_never_evicted(tmp_path):
    store = Store(tmp_path)
    keys = [put(store, f"map{i}", Map(positions(1000))) for i in range(3)]
    store.limit = 0
    store.prune({keys[1]})
    assert [store.has(key) for key in keys] == [False, True, False]


def test_an_evicted_result_is_gone_in_words(tmp_path):
    with pytest.raises(Problem, match="no longer stored"):
        Store(tmp_path).get(digest("never"))


def test_the_folder_is_private(tmp_path):
    assert Store(tmp_path / "cache").folder.stat().st_mode & 0o777 == 0o700


def test_digest_tells_parts_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert len(digest(b"bytes", 1)) == 40
