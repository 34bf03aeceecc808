"""UMAP by umap-learn, from the shared neighbours, with live frames.

umap-learn has no callback, so its own steps are called one after another, as its ``fit`` does.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import nearest
from pipeline.algorithm import Algorithm, Parameter, Settings
from pipeline.components import principal
from pipeline.projection.settings import DIMENSIONS, SEED, Frames
from pipeline.results import Features, Map, Neighbors, silent

FEWEST = 5  # rows that UMAP needs
SPECTRAL = 16  # rows from which the neighbour graph has a spectrum worth starting from
EXTENT = 10.0  # the start's extent along each axis


class Heard(list[int]):
    """The number of epochs, as umap-learn takes it, that tells a listener of each one.

    ``optimize_layout_euclidean`` accepts a list of epochs after which to keep a copy, and asks
    after every epoch whether it is in the list: it is told no, and the listener hears of it.
    """

    def __init__(self, epochs: int, hear: Any) -> None:
        super().__init__([epochs])
        self.hear = hear

    def __contains__(self, epoch: object) -> bool:
        """Never; the listener is told that this epoch (counted from 0) is done."""
        self.hear(epoch)
        return False


def run(
    features: Features,
    neighbors: Neighbors,
    *,
    dimensions: int,
    n_neighbors: int,
    min_dist: float,
    metric: str,
    epochs: int | None,
    seed: int,
    repeatable: bool,
    threads: int,
    report: Any = silent,
) -> Map:
    """Positions (n, 2 or 3) equal to those of ``umap.UMAP`` with these settings, neighbours and seed."""
    from sklearn.utils import check_random_state
    from threadpoolctl import threadpool_limits

    umap_ = _library(threads)
    report(0.0, "Building the neighbour graph")
    chance, n = check_random_state(seed), len(features.values)  # of the kind that umap-learn draws from
    epochs = epochs or (500 if n <= 10_000 else 200)
    graph = _graph(umap_, features.values, neighbors, min(n_neighbors, n), metric, chance, epochs)
    report(0.0, "Finding a start from the neighbour graph")
    with threadpool_limits(threads):
        positions = _start(umap_, features.values, graph, dimensions, metric, chance)
    frames = Frames(report, epochs)
    frames.show(0, "Starting to optimise", positions)

    def hear(epoch: int) -> None:
        frames.show(epoch + 1, f"Epoch {epoch + 1} of {epochs}", positions)

    state = chance.randint(umap_.INT32_MIN, umap_.INT32_MAX, 3).astype(np.int64)
    umap_.optimize_layout_euclidean(
        positions, positions, graph.row, graph.col, Heard(epochs, hear), n,
        umap_.make_epochs_per_sample(graph.data, epochs), *umap_.find_ab_params(1.0, min_dist), state,
        parallel=not repeatable, move_other=True,
    )  # fmt: skip
    return Map(positions, details={"iterations": epochs})


def _library(threads: int) -> Any:
    """umap-learn's module of steps, with numba on so many threads of a kind that survives a fork."""
    import numba

    config: Any = numba.config
    config.THREADING_LAYER = "workqueue"  # before umap-learn is imported and starts its threads
    from umap import layouts, umap_

    _keep_compiled((umap_, layouts))
    numba.set_num_threads(max(1, min(threads, config.NUMBA_NUM_THREADS)))
    return umap_


@cache
def _keep_compiled(modules: tuple[Any, ...]) -> None:
    """Have numba keep on the disk what it compiles for umap-learn, which asks so only of some: seconds at every start.

    It lies beside umap-learn's own bytecode, or where numba keeps it for this user; where there is no place, all works
    the same. Numba would take a function's parallel form for its plain one: they lie in folders of their own.
    """
    import numba
    from numba.core.dispatcher import Dispatcher

    config: Any = numba.config
    usual = config.CACHE_DIR
    for function in {each for module in modules for each in vars(module).values() if isinstance(each, Dispatcher)}:
        with suppress(RuntimeError):
            function.enable_caching()
            if function.targetoptions.get("parallel"):
                config.CACHE_DIR = str(Path(str(function.stats.cache_path)) / "parallel")
                function.enable_caching()
        config.CACHE_DIR = usual


def _graph(umap_: Any, values: np.ndarray, neighbors: Neighbors, k: int, metric: str, chance: Any, epochs: int) -> Any:
    """The weighted neighbour graph (n, n), without the edges too weak for so many epochs.

    umap-learn counts each row as its own first neighbour.
    """
    itself = np.arange(len(values), dtype=np.int32)[:, None]
    indices = np.hstack([itself, neighbors.indices[:, : k - 1]])
    distances = np.hstack([np.zeros_like(itself, np.float32), neighbors.distances[:, : k - 1]])
    graph = umap_.fuzzy_simplicial_set(values, k, chance, metric, knn_indices=indices, knn_dists=distances)[0].tocoo()
    graph.sum_duplicates()
    graph.data[graph.data < graph.data.max() / float(epochs)] = 0.0
    graph.eliminate_zeros()
    return graph


def _start(umap_: Any, values: np.ndarray, graph: Any, dimensions: int, metric: str, chance: Any) -> np.ndarray:
    """Positions (n, dimensions) float32 from 0 to 10 to start from: the spectrum of the graph."""
    if len(values) < SPECTRAL:
        start = principal(values, dimensions)[0]
        start = start if start.any() else chance.uniform(-1, 1, start.shape)  # all rows may be alike
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a graph in several parts, which it lays out one by one
            start = umap_.spectral_layout(values, graph, dimensions, chance, metric=metric)
    start = umap_.noisy_scale_coords(start, chance, max_coord=EXTENT, noise=0.0001)
    low, high = start.min(0), start.max(0)
    return np.ascontiguousarray(EXTENT * (start - low) / (high - low), np.float32)


def warm() -> None:
    """Compile what a run compiles, repeatable and faster, on one thread; the number of rows makes no difference to it."""
    values = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
    around = (np.arange(len(values))[:, None] + np.arange(1, 17)) % len(values)
    near = Neighbors(around.astype(np.int32), nearest.Points.of(values).between(np.arange(len(values)), around))
    near.distances.sort(axis=1)
    common: dict[str, Any] = {"n_neighbors": 15, "min_dist": 0.1, "metric": "euclidean", "epochs": 2, "seed": 0, "threads": 1}
    for repeatable in (True, False):
        run(Features(values, ()), near, dimensions=2, repeatable=repeatable, **common)


def _asks(settings: Settings, n: int) -> Settings:
    return nearest.step(settings["metric"], settings["n_neighbors"] - 1, n)


PARAMETERS = (
    Parameter(
        "n_neighbors", "integer", 15, "Neighbours",
        "How many neighbours each sample is tied to, itself included: low shows fine detail, high the broad layout.",
        low=2, high=lambda n, d: max(2, min(200, n - 1)), step=1,
    ),
    Parameter(
        "min_dist", "number", 0.1, "Closest spacing",
        "How close points may lie on the map: 0 packs groups into dense clumps, larger values spread them out.",
        low=0.0, high=0.99, step=0.01,
    ),
    nearest.METRIC,
    Parameter(
        "epochs", "integer", None, "Epochs",
        "How many rounds the points move; auto takes 500 up to 10,000 samples and 200 above.",
        low=50, high=1000, step=50, absent="auto", usual=False,
    ),
)  # fmt: skip
REPEATABLE = Parameter(
    "repeatable", "flag", True, "Repeatable (one thread)",
    "On, the same seed gives the same map on one thread; off is faster on several, and no two runs are quite the same.",
    usual=False,
)  # fmt: skip

UMAP = Algorithm(
    "umap", "UMAP", run, (DIMENSIONS, *PARAMETERS, SEED, REPEATABLE), ("features", "neighbors"),
    asks=_asks, threaded=True,
    memory=lambda n, d: 16.0 * n * d + 20_000.0 * n + 2**29,
    seconds=lambda n, d, settings: 1.5e-6 * n * (settings["epochs"] or (500 if n <= 10_000 else 200)),
    refuses=lambda n, d: "" if n >= FEWEST else f"UMAP needs at least {FEWEST} rows and there are {n}. Choose PCA instead.",
    paper="McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection, 2018",
    explain=(
        "UMAP ties each sample to its nearest neighbours and lays the resulting net flat. "
        "Tied samples pull each other together, and randomly met others push each other away. "
        "Compared with t-SNE it draws denser groups with wider gaps, and is faster on large data. "
        "Gaps and sizes are not to scale; trust who is next to whom. "
        "Neighbours sets how far each sample looks, so try a small and a large value."
    ),
)  # fmt: skip
