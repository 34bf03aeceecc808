"""t-SNE: true gradients in 2-D and 3-D, live frames, what it keeps."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from pipeline import stages
from pipeline.results import Problem
from pipeline.stages import algorithm
from tests.pipeline import samples

TSNE = algorithm("projection", "tsne")
SHORT = {"iterations": 250, "early_iterations": 100}


def digits():
    return samples.dataset(load_digits().data.astype(np.float32), "image", (8, 8))


class Listener:
    """Keeps every report of the projection."""

    def __init__(self):
        self.told = []

    def __call__(self, fraction, note="", positions=None):
        self.told.append((fraction, note, positions))

    @property
    def frames(self):
        return [positions for _, _, positions in self.told if positions is not None]


@pytest.mark.parametrize(("dimensions", "kept"), [(2, 0.55), (3, 0.6)])
def test_digits_keep_their_neighbours(dimensions, kept, tmp_path):
    store, key = samples.stored(tmp_path, digits())
    recipe = samples.recipe(key, projection=("tsne", {"dimensions": dimensions, **SHORT}))
    work = stages.Work(store, threads=2)
    scores = store.get(stages.run(work, recipe, "quality"))
    assert store.get(stages.run(work, recipe, "projection")).positions.shape == (1797, dimensions)
    assert scores.details["preserved"] > kept


@pytest.mark.parametrize(("dimensions", "method"), [(2, "bh"), (2, "fft"), (3, "bh")])
def test_the_gradient_is_that_of_the_definition(dimensions, method):
    """The library's fast gradients (a quarter of it), 3-D included, against the sum over all pairs."""
    import scipy.sparse
    from openTSNE import tsne

    rng = np.random.default_rng(0)
    n = 300
    positions = rng.normal(0, 5, (n, dimensions))
    weights = scipy.sparse.random(n, n, 0.1, "csr", random_state=0)
    weights = (weights + weights.T).tocsr()
    weights /= weights.sum()
    apart = positions[:, None] - positions[None]
    kernel = 1 / (1 + (apart**2).sum(axis=2))
    np.fill_diagonal(kernel, 0)
    exact = (((weights.toarray() - kernel / kernel.sum()) * kernel)[:, :, None] * apart).sum(axis=1)
    function = {"bh": tsne.kl_divergence_bh, "fft": tsne.kl_divergence_fft}[method]
    bh, fft = {"theta": 0.5}, {"n_interpolation_points": 3, "min_num_intervals": 50, "ints_in_interval": 1}
    _, gradient = function(positions, weights, dof=1, bh_params=bh, fft_params=fft, n_jobs=2, should_eval_error=False)
    assert np.linalg.norm(gradient - exact) < 0.05 * np.linalg.norm(exact)


def test_a_run_is_alive_from_start_to_end(tmp_path):
    heard = Listener()
    made = samples.made(tmp_path, digits(), "projection", "tsne", SHORT, report=heard, threads=2)
    assert len(heard.frames) >= 10
    assert all(frame.shape == (1797, 2) and frame.dtype == np.float32 for frame in heard.frames)
    assert len({frame.tobytes() for frame in heard.frames}) == len(heard.frames)
    assert any("Optimising · iteration 350 of 350 · loss" in note for _, note, _ in heard.told)
    assert made.trace[:, 0].tolist() == list(range(10, 351, 10))
    assert made.trace[-1, 1] < made.trace[12, 1]
    assert made.details["kl_divergence"] == pytest.approx(made.trace[-1, 1], abs=0.05)


def test_a_tiny_run_has_frames_too(tmp_path):
    heard = Listener()
    samples.made(tmp_path, samples.dataset(samples.groups(12)), "projection", "tsne", report=heard)
    assert len(heard.frames) >= 10


@pytest.mark.parametrize("start", ["pca", "spectral", "random"])
def test_starts_differ_and_repeat(start, tmp_path):
    data = samples.dataset(samples.groups(80))
    runs = [samples.made(tmp_path / str(i), data, "projection", "tsne", {"initialization": start, **SHORT}) for i in range(2)]
    np.testing.assert_array_equal(runs[0].positions, runs[1].positions)
    other = samples.made(tmp_path / "seed", data, "projection", "tsne", {"initialization": start, "seed": 1, **SHORT})
    assert not np.array_equal(runs[0].positions, other.positions)


def test_the_map_does_not_depend_on_the_unit(tmp_path):
    rows = samples.groups(80)
    one, thousand = (
        samples.made(tmp_path / str(unit), samples.dataset(rows * np.float32(unit)), "projection", "tsne", SHORT)
        for unit in (1, 1024)
    )
    np.testing.assert_allclose(one.positions, thousand.positions, atol=1e-2)


@pytest.mark.parametrize(("n", "limits"), [(7, (2, 2)), (15, (2, 4)), (16, (5, 5)), (61, (5, 20)), (5000, (5, 100))])
def test_perplexity_stays_below_a_third_of_the_rows(n, limits):
    perplexity = next(parameter for parameter in TSNE.parameters if parameter.name == "perplexity")
    assert perplexity.bounds(n, 5) == pytest.approx(limits)


def test_fewer_than_seven_rows_are_offered_pca():
    with pytest.raises(Problem, match="Choose PCA"):
        TSNE.settle({}, 6, 5)


def test_the_time_it_says_grows_with_rows_iterations_and_dimensions():
    def said(n, **settings):
        return TSNE.seconds(n, 50, TSNE.settle(settings, n, 50))

    assert 0 < said(100) < said(1_800) < said(10_000) < said(70_000) < said(200_000)
    assert said(10_000, iterations=1000) > said(10_000) and said(10_000, dimensions=3) > said(10_000)
    assert said(1_800) == pytest.approx(750 * 0.001)  # as measured
    assert said(10_000, engine="opentsne") > said(10_000)


def test_a_run_ends_when_its_loss_has_settled_and_says_so(tmp_path):
    data = samples.dataset(samples.groups(80))
    made = samples.made(tmp_path / "a", data, "projection", "tsne", {"iterations": 1000, "plateau": 0.01})
    assert made.details["settled"] and 300 < made.details["iterations"] < 1250
    assert made.trace[-1, 0] == made.details["iterations"]
    whole = samples.made(tmp_path / "b", data, "projection", "tsne", {"iterations": 300})
    assert whole.details["iterations"] == 550 and "settled" not in whole.details


def test_fast_similarities_need_fewer_neighbours_and_keep_more_of_the_nearest(tmp_path):
    kept = {}
    for kind in ("balanced", "fast"):
        store, key = samples.stored(tmp_path / kind, digits())
        recipe = samples.recipe(key, projection=("tsne", {"similarities": kind}))
        kept[kind] = store.get(stages.run(stages.Work(store, threads=2), recipe, "quality")).details["preserved"]
    assert kept["fast"] > kept["balanced"]
    asked = {kind: TSNE.asks(TSNE.settle({"similarities": kind}, 5000, 50), 5000)["settings"]["k"] for kind in kept}
    assert asked == {"balanced": 96, "fast": 16}


def test_three_dimensions_are_drawn_by_the_reference_whatever_the_engine(tmp_path):
    data, deep = samples.dataset(samples.groups(40)), {"dimensions": 3, **SHORT}
    maps = [samples.made(tmp_path / e, data, "projection", "tsne", {**deep, "engine": e}) for e in ("mesh", "opentsne")]
    np.testing.assert_array_equal(maps[0].positions, maps[1].positions)
