"""t-SNE from the shared neighbours, with live frames: by the particle mesh, or by openTSNE."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline import nearest
from pipeline.algorithm import Algorithm, Parameter, Settings
from pipeline.components import principal
from pipeline.projection import affinities
from pipeline.projection.settings import DIMENSIONS, SEED, Frames
from pipeline.results import Features, Map, Neighbors, silent

FEWEST = 7  # rows that t-SNE needs
SPREAD = 1e-4  # standard deviation of the start
DIGITS = 6  # of the loss; beyond them stands the order in which threads added it
WINDOW = 50  # iterations over which a loss that hardly falls has settled


@dataclass(frozen=True)
class Schedule:
    """How the points are moved: phases of (iterations, exaggeration), and the size of the steps (None: by n)."""

    phases: tuple[tuple[int, float], ...]
    learning_rate: float | None

    @property
    def total(self) -> int:
        """All iterations."""
        return sum(iterations for iterations, _ in self.phases)


@dataclass
class Listener:
    """Keeps the losses of a run, shows its frames, and ends it (``settled``) once the loss hardly falls."""

    frames: Frames
    early: int
    plateau: float | None
    losses: dict[int, float] = field(default_factory=dict)
    settled: bool = False

    def __call__(self, done: int, loss: float, positions: np.ndarray) -> bool:
        """Whether to go on after this iteration."""
        self.losses[done] = round(loss, DIGITS)
        self.frames.show(done, f"Optimising · iteration {done} of {self.frames.total} · loss {loss:.2f}", positions)
        before = self.losses.get(done - WINDOW)
        if self.plateau and before is not None and done - WINDOW > self.early:
            self.settled = before - loss < self.plateau * abs(before)
        return not self.settled


def run(
    features: Features,
    neighbors: Neighbors,
    *,
    dimensions: int,
    similarities: str,
    perplexity: float,
    early_iterations: int,
    iterations: int,
    early_exaggeration: float,
    exaggeration: float,
    learning_rate: float | None,
    plateau: float | None,
    metric: str,
    initialization: str,
    engine: str,
    seed: int,
    threads: int,
    report: Any = silent,
) -> Map:
    """Positions (n, 2 or 3) after all iterations; the trace holds the KL divergence every 10 iterations.

    ``details`` holds the iterations that were done, and ``settled`` if that was because the loss had settled.
    """
    report(0.0, "Computing similarities")
    similar = affinities.of(neighbors, similarities, perplexity, threads)
    start = _start(features.values, similar, dimensions, initialization, seed)
    schedule = Schedule(((early_iterations, early_exaggeration), (iterations, exaggeration)), learning_rate)
    heard = Listener(Frames(report, schedule.total), early_iterations, plateau)
    heard.frames.show(0, "Starting to optimise", start)
    if engine == "mesh" and dimensions == 2:
        from pipeline.projection.descent import optimise
    else:
        from pipeline.projection.reference import optimise
    positions, loss = optimise(similar, start, schedule, heard, threads)
    details = {"iterations": max(heard.losses) if heard.settled else schedule.total, "kl_divergence": round(loss, DIGITS)}
    details |= {"settled": True} if heard.settled else {}
    return Map(positions, np.array(list(heard.losses.items())).reshape(-1, 2), details=details)


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
    wanted = int(3 * settings["perplexity"]) if settings["similarities"] == "balanced" else affinities.TIES
    return nearest.step(settings["metric"], wanted, n)


# Rows and seconds of one iteration, measured on two shared cores: digits and MNIST (openTSNE not above 10,000 rows).
MEASURED = {
    "mesh": ((1_800, 0.001), (10_000, 0.007), (70_000, 0.025)),
    "tree": ((1_800, 0.0025), (10_000, 0.047)),
    "interpolated": ((1_800, 0.0025), (10_000, 0.029), (70_000, 0.092)),
}


def _seconds(n: int, d: int, settings: Settings) -> float:
    """Iterations times the cost of one: as measured, in proportion to the rows below, along the last slope above."""
    flat = settings["dimensions"] == 2
    way = "tree" if not flat else "mesh" if settings["engine"] == "mesh" else "interpolated"
    sizes, costs = (np.log(column) for column in zip(*MEASURED[way], strict=True))
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
        "similarities", "choice", "balanced", "Similarities",
        "Balanced weighs neighbours by the perplexity; fast ties each sample to its 15 nearest alike, whatever the perplexity: "
        "quicker, it keeps a little more of these and parts classes a little less well.",
        choices=(("balanced", "Balanced"), ("fast", "Fast")),
    ),
    Parameter(
        "iterations", "integer", 500, "Iterations",
        "How many steps the points take after the early phase: too few leave the map unfinished.",
        low=50, high=1000, step=50,
    ),
    Parameter(
        "plateau", "number", None, "Stop on a plateau",
        "Ends the run once 50 iterations lower the loss by less than this share of it; never does all iterations.",
        low=0.0001, high=0.1, absent="never", logarithmic=True, usual=False,
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
    Parameter(
        "engine", "choice", "mesh", "Engine",
        "The particle mesh is many times as fast; openTSNE is the reference that it is compared with, and draws all maps in 3-D.",
        choices=(("mesh", "Particle mesh"), ("opentsne", "openTSNE")), usual=False,
    ),
)  # fmt: skip

TSNE = Algorithm(
    "tsne", "t-SNE", run, (DIMENSIONS, *PARAMETERS, SEED), ("features", "neighbors"),
    asks=_asks, threaded=True, steady=True, version=2,
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
