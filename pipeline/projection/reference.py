"""The descent of t-SNE by openTSNE: the reference, and the one for three dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

EVERY = 10  # iterations between two evaluations of the loss
INTERPOLATED = 10_000  # rows from which the interpolated gradient is faster than the tree's (2-D only)
ANGLE = 0.5  # under which the tree takes many points for one
LONGEST = 5  # length of a step, at most


def optimise(similar: Any, start: np.ndarray, schedule: Any, heard: Any, threads: int) -> tuple[np.ndarray, float]:
    """Positions (n, 2 or 3) float32 after the schedule and their loss; ``heard`` is told every 10 iterations."""
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PrecomputedAffinities

    interpolated = start.shape[1] == 2 and len(start) >= INTERPOLATED
    embedding = TSNEEmbedding(
        start, PrecomputedAffinities(similar), negative_gradient_method="fft" if interpolated else "bh", theta=ANGLE,
        learning_rate=schedule.learning_rate or "auto", max_step_norm=LONGEST, n_jobs=threads,
    )  # fmt: skip
    before, ended = 0, False

    def told(iteration: int, loss: float, positions: np.ndarray) -> bool:
        nonlocal ended
        ended = not heard(before + iteration, loss, positions)
        return ended

    for iterations, exaggeration in schedule.phases:
        if not ended:
            embedding.optimize(
                iterations, exaggeration=exaggeration, momentum=0.8, inplace=True, callbacks=told, callbacks_every_iters=EVERY
            )
        before += iterations
    return np.array(embedding, np.float32), float(embedding.kl_divergence)
