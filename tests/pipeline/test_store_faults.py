"""The store under faults: turned bits, cut files, a full disk, eviction while somebody reads, a clock that jumps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline import stages
from pipeline.results import (
    BY_HAND,
    Clusters,
    Column,
    Dataset,
    Edit,
    Features,
    Map,
    Neighbors,
    Notice,
    Option,
    Scores,
    Target,
)
from pipeline.sealed import seal, unseal
from pipeline.store import Damaged, Store, digest
from tests.pipeline import samples
from tests.pipeline.samples import OWNER, recipe

ROOT = Path(__file__).parents[2]


def put(store, name, result):
    key = digest(name)
    store.put(key, result, owner=OWNER, recipe=[{"stage": "test"}], seconds=1.5)
    return key


def positions(n=10):
    return np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)


def whole():
    """One result of every kind, with something in each of its fields."""
    chance = np.random.default_rng(1)
    column = Column("x", "feature", "number", 9, 0, 1.5, 0.5, -1.0, (0.0, 1.0, 2.0), 3.0, (4, 5))
    codes, table = np.array([0, 1, -1], np.int32), pl.DataFrame({"x": [1, 2, None], "t": ["a", "", "ü"]})
    notice = Notice("code", "Words.", 2, (Option("Else", {"skip": 1}),))
    return [
        Dataset("näme", "numeric", np.arange(6, dtype=np.float32).reshape(3, 2), (column,), table, "rows",
                Target("y", "class", codes, ("a", "b")), (), (notice,), {"root": "r"}),
        Features(chance.normal(size=(9, 3)).astype(np.float32), ("a", "b", "c"), {"variance": 0.75}),
        Neighbors(chance.integers(0, 9, (9, 4)).astype(np.int32), chance.random((9, 4)).astype(np.float32), 0.98),
        Map(chance.normal(size=(9, 2)).astype(np.float32), np.array([[1.0, 2.5]]), np.ones((2, 9, 2), np.int16), 7, {"kl": 1.25}),
        Clusters(codes, np.ones(3, np.float32), {"names": {"0": "first"}, "silhouette": 0.123456}),
        Scores({"preserved": 0.5875, "table": [[1, 2], [3, 4]]}, chance.random(9).astype(np.float32)),
        Edit(codes, "name", "f" * 40, {"code": 3, "name": "mine"}),
    ]  # fmt: skip


def told(store, key):
    """Everything that a stored result says, as text."""
    found, meta = store.get(key), store.meta(key)
    values = {name: repr(getattr(found, name)) for name in vars(found)}
    arrays = [value.tobytes() for value in vars(found).values() if isinstance(value, np.ndarray)]
    target = getattr(found, "target", None)
    codes = [target.codes.tobytes(), target.names] if target else []
    return repr([values, arrays, codes, {part: meta[part] for part in ("type", "n", "d", "owner", "recipe", "seconds")}])


def harmed(data, chance):
    """The bytes with one bit turned over, or cut off somewhere."""
    at = int(chance.integers(len(data)))
    return data[:at] if chance.random() < 0.3 else data[:at] + bytes([data[at] ^ (1 << chance.integers(8))]) + data[at + 1 :]


def test_no_turned_bit_and_no_cut_file_ever_reads_as_another_result(tmp_path, size):
    chance, results = np.random.default_rng(2), whole()
    kept = Store(tmp_path / "kept")
    keys = [put(kept, type(result).__name__, result) for result in results]
    truth = {key: told(kept, key) for key in keys}
    missed = 0
    for trial in range(size(1_000, 10_000)):
        at = trial % len(keys)
        store, key = Store(tmp_path / "harmed"), keys[at]
        shutil.copytree(kept.path(key), store.path(key))
        files = sorted(store.path(key).iterdir())
        file = files[int(chance.integers(len(files)))]
        file.write_bytes(harmed(file.read_bytes(), chance))
        try:
            assert told(store, key) == truth[key]  # only the end of a hash's own line can go unnoticed
        except Damaged:
            missed += 1
            assert not store.has(key)
            if trial % 10 == 0:
                put(store, type(results[at]).__name__, results[at])
                assert told(Store(store.folder), key) == truth[key]
        shutil.rmtree(store.folder)
    assert missed > 0.99 * size(1_000, 10_000)


def test_what_is_damaged_is_remembered_until_it_is_made_again(tmp_path):
    store = Store(tmp_path)
    key = put(store, "map", Map(positions()))
    assert store.damaged(key) is None
    (store.path(key) / "positions.npy").write_bytes(b"")
    with pytest.raises(Damaged):
        store.get(key)
    assert store.damaged(key)["recipe"] == [{"stage": "test"}]
    put(store, "map", Map(positions()))
    assert store.damaged(key) is None
    (store.path(key) / "meta.json").write_text("{")
    with pytest.raises(Damaged):
        store.meta(key)
    assert store.damaged(key) == {}
    store.remove([key])
    assert store.damaged(key) is None


def test_what_is_deleted_leaves_the_notes_on_what_others_have(tmp_path):
    store, keys = Store(tmp_path), {}
    for owner in ("me", "you"):
        keys[owner] = digest("map", owner)
        store.put(keys[owner], Map(positions()), owner=owner, recipe=[])
        (store.path(keys[owner]) / "positions.npy").write_bytes(b"")
        with pytest.raises(Damaged):
            store.get(keys[owner])
    store.remove([digest("another")], "me")
    assert store.damaged(keys["me"]) is None and store.damaged(keys["you"])["owner"] == "you"


TSNE = {"perplexity": 5, "iterations": 250, "early_iterations": 0}
ASKED = {  # what was damaged, and what is asked for next
    "embedding": ("clustering", {"clustering": ("kmeans", {"n_clusters": 4})}),
    "neighbors": ("projection", {"projection": ("tsne", {**TSNE, "iterations": 260})}),
    "projection": ("clustering", {"clustering": ("kmeans", {"on": "map", "n_clusters": 4})}),
    "clustering": ("clustering", {}),
}


@pytest.mark.parametrize("stage", ASKED)
def test_a_damaged_result_is_computed_again_and_that_is_told(stage, tmp_path):
    store, key = samples.stored(tmp_path, samples.dataset(samples.groups()))
    usual = {"projection": ("tsne", TSNE), "clustering": ("kmeans", {"on": "map"})}
    stages.run(stages.Work(store), recipe(key, **usual), "clustering")
    (lost,) = [name for name, meta in store.entries() if meta["recipe"][-1]["stage"] == stage]
    before = told(store, lost)
    file = max(store.path(lost).glob("*.npy"), key=lambda file: file.stat().st_size)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    asked, steps = ASKED[stage]
    heard, fresh = [], Store(store.folder)
    key = stages.run(stages.Work(fresh, mended=lambda: heard.append(stage)), recipe(key, **(usual | steps)), asked)
    assert heard == [stage]
    assert fresh.damaged(lost) is None
    assert fresh.get(key)
    strip = lambda words: words.split("'seconds'")[0]  # noqa: E731
    assert strip(told(fresh, lost)) == strip(before)


def test_an_entry_whose_remover_was_killed_can_be_written_again(tmp_path):
    store = Store(tmp_path)
    key = put(store, "map", Map(positions()))
    (store.path(key) / "meta.json").unlink()
    assert not store.has(key)
    put(store, "map", Map(positions()))
    np.testing.assert_array_equal(store.get(key).positions, positions())


def test_whoever_has_an_evicted_result_open_reads_on(tmp_path):
    results = [Map(np.full((1000, 2), i, np.float32)) for i in range(20)]
    store = Store(tmp_path, limit=30_000)  # three maps
    keys = [put(store, f"map{i}", result) for i, result in enumerate(results[:1])]
    readers = [Store(tmp_path).get(keys[0]) for _ in range(20)]
    for i, result in enumerate(results[1:], 1):
        put(store, f"map{i}", result)
    assert not store.has(keys[0])
    assert all((reader.positions == 0).all() for reader in readers)


def test_what_pages_hold_and_what_hands_made_is_never_evicted(tmp_path):
    shown: set[str] = set()
    store = Store(tmp_path, limit=30_000, held=lambda: shown)
    shown.add(put(store, "shown", Map(np.zeros((1000, 2), np.float32))))
    by_hand = digest("by hand")
    store.put(by_hand, Clusters(np.zeros(9, np.int32), np.ones(9, np.float32)), owner=OWNER, recipe=[{"algorithm": BY_HAND}])
    later = [put(store, f"map{i}", Map(np.ones((1000, 2), np.float32))) for i in range(10)]
    assert all(store.has(key) for key in (*shown, by_hand, later[-1]))
    assert not any(store.has(key) for key in later[:5])


def test_a_clock_that_jumps_takes_nothing_from_a_writer(tmp_path, monkeypatch):
    store = Store(tmp_path)
    half, left = tmp_path / f"tmp-{os.getpid()}-now", tmp_path / "tmp-999999999-then"
    half.mkdir()
    left.mkdir()
    for leap in (-86_400, 10 * 365 * 86_400):
        then = time.time() + leap
        monkeypatch.setattr(time, "time", lambda then=then: then)
        key = put(store, leap, Map(positions()))
        assert store.has(key)
        assert half.exists()
        monkeypatch.undo()
    assert not left.exists()


FILLED = """
import resource, sys
import numpy as np, polars as pl
from pathlib import Path
from pipeline.results import Map, Problem
from pipeline.store import Store, digest
from tests.pipeline.test_store_faults import whole
folder = Path(sys.argv[1])
store = Store(folder)
small, big = Map(np.ones((10, 2), np.float32)), Map(np.ones((4_000_000, 2), np.float32))
store.put(digest("small"), small, owner="tests", recipe=[])
try:
    store.put(digest("big"), big, owner="tests", recipe=[])
except Problem as problem:
    print(problem)
assert (Store(folder).get(digest("small")).positions == 1).all()
assert not store.has(digest("big")) and not list(folder.glob("tmp-*"))
store.put(digest("again"), small, owner="tests", recipe=[])
data = whole()[0]
table = pl.DataFrame({"x": np.random.default_rng(0).normal(size=2_000_000)})
try:
    store.put(digest("table"), type(data)(**{**vars(data), "table": table}), owner="tests", recipe=[])
except Problem as problem:
    print(problem)
"""


@pytest.fixture
def tiny(tmp_path):
    """A disk of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_takes_nothing_that_was_finished(tiny):
    command = [sys.executable, "-c", FILLED, str(tiny / "store")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    said = done.stdout.splitlines()
    sizes = [words.removeprefix("The disk is full: a result of ").split(" MB ")[0] for words in said]
    assert sizes == ["30.5", "15.3"], done.stderr
    assert all(words.endswith("Free some space and run it again; what was finished before is kept.") for words in said)


def test_a_line_is_sealed():
    line = seal({"a": 1, "b": "ü\t"})
    assert unseal(line) == {"a": 1, "b": "ü\t"}
    assert unseal('{"a": 2}') == {"a": 2}  # as it was written before lines had a hash
    for wrong in (line.replace("1", "2"), line[:-1], line.replace("\t", "t"), "[]", "3", "", "{"):
        with pytest.raises(ValueError):
            unseal(wrong)
    assert json.loads(line.split("\t")[0]) == {"a": 1, "b": "ü\t"}
