"""UMAP: our steps give umap-learn's own result to the bit, and are heard; safe after a fork."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.projection.umap import _library
from pipeline.results import Features
from pipeline.stages import algorithm
from tests.pipeline import samples

UMAP = algorithm("projection", "umap")


def neighbours(rows, k, metric="euclidean"):
    return algorithm("neighbors", "exact").run(Features(rows, ()), metric=metric, k=k, threads=2)


def run(rows, k=16, report=lambda *told: None, **settings):
    settings = {**UMAP.settle({"epochs": 60}, *rows.shape), **settings}
    return UMAP.run(Features(rows, ()), neighbours(rows, k, settings["metric"]), **settings, threads=2, report=report)


@pytest.mark.filterwarnings("ignore:using precomputed metric|.*n_jobs value|.*transform")
@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({}, samples.groups(700, 10)),
        ({"dimensions": 3, "metric": "cosine", "seed": 7}, samples.groups(300, 10)),
        ({"n_neighbors": 5, "min_dist": 0.5, "metric": "manhattan"}, samples.groups(300, 4)),
    ],
    ids=["usual", "3-D cosine", "graph in parts"],
)
def test_the_map_is_umap_learns_own(settings, rows):
    import umap

    made, metric = run(rows, **settings), settings.get("metric", "euclidean")
    k, near = settings.get("n_neighbors", 15), neighbours(rows, 16, metric)
    itself = np.arange(len(rows))[:, None]
    known = np.hstack([itself, near.indices[:, : k - 1]]), np.hstack([np.float32(0) * itself, near.distances[:, : k - 1]])
    reference = umap.UMAP(
        n_neighbors=k, n_components=settings.get("dimensions", 2), min_dist=settings.get("min_dist", 0.1), metric=metric,
        n_epochs=60, random_state=settings.get("seed", 0), precomputed_knn=known, force_approximation_algorithm=True,
    ).fit(rows)  # fmt: skip
    np.testing.assert_array_equal(made.positions, reference.embedding_)


def test_a_run_is_alive_from_start_to_end():
    told = []
    made = run(samples.groups(100), report=lambda fraction, note="", positions=None: told.append((fraction, note, positions)))
    frames = [positions for _, _, positions in told if positions is not None]
    assert len(frames) >= 10
    assert len({frame.tobytes() for frame in frames}) == len(frames)
    assert any(note == "Epoch 60 of 60" for _, note, _ in told)
    np.testing.assert_array_equal(frames[-1], made.positions)
    assert made.details["iterations"] == 60


def test_groups_are_apart_also_when_faster():
    rows = samples.groups(300, 5)
    made = run(rows, repeatable=False)
    nearest = neighbours(made.positions, 5).indices
    centres = np.random.default_rng(0).normal(0, 6, (3, 5))  # those of the groups
    labels = np.linalg.norm(rows[:, None] - centres, axis=2).argmin(axis=1)
    assert (labels[nearest] == labels[:, None]).mean() > 0.95


FORKED = """
import multiprocessing
import numpy as np
from pipeline.projection import umap
from pipeline.projection.umap import _library
from pipeline.results import Features
from pipeline.stages import algorithm

def compiled():
    from umap import layouts, umap_
    epochs = layouts._nb_optimize_layout_euclidean_single_epoch, layouts._nb_optimize_layout_euclidean_single_epoch_parallel
    return [len(function.signatures) for function in (umap_.smooth_knn_dist, umap_.compute_membership_strengths, *epochs)]

def work(threads):
    assert compiled() == [1, 1, 1, 1], "warming compiles everything"
    rows = np.random.default_rng(0).normal(size=(1000, 6)).astype(np.float32)
    near = algorithm("neighbors", "exact").run(Features(rows, ()), metric="euclidean", k=96, threads=threads)
    for name, given in (("umap", {"dimensions": 3}), ("umap", {"repeatable": False}), ("tsne", {"iterations": 250})):
        entry = algorithm("projection", name)
        entry.run(Features(rows, ()), near, **entry.settle(given, *rows.shape), threads=threads)
    assert compiled() == [1, 1, 1, 1], "and a run compiles nothing more"
    on = {"on": "features"}
    for name in ("kmeans", "dbscan"):
        entry = algorithm("clustering", name)
        extra = {"threads": threads} if entry.threaded else {}
        entry.run(Features(rows, ()), **entry.settle(on, *rows.shape), **extra)

if __name__ == "__main__":
    from threadpoolctl import threadpool_limits
    with threadpool_limits(1):
        umap.warm()
    children = [multiprocessing.get_context("fork").Process(target=work, args=(2,)) for _ in range(2)]
    [child.start() for child in children]
    [child.join(60) for child in children]
    codes = [child.exitcode for child in children]
    [child.kill() for child in children]
    print(codes)
"""


def test_forked_from_a_warm_process_everything_still_runs_and_nothing_is_compiled():
    done = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == "[0, 0]", done.stderr[-2000:]


def test_what_is_compiled_is_kept_and_the_parallel_form_apart():
    steps = _library(1)
    from umap import layouts

    plain = layouts._nb_optimize_layout_euclidean_single_epoch
    parallel = layouts._nb_optimize_layout_euclidean_single_epoch_parallel
    assert plain.py_func is parallel.py_func  # numba's cache could not tell them apart by what they are made from
    kept = [each.stats.cache_path for each in (plain, parallel, steps.smooth_knn_dist, steps.compute_membership_strengths)]
    assert all(kept) and kept[0] != kept[1]
