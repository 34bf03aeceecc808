"""The fast engine of t-SNE: true forces, the same loss as the reference, whatever the shape of the data."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from pipeline import nearest
from pipeline.projection import affinities, descent, mesh, reference, tsne
from pipeline.results import Neighbors

CHANCE = np.random.default_rng(0)


def repulsion(positions: np.ndarray, exact: bool) -> tuple[float, np.ndarray]:
    with descent.crew(len(positions), 1) as (each, threads):
        found = mesh.Repulsion(len(positions), each, threads, exact)
        return found.of(positions), found.forces


def summed(positions: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Repulsion of these rows times Z, in double precision."""
    apart = positions[rows, None].astype(float) - positions[None].astype(float)
    kernel = 1 / (1 + (apart**2).sum(axis=2))
    return (kernel[:, :, None] ** 2 * apart).sum(axis=1)


def total(positions: np.ndarray) -> float:
    apart = positions[:, None].astype(float) - positions[None].astype(float)
    return float((1 / (1 + (apart**2).sum(axis=2))).sum() - len(positions))


def similar(rows: np.ndarray, perplexity: float = 30.0, kind: str = "balanced"):
    k = min(96, len(rows) - 1)
    found = nearest.search(nearest.Points.of(rows.astype(np.float32)), np.arange(len(rows)), k)
    return affinities.of(Neighbors(*found), kind, min(perplexity, (len(rows) - 1) // 3), 1)


def ran(engine, rows: np.ndarray, start: np.ndarray | None = None, threads: int = 1, iterations=(250, 500)):
    """Positions, loss, and what was heard."""
    near = similar(rows)
    start = tsne._start(rows.astype(np.float32), near, 2, "pca", 0) if start is None else start
    heard: list[tuple[int, float]] = []
    schedule = tsne.Schedule(((iterations[0], 12.0), (iterations[1], 1.0)), None)
    positions, loss = engine.optimise(near, start, schedule, lambda *told: heard.append(told[:2]) or True, threads)
    return positions, loss, heard


def test_every_pair_is_summed_for_few():
    positions = CHANCE.normal(0, 8, (700, 2)).astype(np.float32)
    found, forces = repulsion(positions, exact=True)
    true = summed(positions, np.arange(700))
    assert found == pytest.approx(total(positions), rel=1e-5)
    assert np.linalg.norm(forces - true) < 1e-5 * np.linalg.norm(true)


@pytest.fixture(scope="module")
def map_of_many() -> np.ndarray:
    """A finished map of 6,000 samples, more than are summed pair by pair."""
    centres = CHANCE.normal(0, 4, (12, 10))
    rows = centres[np.arange(6000) % 12] + CHANCE.normal(size=(6000, 10))
    assert len(rows) > mesh.EXACT
    return ran(descent, rows, threads=2)[0]


def test_the_error_of_the_mesh_is_at_most_three_percent(map_of_many):
    found, forces = repulsion(map_of_many, exact=False)
    rows = CHANCE.permutation(len(map_of_many))[:500]
    true = summed(map_of_many, rows)
    assert np.linalg.norm(forces[rows] - true) < 0.03 * np.linalg.norm(true)
    assert found == pytest.approx(repulsion(map_of_many, exact=True)[0], rel=2e-3)


SHAPES = st.sampled_from(["cloud", "line", "equal", "outlier", "two", "huge"])


@given(SHAPES, st.integers(2, 400), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_every_point_lies_on_a_mesh_that_has_its_bounds(shape, n, seed):
    chance = np.random.default_rng(seed)
    positions = chance.normal(0, 20, (n, 2))
    if shape == "line":
        positions[:, 1] = 0
    if shape == "equal":
        positions[:] = 3
    if shape == "outlier":
        positions[0] = 1e6
    if shape == "two":
        positions[::2] += 5e3
    if shape == "huge":
        positions *= 1e4
    positions = positions.astype(np.float32)
    with descent.crew(n, 1) as (each, threads):
        found = mesh.Repulsion(n, each, threads, exact=False)
        low, step = found._lay(positions)
        places = (positions - low) / step
        assert (places >= 1).all() and (places + 2 < found._shape).all()
        assert max(found._shape) <= 1.1 * mesh.CELLS + 64
        assert np.isfinite(found.of(positions)) and np.isfinite(found.forces).all()


def test_the_gradient_is_that_of_the_definition():
    n = 300
    positions = CHANCE.normal(0, 5, (n, 2)).astype(np.float32)
    weights = scipy.sparse.random(n, n, 0.1, "csr", random_state=0)
    weights = (weights + weights.T).tocsr()
    weights /= weights.sum()
    apart = positions[:, None] - positions[None]
    kernel = 1 / (1 + (apart**2).sum(axis=2))
    np.fill_diagonal(kernel, 0)
    exact = (((weights.toarray() - kernel / kernel.sum()) * kernel)[:, :, None] * apart).sum(axis=1)
    rate, gain = 1e-3, 1.2  # the first gain
    with descent.crew(n, 1) as (each, threads):
        run = descent.Descent(weights, positions, each, threads)
        run.go(1, 1.0, rate, 0, lambda *told: True)
    np.testing.assert_allclose((run._updates / (-rate * gain))[run._place], exact, atol=1e-5 * np.abs(exact).max(), rtol=1e-3)


def odd(name: str) -> np.ndarray:
    chance = np.random.default_rng(1)
    cloud = chance.normal(size=(200, 5))
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    made = {
        "two far clusters": np.vstack([cloud[:100], cloud[100:] + 1e4]),
        "one outlier": np.vstack([cloud[:-1], np.full((1, 5), 1e6)]),
        "all equal": np.ones((200, 5)),
        "a line": np.linspace(0, 1, 200)[:, None] * np.ones(5),
        "a ring": np.stack([np.cos(angle), np.sin(angle)], axis=1),
        "ten": cloud[:10],
        "fifty": cloud[:50],
        "two hundred": cloud,
        "duplicates": np.repeat(cloud[:40], 5, axis=0),
    }
    return made[name]


@pytest.mark.parametrize(
    "shape", ["two far clusters", "one outlier", "a line", "a ring", "ten", "fifty", "two hundred", "duplicates"]
)
def test_odd_shapes_end_where_the_reference_ends(shape, monkeypatch):
    """In the middle of three starts: one alone is chance, for the reference too, whose forces are exact here."""
    monkeypatch.setattr(reference, "ANGLE", 0.05)
    rows = odd(shape).astype(np.float32)
    starts = [tsne._start(rows, similar(rows), 2, "pca", seed) for seed in range(3)]
    ours, theirs = ([ran(engine, rows, start) for start in starts] for engine in (descent, reference))
    assert all(np.isfinite(positions).all() for positions, _, _ in ours)
    assert np.median([loss for _, loss, _ in ours]) < 1.03 * np.median([loss for _, loss, _ in theirs]) + 0.005


def test_equal_samples_end_where_the_interpolated_reference_ends(monkeypatch):
    """Their neighbours are alike, so the tree's approximation decides where they go."""
    rows = odd("all equal")
    positions, loss, _ = ran(descent, rows)
    monkeypatch.setattr(reference, "INTERPOLATED", 0)
    assert loss == pytest.approx(ran(reference, rows)[1], rel=0.03)
    assert np.isfinite(positions).all()


def test_a_span_that_is_huge_late_in_the_run_ends_where_the_reference_ends(monkeypatch):
    start = CHANCE.normal(0, 1000, (200, 2))
    expected = ran(reference, odd("two hundred"), start)[1]
    assert ran(descent, odd("two hundred"), start)[1] == pytest.approx(expected, rel=0.03)
    monkeypatch.setattr(mesh, "EXACT", 0)
    assert np.isfinite(ran(descent, odd("two hundred"), start, iterations=(10, 10))[0]).all()


def test_digits_end_where_the_reference_ends_by_pairs_and_by_the_mesh(monkeypatch):
    rows = load_digits().data
    expected = ran(reference, rows)[1]
    assert ran(descent, rows)[1] == pytest.approx(expected, rel=0.03)
    monkeypatch.setattr(mesh, "EXACT", 0)
    assert ran(descent, rows)[1] == pytest.approx(expected, rel=0.03)


def test_one_and_two_threads_give_the_same_bits():
    rows = CHANCE.normal(size=(6000, 4))
    assert len(rows) > max(mesh.EXACT, descent.SMALL)
    start = CHANCE.normal(0, 20, (6000, 2))
    one, two = (ran(descent, rows, start, threads, (20, 30)) for threads in (1, 2))
    assert one[0].tobytes() == two[0].tobytes()
    assert one[1:] == two[1:]


def test_the_loss_falls_and_is_told_every_ten_iterations():
    _, loss, heard = ran(descent, odd("two hundred"))
    assert [iteration for iteration, _ in heard] == list(range(10, 751, 10))
    assert heard[-1][1] == pytest.approx(loss, abs=0.01)
    assert heard[-1][1] < heard[26][1]
