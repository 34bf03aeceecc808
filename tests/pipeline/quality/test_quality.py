"""Neighbours kept and the proposed number of groups."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from pipeline.quality.groups import proposal, silhouette
from pipeline.quality.kept import preservation
from pipeline.results import Features, Map
from tests.pipeline import samples


def kept(rows, positions, seed=0):
    return preservation(Features(rows, ()), Map(np.ascontiguousarray(positions, np.float32)), seed=seed, threads=2)


def test_a_perfect_map_keeps_every_neighbour():
    rows = samples.groups(300, 2)
    scores = kept(rows, rows * 3 + 7)
    assert scores.details == {"preserved": 1.0, "k": 15, "rows": 300}
    assert (scores.per_row == 1).all()


def test_chance_keeps_almost_none():
    rng = np.random.default_rng(0)
    assert kept(samples.groups(2000, 8), rng.normal(size=(2000, 2))).details["preserved"] < 0.03


def test_it_is_the_share_that_counting_gives():
    rows, flat = samples.groups(200, 6), samples.groups(200, 6)[:, :2]
    def nearest(values):
        far = np.linalg.norm(values[:, None] - values[None], axis=2)
        np.fill_diagonal(far, np.inf)
        return np.argsort(far, axis=1)[:, :15]
    counted = [len(set(a) & set(b)) / 15 for a, b in zip(nearest(rows), nearest(flat), strict=True)]
    assert kept(rows, flat).details["preserved"] == pytest.approx(np.mean(counted), abs=1e-3)


def test_many_rows_are_sampled_and_say_so():
    rows = samples.groups(5000, 5)
    scores = kept(rows, rows[:, :2])
    assert scores.details["rows"] == 2000
    assert np.isfinite(scores.per_row).sum() == 2000
    assert scores.details["preserved"] == pytest.approx(np.nanmean(scores.per_row))
    assert scores.details["preserved"] == pytest.approx(kept(rows, rows[:, :2], seed=1).details["preserved"], abs=0.03)


def test_it_looks_at_the_space_before_initial_pca(tmp_path):
    data = samples.dataset(samples.groups(200, 8))
    store, key = samples.stored(tmp_path, data)
    from pipeline import stages

    recipe = samples.recipe(key, embedding=("as_is", {"pca": 2}))
    scores = store.get(stages.run(stages.Work(store), recipe, "quality"))
    positions = store.get(stages.run(stages.Work(store), recipe, "projection")).positions
    assert scores.details == kept(data.rows, positions).details
    assert scores.details["preserved"] < 1


@pytest.mark.parametrize("k", [2, 3, 6])
def test_the_number_of_clear_groups_is_proposed(k):
    rng = np.random.default_rng(k)
    centres = 15 * rng.normal(size=(k, 6))
    rows = centres[rng.integers(0, k, 900)] + rng.normal(size=(900, 6))
    made = proposal(Features(rows.astype(np.float32), ()), seed=0)
    assert made.details["n_clusters"] == k
    assert set(made.details["silhouettes"]) == {str(i) for i in range(2, 16)}
    fallen = list(made.details["inertia"].values())
    assert abs(made.details["elbow"] - k) <= 1 and fallen[0] == max(fallen)


def test_the_silhouette_is_scikit_learns():
    rows = samples.groups(200, 4).astype(np.float64)
    labels = np.random.default_rng(0).integers(0, 5, 200)
    labels[3] = 5  # a group of one
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    assert silhouette(apart, labels) == pytest.approx(silhouette_score(rows, labels))


def test_rows_that_are_all_alike_are_one_group():
    assert proposal(Features(np.ones((20, 3), np.float32), ()), seed=0).details["n_clusters"] == 1
