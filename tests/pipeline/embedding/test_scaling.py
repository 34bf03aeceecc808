"""Scaling against scikit-learn, constant columns, initial PCA."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from pipeline import embedding
from pipeline.components import principal
from tests.pipeline import samples


def features(tmp_path, rows, name, **settings):
    return samples.made(tmp_path, samples.dataset(rows), "embedding", name, {"pca": None, **settings})


def measurements():
    """Columns of very different size, one far from zero, one constant."""
    rng = np.random.default_rng(0)
    return (rng.gamma(2, 1, (200, 4)) * [1e-6, 1, 1e6, 0] + [0, 1e5, 0, 42.4]).astype(np.float32)


@pytest.mark.parametrize(("name", "scaler"), [("standard", StandardScaler), ("minmax", MinMaxScaler), ("robust", RobustScaler)])
def test_scaling_equals_scikit_learn(name, scaler, tmp_path):
    rows = measurements()
    expected = scaler().fit_transform(rows.astype(np.float64))
    np.testing.assert_allclose(features(tmp_path, rows, name).values, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["standard", "minmax", "robust"])
def test_a_constant_column_becomes_zero(name, tmp_path):
    rows = np.column_stack([measurements(), np.full(200, 0.1, np.float32)])
    assert not features(tmp_path, rows, name).values[:, -1].any()


def test_robust_falls_back_where_the_quartiles_coincide(tmp_path):
    rows = np.zeros((100, 1), np.float32)
    rows[:10] = 1000
    assert features(tmp_path, rows, "robust").values.max() == pytest.approx(1000 / rows.std(), rel=1e-5)


def test_as_they_are_changes_nothing(tmp_path):
    rows = measurements()
    made = features(tmp_path, rows, "as_is")
    np.testing.assert_array_equal(made.values, rows)
    assert made.columns == ("c0", "c1", "c2", "c3")


@pytest.mark.parametrize(("largest", "divisor"), [(255, 255), (200, 255), (16, 16), (1, 1), (0, 1), (1000, 1000)])
def test_pixels_say_what_they_were_divided_by(largest, divisor, tmp_path):
    rows = np.linspace(0, largest, 40).reshape(10, 4).astype(np.float32)
    made = features(tmp_path, rows, "pixels")
    assert made.details["divisor"] == divisor
    np.testing.assert_allclose(made.values, rows / divisor, rtol=1e-6)


def test_bytes_are_scaled_without_wrapping(tmp_path):
    rows = np.array([[0, 255], [255, 0], [128, 128]], np.uint8)
    np.testing.assert_allclose(features(tmp_path, rows, "standard").values, StandardScaler().fit_transform(rows), atol=1e-6)


@pytest.mark.parametrize("shape", [(300, 40), (40, 300), (2100, 2050)], ids=["by columns", "by rows", "randomised"])
def test_components_equal_scikit_learn(shape):
    rng = np.random.default_rng(0)
    n, d = shape
    rows = (rng.normal(size=(n, 6)) * [9, 7, 5, 4, 3, 2]) @ rng.normal(size=(6, d)) + 0.01 * rng.normal(size=shape) + 50
    scores, shares = principal(rows.astype(np.float32), 5)
    expected = PCA(5, svd_solver="covariance_eigh" if n > d else "full").fit(rows)
    np.testing.assert_allclose(shares, expected.explained_variance_ratio_, rtol=1e-3)
    theirs = expected.transform(rows)
    signs = np.sign((scores * theirs).sum(axis=0))
    np.testing.assert_allclose(scores * signs, theirs, atol=2e-3 * np.abs(theirs).max())
    assert (scores[np.abs(scores).argmax(axis=0), range(5)] > 0).all()


def test_initial_pca_tells_what_it_keeps(tmp_path):
    made = features(tmp_path, samples.groups(60, 8), "standard", pca=3)
    assert made.values.shape == (60, 3)
    assert made.columns == ("PC 1", "PC 2", "PC 3")
    assert (made.details["from"], made.details["to"]) == (8, 3)
    assert 0.5 < made.details["variance"] <= 1


@pytest.mark.parametrize(
    ("n", "d", "usual"), [(1000, 784, 50), (20, 784, 19), (1000, 50, None), (1000, 51, 50), (2, 9, None), (30, 29, None)]
)
def test_the_usual_initial_pca(n, d, usual):
    for entry in embedding.ALGORITHMS:
        assert entry.settle({}, n, d)["pca"] == usual


def test_what_suits_a_dataset():
    import dataclasses

    table, pictures = samples.kinds().values()
    vectors = dataclasses.replace(table, details={"embedding": True})
    names = [embedding.suggested(data)["algorithm"] for data in (table, pictures, vectors)]
    assert names == ["standard", "as_is", "as_is"]
