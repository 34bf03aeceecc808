"""The descent of t-SNE on the plane in single precision: attraction along the edges, repulsion from the mesh.

The schedule is openTSNE's: momentum 0.8 throughout, a gain for each coordinate, no step longer than 5, and the
map kept around its centre.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from pipeline.projection import kernels
from pipeline.projection.mesh import Repulsion, parts

SMALL = 4000  # points below which a second thread costs more than it gives
BLOCKS = 8  # parts that the points are moved in
EVERY = 10  # iterations between two evaluations of the loss


def optimise(similar: Any, start: np.ndarray, schedule: Any, heard: Any, threads: int) -> tuple[np.ndarray, float]:
    """Positions (n, 2) float32 after the schedule and their loss; ``heard`` is told every 10 iterations.

    The same bits with any number of threads.
    """
    with crew(len(start), threads) as (each, helpers):
        descent, before = Descent(similar, start, each, helpers), 0
        for iterations, exaggeration in schedule.phases:
            rate = schedule.learning_rate or len(start) / exaggeration
            if not descent.go(iterations, exaggeration, rate, before, heard):
                break
            before += iterations
        return descent.positions, descent.loss()


class Descent:
    """A run on its way: positions (n, 2) float32 that are moved phase by phase.

    ``similarities`` is the symmetric sparse matrix P (n, n), which sums to one. Inside, points that start near each other lie
    side by side in memory: near the processor's hand, most steps need no more than what the last one fetched.
    """

    def __init__(self, similarities: Any, start: np.ndarray, each: Any, threads: int) -> None:
        from scipy.special import xlogy

        order = _along(start)
        self._place = np.argsort(order)  # of each point in that order
        self._points = np.ascontiguousarray(start[order], np.float32)
        self._moved = np.empty_like(self._points)
        self._updates, self._gains = np.zeros_like(self._points), np.ones_like(self._points)
        rows = similarities[order]
        others, weights = self._place.astype(np.uint32)[rows.indices], rows.data.astype(np.float32)
        self._edges: Any = (rows.indptr.astype(np.int64), others, weights)
        self._entropy = float(xlogy(rows.data, rows.data).sum())
        self._repulsion = Repulsion(len(start), each, threads)
        self._each, self._parts = each, parts(len(start), BLOCKS)

    @property
    def positions(self) -> np.ndarray:
        """Where the points are now, (n, 2) float32."""
        return self._points[self._place]

    def go(self, iterations: int, exaggeration: float, rate: float, before: int, heard: Any) -> bool:
        """Move the points so many times, or (False) until the listener has had enough; it hears of every tenth time.

        ``before`` are the iterations of the phases before this one, which it counts too.
        """
        for iteration in range(1, iterations + 1):
            total = self._repulsion.of(self._points)
            if iteration % EVERY == 0 and not heard(before + iteration, self._loss(total), self.positions):
                return False
            self._move(exaggeration, rate, total)
        return True

    def loss(self) -> float:
        """The Kullback–Leibler divergence of the present positions."""
        return self._loss(self._repulsion.of(self._points))

    def _move(self, exaggeration: float, rate: float, total: float) -> None:
        factors = np.array([exaggeration, rate, 1.0 / total], np.float32)
        state = (self._points, self._moved, self._updates, self._gains, self._repulsion.forces)
        self._each(lambda part: kernels.step(*self._edges, *state, factors, part[0], part[1]), self._parts)
        kernels.centre(self._moved)
        self._points, self._moved = self._moved, self._points

    def _loss(self, total: float) -> float:
        return self._entropy + float(sum(self._each(self._stretched, self._parts))) + float(np.log(total))

    def _stretched(self, part: tuple[int, int, int]) -> float:
        """Σ p log(1 + d²) over the edges of these points; numpy takes many logarithms at once."""
        starts, others, weights = self._edges
        first, last = starts[part[0]], starts[part[1]]
        far = np.empty(last - first, np.float32)
        kernels.stretched(starts, others, self._points, part[0], part[1], far)
        return float(kernels.weighed(weights[first:last], np.log(far, out=far)))


def warm() -> None:
    """Compile every loop, or load what was compiled, on one thread."""
    from scipy.sparse import csr_matrix

    ring = np.eye(8, k=1) + np.eye(8, k=-1)
    with crew(len(ring), 1) as (each, threads):
        descent = Descent(csr_matrix(ring / ring.sum()), np.random.default_rng(0).normal(size=(8, 2)), each, threads)
        descent.go(1, 1.0, 1.0, 0, lambda *heard: True)
        descent.loss()
        Repulsion(len(ring), each, threads, exact=False).of(descent.positions)


def _along(start: np.ndarray) -> np.ndarray:
    """Numbers of the points along a curve that fills the plane (Morton 1966), so that near ones mostly follow each other."""
    extent = np.ptp(start, axis=0).max() or 1.0
    cells = ((start - start.min(axis=0)) / extent * 255).astype(np.int64)
    bits = np.arange(8)
    codes = (((cells[:, :, None] >> bits) & 1) << (2 * bits + np.arange(2)[:, None])).sum(axis=(1, 2))
    return np.argsort(codes, kind="stable")


@contextmanager
def crew(n: int, threads: int) -> Iterator[tuple[Any, int]]:
    """``each(function, parts)`` → results in order, for n points, and the number of threads that it uses."""
    if n < SMALL or threads < 2:
        yield (lambda function, pieces: [function(piece) for piece in pieces]), 1
        return
    with ThreadPoolExecutor(threads) as pool:
        yield (lambda function, pieces: list(pool.map(function, pieces))), threads
