"""k-means and DBSCAN: true groups, numbering, strength, speed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from pipeline.clustering.settings import by_size
from pipeline.results import Features, Map
from pipeline.stages import algorithm
from tests.pipeline import samples


def clusters(name, source, **settings):
    values = source.positions if isinstance(source, Map) else source.values
    entry = algorithm("clustering", name)
    given = entry.settle(settings, *values.shape)
    return entry.run(source, **given, **({"threads": 2} if entry.threaded else {}))


def grouped(sizes=(100, 60, 30), d=4):
    """Features of round groups far apart, shuffled, and the true labels by falling size."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(range(len(sizes)), sizes))
    centres = 20 * rng.normal(size=(len(sizes), d))
    return Features((centres[labels] + rng.normal(size=(sum(sizes), d))).astype(np.float32), ()), labels


@pytest.mark.parametrize(("name", "settings"), [("kmeans", {"n_clusters": 3}), ("dbscan", {"eps": 4.0})])
def test_clear_groups_are_found_and_numbered_by_size(name, settings):
    features, labels = grouped()
    np.testing.assert_array_equal(clusters(name, features, **settings).labels, labels)


def test_by_size_keeps_noise_and_breaks_ties_by_first_row():
    labels, sizes = by_size(np.array([5, -1, 9, 9, 2, 5]))
    assert labels.tolist() == [0, -1, 1, 1, 2, 0]
    assert sizes == [2, 2, 1]
    assert by_size(np.array([-1, -1]))[1] == []


def test_kmeans_strength_falls_towards_the_border():
    values = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [10, 0], [10, 1], [11, 0], [11, 1], [5, 0.5]], np.float32)
    strength = clusters("kmeans", Features(values, ()), n_clusters=2).strength
    assert strength.argmin() == 8
    assert strength[:8].min() > 0.8


def test_kmeans_with_fewer_distinct_rows_than_groups(tmp_path):
    made = clusters("kmeans", Features(np.repeat(np.eye(3, dtype=np.float32), 5, axis=0), ()), n_clusters=6)
    assert made.details["n_clusters"] == 3
    np.testing.assert_allclose(made.strength, 1)


def test_inertia_is_in_the_units_of_the_data():
    features, labels = grouped()
    expected = sum(((features.values[labels == k] - features.values[labels == k].mean(0)) ** 2).sum() for k in range(3))
    assert clusters("kmeans", features, n_clusters=3).details["inertia"] == pytest.approx(expected, rel=1e-4)


def test_kmeans_is_quick_enough_to_drag_a_slider():
    values = np.random.default_rng(0).normal(size=(10_000, 50)).astype(np.float32)
    clusters("kmeans", Features(values[:100], ()), n_clusters=3)
    started = time.perf_counter()
    clusters("kmeans", Features(values, ()), n_clusters=10)
    assert time.perf_counter() - started < 3  # one second on a machine that is not busy


@pytest.mark.parametrize("d", [2, 8])
@pytest.mark.parametrize("eps", [0.05, 0.4, 1.2, 100.0])
def test_dbscan_equals_scikit_learn(eps, d):
    """Same dense rows, same groups of them, same noise; a border row may belong to either neighbour group."""
    values = np.random.default_rng(0).normal(size=(400, d)).astype(np.float32)
    made, theirs = clusters("dbscan", Features(values, ()), eps=eps), DBSCAN(eps=eps, min_samples=5).fit(values)
    dense = theirs.core_sample_indices_
    np.testing.assert_array_equal(made.labels < 0, theirs.labels_ < 0)
    if len(dense):
        assert adjusted_rand_score(made.labels[dense], theirs.labels_[dense]) == 1.0


def test_dbscan_finds_bent_groups_by_itself():
    rows, labels = make_moons(600, noise=0.04, random_state=0)
    made = clusters("dbscan", Map(rows.astype(np.float32)), on="map")
    assert adjusted_rand_score(labels, made.labels) > 0.95
    assert made.details["n_clusters"] == 2
    assert 0.02 < made.details["eps"] < 0.3


def test_dbscan_noise_has_no_strength_and_is_counted():
    features, _ = grouped((50, 40))
    values = np.concatenate([features.values, [[500, 500, 500, 500]]]).astype(np.float32)
    made = clusters("dbscan", Features(values, ()), eps=4.0)
    assert made.labels[-1] == -1
    assert made.strength[-1] == 0
    assert made.details["noise"] == (made.labels < 0).sum()
    for label in (0, 1):
        assert made.strength[made.labels == label].max() == 1


def test_dbscan_in_blocks_is_the_same(monkeypatch):
    from pipeline.clustering import dbscan

    values = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    whole = clusters("dbscan", Features(values, ()), eps=0.5)
    monkeypatch.setattr(dbscan, "PAIRS", 7 * 500)
    np.testing.assert_array_equal(clusters("dbscan", Features(values, ()), eps=0.5).labels, whole.labels)


def test_on_the_map_and_on_the_features_differ(tmp_path):
    data = samples.dataset(samples.groups(60, 6))
    on_map, on_features = (
        samples.made(tmp_path / on, data, "clustering", "kmeans", {"on": on, "n_clusters": 4}) for on in ("map", "features")
    )
    assert on_map.details["inertia"] < on_features.details["inertia"]


LARGE = {"hdbscan": 10_000, "agglomerative": 5_000}


@pytest.mark.parametrize("name", sorted(LARGE))
def test_large_tables_are_grouped_by_a_sample_and_told_so(name, tmp_path):
    rows, truth = round_groups(12_000)
    found = samples.made(tmp_path, samples.dataset(rows), "clustering", name, {"n_clusters": 3} if name != "hdbscan" else {})
    assert found.details["grouped"] == LARGE[name] and found.details["n_clusters"] == 3
    assert adjusted_rand_score(truth, found.labels) > 0.95


@pytest.mark.parametrize("name", ["minibatch", "agglomerative", "mixture", "hdbscan"])
def test_clear_groups_are_found(name, tmp_path):
    rows, truth = round_groups(400)
    settings = {} if name == "hdbscan" else {"n_clusters": 3}
    found = samples.made(tmp_path, samples.dataset(rows), "clustering", name, settings)
    assert adjusted_rand_score(truth, found.labels) > 0.95
    assert found.strength[found.labels >= 0].mean() > 0.5


def test_a_mixture_is_as_scikit_learn_fits_it(tmp_path):
    from sklearn.mixture import GaussianMixture

    rows, _ = round_groups(300)
    found = samples.made(tmp_path, samples.dataset(rows), "clustering", "mixture", {"n_clusters": 3, "covariance": "full"})
    values = rows.astype(float) / np.sqrt(rows.astype(float).var(axis=0).mean())
    labels = GaussianMixture(3, random_state=0, reg_covar=1e-4).fit_predict(values)
    assert adjusted_rand_score(labels, found.labels) == 1.0


def round_groups(n):
    """Rows of three groups of different size far apart, shuffled, and which group each is of."""
    chance = np.random.default_rng(3)
    truth = chance.choice(3, n, p=[0.5, 0.3, 0.2])
    return (truth[:, None] * 12 + chance.normal(size=(n, 4))).astype(np.float32), truth
