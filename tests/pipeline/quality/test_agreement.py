"""Groups beside the data and the labels, and the curves that help to choose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, silhouette_score

from pipeline import stages
from pipeline.quality.agreement import agreement
from pipeline.quality.curves import distances, sweep
from pipeline.results import Clusters, Features, Target
from tests.pipeline import samples


def clusters(labels):
    return Clusters(np.asarray(labels, np.int32), np.ones(len(labels), np.float32))


def classes(codes):
    names = tuple(f"kind {code}" for code in range(max(codes) + 1))
    return Target("kind", "class", np.asarray(codes, np.int32), names)


def scored(rows, labels, codes=None):
    data = samples.dataset(rows)
    data = replace(data, target=classes(codes)) if codes is not None else data
    return agreement(data, clusters(labels), Features(rows, ()), seed=0).details


def test_silhouette_is_that_of_the_rows_that_are_no_noise():
    rows, chance = samples.groups(200, 4), np.random.default_rng(1)
    labels = chance.integers(-1, 3, 200)
    details = scored(rows, labels)
    kept = labels >= 0
    assert details["rows"] == kept.sum()
    assert details["silhouette"] == pytest.approx(silhouette_score(rows[kept], labels[kept]), abs=1e-4)


def test_indices_leave_rows_without_a_label_out_and_count_noise_as_a_group():
    rows, chance = samples.groups(150, 4), np.random.default_rng(2)
    labels, codes = chance.integers(-1, 4, 150), chance.integers(-1, 3, 150)
    codes[:3] = [0, 1, 2]
    details, known = scored(rows, labels, codes), codes >= 0
    assert details["ari"] == pytest.approx(adjusted_rand_score(codes[known], labels[known]))
    assert details["ami"] == pytest.approx(adjusted_mutual_info_score(codes[known], labels[known]))
    table = np.array(details["table"])
    assert table.shape == (3, 5) and table.sum() == details["labelled"] == known.sum()
    assert table[1, 0] == ((codes == 1) & (labels == -1)).sum() and table[2, 3] == ((codes == 2) & (labels == 2)).sum()


def test_equal_partitions_agree_wholly_and_one_group_has_no_silhouette():
    rows = samples.groups(90, 3)
    codes = np.arange(90) % 3
    assert scored(rows, codes, codes)["ari"] == 1.0
    assert "silhouette" not in scored(rows, np.zeros(90, int))


def test_the_labels_count_in_the_key_and_in_the_owner(tmp_path):
    data = samples.dataset(samples.groups())
    store, key = samples.stored(tmp_path, data)
    recipe = samples.recipe(key, quality=("agreement", {}))
    first = stages.run(stages.Work(store), recipe, "quality")
    store.put("9" * 40, replace(data, target=classes(np.arange(60) % 3)), owner="another", recipe=[])
    second = stages.run(stages.Work(store), {**recipe, "dataset": "9" * 40}, "quality")
    assert first != second and store.meta(second)["owner"] == "another" and "ari" in store.get(second).details


def test_the_curve_of_distances_rises_and_its_knee_parts_groups_from_noise():
    chance = np.random.default_rng(0)
    rows = np.concatenate([chance.normal(0, 0.1, (300, 2)), chance.uniform(-20, 20, (30, 2))]).astype(np.float32)
    details = distances(Features(rows, ()), min_samples=5, on="features").details
    assert details["distances"] == sorted(details["distances"]) and 0.02 < details["eps"] < 3


def apart(n):
    """Rows of three round groups far apart."""
    chance = np.random.default_rng(0)
    return (chance.integers(0, 3, (n, 1)) * 20 + chance.normal(size=(n, 2))).astype(np.float32)


def test_the_sweep_finds_the_groups_over_a_range_of_sizes():
    details = sweep(Features(apart(600), ()), on="features", seed=0).details
    assert details["sizes"] == sorted(details["sizes"]) and details["groups"].count(3) >= 3
    assert all(0 <= share <= 1 for share in details["noise"])


def test_the_sweep_speaks_of_the_whole_table():
    details = sweep(Features(apart(9000), ()), on="features", seed=0).details
    assert details["rows"] == 3000 and details["sizes"][0] == 6 and details["sizes"][-1] <= 2250
