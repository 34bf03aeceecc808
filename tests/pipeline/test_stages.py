"""What is computed anew and what is not, which keys follow from what, and what is loaded when."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline import stages
from pipeline.results import Column, Map, Problem, Target
from pipeline.store import digest
from tests.pipeline import samples
from tests.pipeline.samples import OWNER, recipe


class Kitchen:
    """A store with a dataset in it, and a note of every stage that was computed."""

    def __init__(self, folder, data):
        self.data = data
        self.store, self.key = samples.stored(folder, data)
        self.computed = []
        self.work = stages.Work(self.store, entered=self.computed.append)

    def run(self, stage, **steps):
        """Key of a stage's result, and the stages that had to be computed for it."""
        self.computed.clear()
        return stages.run(self.work, recipe(self.key, **steps), stage), list(self.computed)

    def relabelled(self, data):
        """The same store with a changed dataset under another key."""
        self.key = digest("dataset", "changed")
        self.store.put(self.key, data, owner=OWNER, recipe=[])


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path, samples.dataset(samples.groups(60, 6)))


TSNE = ("tsne", {"perplexity": 5, "iterations": 250, "early_iterations": 0})


def test_everything_is_computed_once(kitchen):
    first, computed = kitchen.run("clustering", clustering=("kmeans", {"on": "map"}))
    assert computed == ["embedding", "projection", "clustering"]
    assert kitchen.run("clustering", clustering=("kmeans", {"on": "map"})) == (first, [])


def test_another_number_of_groups_recomputes_only_clusters(kitchen):
    kitchen.run("projection", projection=TSNE)
    first, _ = kitchen.run("clustering", projection=TSNE)
    second, computed = kitchen.run("clustering", projection=TSNE, clustering=("kmeans", {"n_clusters": 4}))
    assert computed == ["clustering"]
    assert first != second


def test_perplexities_of_one_width_share_their_neighbours(kitchen):
    _, computed = kitchen.run("projection", projection=TSNE)
    assert computed == ["embedding", "neighbors", "projection"]
    _, computed = kitchen.run("projection", projection=("tsne", {**TSNE[1], "perplexity": 5.3}))
    assert computed == ["projection"]
    _, computed = kitchen.run("projection", projection=("tsne", {**TSNE[1], "perplexity": 10}))
    assert computed == ["neighbors", "projection"]


def test_umap_and_tsne_share_their_neighbours(kitchen):
    kitchen.run("projection", projection=TSNE)
    _, computed = kitchen.run("projection", projection=("umap", {"epochs": 50}))
    assert computed == ["projection"]


def test_labels_and_names_never_recompute_a_map(kitchen):
    before, _ = kitchen.run("projection", projection=TSNE)
    labels = Target("label", "class", np.zeros(60, np.int32), ("a",))
    kitchen.relabelled(dataclasses.replace(kitchen.data, target=labels, name="other"))
    assert kitchen.run("projection", projection=TSNE) == (before, [])


def test_a_role_that_leaves_the_features_alone_never_recomputes_a_map(kitchen):
    before, _ = kitchen.run("projection")
    columns = tuple(Column(c.name, "hover" if c.role == "position" else c.role, c.kind) for c in kitchen.data.columns)
    kitchen.relabelled(dataclasses.replace(kitchen.data, columns=columns))
    assert kitchen.run("projection") == (before, [])


def test_other_rows_recompute_everything(kitchen):
    before, _ = kitchen.run("projection")
    kitchen.relabelled(samples.dataset(samples.groups(60, 6, seed=1)))
    after, computed = kitchen.run("projection")
    assert before != after
    assert computed == ["embedding", "projection"]


def test_a_map_from_the_file_follows_the_whole_table(kitchen):
    before, _ = kitchen.run("projection", projection=("given", {}))
    assert kitchen.store.get(before).positions[3].tolist() == [1.5, 9.0]
    table = kitchen.data.table.with_columns(x=-kitchen.data.table["x"])
    kitchen.relabelled(dataclasses.replace(kitchen.data, table=table))
    after, computed = kitchen.run("projection", projection=("given", {}))
    assert computed == ["projection"]
    assert kitchen.store.get(after).positions[3].tolist() == [-1.5, 9.0]


def test_defaults_and_spellings_are_one_key(kitchen):
    spelt = [("pca", {}), ("pca", {"dimensions": 2}), ("pca", {"dimensions": "2"})]
    assert len({kitchen.run("projection", projection=step)[0] for step in spelt}) == 1


def test_the_number_of_threads_is_in_the_key_only_where_it_matters(kitchen):
    def keys(stage, **steps):
        return {stages.run(stages.Work(kitchen.store, threads=n), recipe(kitchen.key, **steps), stage) for n in (1, 2)}

    assert len(keys("projection", projection=TSNE)) == 1
    assert len(keys("projection", projection=("umap", {"epochs": 50}))) == 2


def test_find_computes_nothing(kitchen):
    asked = recipe(kitchen.key, projection=TSNE)
    assert stages.find(kitchen.store, asked, "projection") is None
    key, _ = kitchen.run("projection", projection=TSNE)
    kitchen.computed.clear()
    assert stages.find(kitchen.store, asked, "projection") == key
    assert stages.find(kitchen.store, recipe(kitchen.key, clustering=("dbscan", {})), "clustering") is None
    assert kitchen.computed == []


def test_settings_are_settled_as_soon_as_the_source_is_there(kitchen):
    asked = recipe(kitchen.key, projection=("tsne", {}))
    assert stages.settings_of(kitchen.store, asked, "projection") is None
    kitchen.run("embedding")
    assert stages.settings_of(kitchen.store, asked, "projection")["perplexity"] == 19.0


def test_a_stopped_map_has_a_key_of_its_own(kitchen):
    kitchen.run("neighbors", neighbors=("exact", {"k": 16}))
    finished, _ = kitchen.run("projection", projection=TSNE)
    asked = recipe(kitchen.key, projection=TSNE)
    kept = stages.keep(kitchen.store, asked, Map(np.zeros((60, 2), np.float32), stopped_at=120))
    asked["projection"]["stopped_at"] = 120
    assert stages.run(kitchen.work, asked, "projection") == kept != finished
    assert kitchen.store.meta(kept)["recipe"][-1]["stopped_at"] == 120
    asked["clustering"]["settings"]["on"] = "map"
    clusters = kitchen.store.get(stages.run(kitchen.work, asked, "clustering"))
    assert clusters.details["sizes"] == [60]
    asked["projection"]["stopped_at"] = 130
    with pytest.raises(Problem, match="no longer stored"):
        stages.run(kitchen.work, asked, "projection")


def test_a_source_that_is_evicted_during_a_run_costs_nothing(kitchen):
    source, _ = kitchen.run("embedding")
    kitchen.run("neighbors", neighbors=("exact", {"k": 16}))  # for the map, and they report too
    work = stages.Work(kitchen.store, lambda *words: kitchen.store.remove([source]))
    key = stages.run(work, recipe(kitchen.key, projection=TSNE), "projection")
    assert not kitchen.store.has(source)
    meta = kitchen.store.meta(key)
    assert meta["owner"] == OWNER and [step["stage"] for step in meta["recipe"]][-1] == "projection"
    with pytest.raises(Problem, match="no longer stored. Run the map again"):
        stages.keep(kitchen.store, recipe(kitchen.key, projection=TSNE), Map(np.zeros((60, 2), np.float32), stopped_at=120))


def test_the_recipe_and_the_owner_travel_with_the_result(kitchen):
    key, _ = kitchen.run("clustering", clustering=("kmeans", {"on": "map"}))
    meta = kitchen.store.meta(key)
    assert [step["stage"] for step in meta["recipe"]] == ["dataset", "embedding", "projection", "clustering"]
    assert meta["owner"] == OWNER


def test_a_damaged_result_is_computed_again(kitchen):
    key, _ = kitchen.run("projection")
    kitchen.store._open.clear()
    (kitchen.store.path(key) / "positions.npy").write_bytes(b"torn")
    with pytest.raises(Problem, match="Run it again"):
        kitchen.store.get(key)
    assert kitchen.run("projection") == (key, ["projection"])


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ({"projection": ("tnse", {})}, "Did you mean tsne"),
        ({"projection": ("tsne", {"perplexity": 500})}, "Perplexity must be between"),
        ({"projection": ("tsne", {"perplexety": 5})}, "Did you mean perplexity"),
        ({"clustering": ("kmeans", {"on": "moon"})}, "features or map"),
    ],
)
def test_a_wrong_request_is_answered_in_words(kitchen, steps, words):
    with pytest.raises(Problem, match=words):
        kitchen.run(next(iter(steps)), **steps)


def test_tsne_on_six_rows_offers_pca(tmp_path):
    with pytest.raises(Problem, match="at least 7 rows and there are 6. Choose PCA"):
        Kitchen(tmp_path, samples.dataset(samples.groups(6))).run("projection", projection=("tsne", {}))


def test_a_run_that_does_not_fit_into_memory_never_starts(tmp_path, kitchen):
    huge = dataclasses.replace(stages.algorithm("projection", "pca"), memory=lambda n, d: 2.0**60)
    with pytest.raises(Problem, match="needs about .* GB of memory"):
        stages._check_memory(huge, 10, 10)


def test_a_dataset_that_is_gone_is_said(kitchen):
    kitchen.key = digest("gone")
    for stage in ("dataset", "projection"):
        with pytest.raises(Problem, match="Open the file again"):
            kitchen.run(stage)


HEAVY = ("sklearn", "scipy", "umap", "openTSNE", "numba", "faiss", "dash", "plotly", "flask")


def test_importing_the_stages_loads_nothing_heavy():
    code = f"import sys, pipeline.stages; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"
