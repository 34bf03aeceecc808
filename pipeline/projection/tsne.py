"""t-SNE by openTSNE, from the shared neighbours, with live frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline import nearest
from pipeline.algorithm import Algorithm, Parameter, Settings
from pipeline.components import principal
from pipeline.projection.settings import DIMENSIONS, SEED, Frames
from pipeline.results import Features, Map, Neighbors, silent

EVERY = 10  # iterations between two evaluations of the loss
FEWEST = 7  # rows that t-SNE needs
INTERPOLATED = 10_000  # rows from which the interpolated gradient is faster than the tree's (2-D only)
SPREAD = 1e-4  # standard deviation of the start
DIGITS = 6  # of the loss; beyond them stands the order in which threads added it


def run(
    features: Features,
    neighbors: Neighbors,
    *,
    dimensions: int,
    perplexity: float,
    early_iterations: int,
    iterations: int,
    early_exaggeration: float,
    exaggeration: float,
    learning_rate: float | None,
    metric: str,
    initialization: str,
    seed: int,
    threads: int,
    report: Any = silent,
) -> Map:
    """Positions (n, 2 or 3) after all iterations; the trace holds the KL divergence every 10 iterations."""
    from openTSNE import TSNEEmbedding

    report(0.0, "Computing similarities")
    affinities = _affinities(neighbors, perplexity, threads)
    start = _start(features.values, affinities.P, dimensions, initialization, seed)
    frames = Frames(report, early_iterations + iterations)
    frames.show(0, "Starting to optimise", start)
    embedding = TSNEEmbedding(
        start, affinities,
        negative_gradient_method="fft" if dimensions == 2 and len(start) >= INTERPOLATED else "bh",
        learning_rate=learning_rate or "auto", max_step_norm=5, n_jobs=threads, random_state=seed,
    )  # fmt: skip
    trace = _optimise(embedding, early_iterations, early_exaggeration, 0, frames)
    trace += _optimise(embedding, iterations, exaggeration, early_iterations, frames)
    details = {"iterations": frames.total, "kl_divergence": round(float(embedding.kl_divergence), DIGITS)}
    return Map(np.array(embedding, np.float32), np.array(trace).reshape(-1, 2), details=details)


def _optimise(embedding: Any, iterations: int, exaggeration: float, before: int, frames: Frames) -> list[tuple[int, float]]:
    """Move the embedding in place; (iteration, loss) every 10 iterations, counted from ``before``."""
    trace = []

    def heard(iteration: int, loss: float, positions: np.ndarray) -> None:
        done = before + iteration
        trace.append((done, round(loss, DIGITS)))
        frames.show(done, f"Optimising · iteration {done} of {frames.total} · loss {loss:.2f}", positions)

    embedding.optimize(
        iterations, exaggeration=exaggeration, momentum=0.8, inplace=True, callbacks=heard, callbacks_every_iters=EVERY
    )
    return trace


def _affinities(neighbors: Neighbors, perplexity: float, threads: int) -> Any:
    """Similarities for openTSNE from the first 3 × perplexity neighbours."""
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    k = min(neighbors.indices.shape[1], int(3 * perplexity))
    far = np.ascontiguousarray(neighbors.distances[:, :k], np.float64)
    far /= far.mean() or 1.0  # only proportions count; openTSNE searches from 1 and cannot reach every scale
    near = PrecomputedNeighbors(np.ascontiguousarray(neighbors.indices[:, :k]), far)
    return PerplexityBasedNN(knn_index=near, perplexity=min(perplexity, k / 3), n_jobs=threads)


def _start(values: np.ndarray, similarities: Any, dimensions: int, initialization: str, seed: int) -> np.ndarray:
    """Small positions (n, dimensions) float64 to start from, no two of them the same."""
    from openTSNE.initialization import spectral
    from threadpoolctl import threadpool_limits

    chance = np.random.default_rng(seed).normal(0.0, 1.0, (len(values), dimensions))
    if initialization == "random":
        return chance * SPREAD
    if initialization == "pca":
        start = principal(values, dimensions)[0]
    else:
        with threadpool_limits(1):  # one order of sums, whatever the number of threads
            start = spectral(similarities, dimensions, random_state=seed)
    largest = start.std(axis=0).max()
    start = start / largest if largest > 0 else chance
    return (start + 0.01 * chance) * SPREAD


def _asks(settings: Settings, n: int) -> Settings:
    return nearest.step(settings["metric"], int(3 * settings["perplexity"]), n)


# Rows and seconds of one iteration, measured on two shared cores: digits and MNIST (not above 10,000 rows in 3-D).
MEASURED = {2: ((1_800, 0.0025), (10_000, 0.029), (70_000, 0.092)), 3: ((1_800, 0.0037), (10_000, 0.047))}


def _seconds(n: int, d: int, settings: Settings) -> float:
    """Iterations times the cost of one: as measured, in proportion to the rows below, along the last slope above."""
    sizes, costs = (np.log(column) for column in zip(*MEASURED[settings["dimensions"]], strict=True))
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    cost = float(np.interp(np.log(n), sizes, costs)) + max(0.0, float(np.log(n) - sizes[-1])) * slope
    cost += min(0.0, float(np.log(n) - sizes[0]))
    return float(np.exp(cost) * (settings["early_iterations"] + settings["iterations"]))


PARAMETERS = (
    Parameter(
        "perplexity", "number", 30.0, "Perplexity",
        "About how many neighbours each sample tries to stay close to: low shows small groups, high the broad layout.",
        low=lambda n, d: 5.0 if n > 15 else 2.0, high=lambda n, d: min(100.0, (n - 1) // 3), step=1,
    ),
    Parameter(
        "iterations", "integer", 500, "Iterations",
        "How many steps the points take after the early phase: too few leave the map unfinished.",
        low=250, high=1000, step=50,
    ),
    Parameter(
        "early_iterations", "integer", 250, "Early iterations",
        "How many steps the points are drawn together more strongly at the start, so that groups form.",
        low=0, high=1000, step=50, usual=False,
    ),
    Parameter(
        "early_exaggeration", "number", 12.0, "Early exaggeration",
        "How much stronger the attraction is in the early phase.",
        low=1.0, high=50.0, step=1, usual=False,
    ),
    Parameter(
        "exaggeration", "number", 1.0, "Exaggeration",
        "How much stronger the attraction stays afterwards: above 1 packs groups tighter and parts them more.",
        low=1.0, high=4.0, step=0.1, usual=False,
    ),
    Parameter(
        "learning_rate", "number", None, "Learning rate",
        "The size of the steps; auto takes the number of samples divided by the exaggeration.",
        low=10.0, high=1000.0, absent="auto", logarithmic=True, usual=False,
    ),
    nearest.METRIC,
    Parameter(
        "initialization", "choice", "pca", "Start",
        "Where the points begin: the principal components keep the broad layout, chance shows what depends on it.",
        choices=(("pca", "Principal components"), ("spectral", "Neighbour graph"), ("random", "Random")), usual=False,
    ),
)  # fmt: skip

TSNE = Algorithm(
    "tsne", "t-SNE", run, (DIMENSIONS, *PARAMETERS, SEED), ("features", "neighbors"),
    asks=_asks, threaded=True, steady=True,
    memory=lambda n, d: 16.0 * n * d + 6000.0 * n + 2**28,
    seconds=_seconds,
    refuses=lambda n, d: "" if n >= FEWEST else f"t-SNE needs at least {FEWEST} rows and there are {n}. Choose PCA instead.",
    paper="van der Maaten, Hinton: Visualizing data using t-SNE, 2008; Poličar, Stražar, Zupan: openTSNE, 2024",
    explain=(
        "t-SNE places the samples so that near neighbours in the data stay near neighbours on the map. "
        "It starts from a rough layout, and in many small steps lets neighbours attract and all others repel each other. "
        "Islands are samples that resemble each other; trust who is next to whom. "
        "Do not read much into the sizes of islands or the distances between them. "
        "Perplexity sets how many neighbours count, so try two or three values before you believe a shape."
    ),
)  # fmt: skip
