"""Neighbours against scikit-learn; duplicates, ties, measured recall."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from pipeline import nearest
from pipeline.results import Features
from pipeline.stages import algorithm
from tests.pipeline import samples

METRICS = ["euclidean", "cosine", "manhattan"]


def found(method, rows, k, metric="euclidean", threads=2):
    entry = algorithm("neighbors", method)
    return entry.run(Features(np.ascontiguousarray(rows, np.float32), ()), metric=metric, k=k, threads=threads)


def true(rows, metric):
    far = pairwise_distances(rows.astype(np.float64), metric=metric)
    np.fill_diagonal(far, np.inf)
    return far


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_distances_are_the_true_ones(method, metric):
    rows = samples.groups(500, 12) + 100  # far from the origin, where short cuts lose digits
    made, far = found(method, rows, 16, metric), true(rows, metric)
    np.testing.assert_allclose(made.distances, np.take_along_axis(far, made.indices.astype(int), 1), rtol=1e-4, atol=1e-6)
    recall = (made.distances <= np.sort(far, axis=1)[:, 15:16] * (1 + 1e-4) + 1e-7).mean()
    assert recall == 1.0 if method == "exact" else recall >= 0.95
    assert made.recall == pytest.approx(recall, abs=0.05)


@pytest.mark.parametrize("metric", METRICS)
def test_copies_are_neighbours_at_distance_zero_and_never_the_row_itself(metric):
    rows = np.repeat(samples.groups(20, 7), 40, axis=0)  # more copies than neighbours
    made = found("exact", rows, 16, metric)
    assert (made.indices != np.arange(800)[:, None]).all()
    assert (made.indices // 40 == np.arange(800)[:, None] // 40).all()
    np.testing.assert_allclose(made.distances, 0, atol=1e-6)


def test_ties_are_in_order_of_rows():
    square = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]], np.float32)
    assert found("exact", square, 4).indices[0].tolist() == [1, 2, 3, 4]


def test_a_zero_vector_is_at_distance_one_for_cosine():
    made = found("exact", np.array([[0, 0], [1, 0], [0, 2], [0, 0]], np.float32), 3, "cosine")
    assert made.indices[0].tolist() == [3, 1, 2]
    np.testing.assert_allclose(made.distances[0], [0, 1, 1], atol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_bits_do_not_depend_on_threads(method, metric):
    rows = samples.groups(5000, 30)
    one, three = (found(method, rows, 20, metric, threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.indices, three.indices)
    np.testing.assert_array_equal(one.distances, three.distances)


def test_cells_with_too_few_rows_are_filled_exactly():
    made = found("approximate", samples.groups(1000, 3), 320)
    assert made.indices.min() >= 0
    assert np.isfinite(made.distances).all()


@pytest.mark.parametrize(
    ("k", "n", "method", "width"),
    [(15, 1000, "exact", 16), (16, 1000, "exact", 16), (17, 1000, "exact", 96), (300, 1000, "exact", 320), (90, 50, "exact", 49),
     (15, 100_000, "exact", 16), (15, 100_001, "approximate", 16)],
)  # fmt: skip
def test_the_step_rounds_up_and_chooses_the_method(k, n, method, width):
    assert nearest.step("cosine", k, n) == {"algorithm": method, "settings": {"metric": "cosine", "k": width}}
