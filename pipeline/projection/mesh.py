"""Repulsion of t-SNE on the plane: the slope of one potential that all points share.

With K = 1 / (1 + d²), the repulsion of point i is (1/Z) Σ K²(y_i − y_j). The slope of Σ K at y_i is
−2 Σ K²(y_i − y_j), so half of it, reversed, is the repulsion; and Z is the sum of the potential
over all points, each one's own share taken off. One convolution gives both: the points are spread
onto a mesh, the mesh is convolved with K by one forward and one inverse Fourier transform, and
potential and slope are gathered at the points (Hockney, Eastwood: Computer simulation using
particles, 1988). Few points are summed pair by pair.

All sums run over a fixed number of blocks in their order, so that any number of threads gives the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.projection import kernels

STEP = 0.4  # spacing of the mesh: at most 3 % of error in the forces
LEAST = 1e-3  # of Z, per point on the mesh: below it what is left is rounding
CELLS = 1024  # cells along an axis, at most: where points flew far apart the spacing doubles instead
MARGIN = 3  # cells around the points
EXACT = 5000  # points up to which every pair is summed
BLOCKS = 4  # meshes that points are spread on, then added


class Repulsion:
    """The repulsion of n points from each other, ready to be asked for again and again.

    ``each(function, parts)`` runs a function over parts of the work, maybe on several threads;
    ``threads`` are those of the Fourier transforms; ``exact`` sums every pair, or none, whatever n.
    """

    def __init__(self, n: int, each: Any, threads: int, exact: bool | None = None) -> None:
        self._exact = n <= EXACT if exact is None else exact
        self.forces = np.empty((n, 2), np.float32)
        self._each, self._threads = each, threads
        self._parts = parts(n, BLOCKS)
        self._shape, self._step = (0, 0), 0.0
        self._charges = np.empty((0, 0, 0), np.float32)
        self._green = np.empty((0, 0), np.float32)

    def of(self, positions: np.ndarray) -> float:
        """Z of these positions (n, 2) float32; ``forces`` (n, 2) float32 holds Σ K²(y_i − y_j) of each point then."""
        if self._exact:
            across, down = np.ascontiguousarray(positions.T)
            totals = self._each(lambda part: kernels.pairs(across, down, part[0], part[1], self.forces), self._parts)
            return float(sum(totals))
        low, step = self._lay(positions)
        charges = self._charges
        self._each(lambda part: kernels.spread(positions, low, step, part[0], part[1], charges[part[2]]), self._parts)
        potential = self._convolved()
        totals = self._each(
            lambda part: kernels.gather(positions, low, step, part[0], part[1], potential, self.forces), self._parts
        )
        return max(float(sum(totals)) - len(positions), LEAST * len(positions))

    def _lay(self, positions: np.ndarray) -> tuple[np.ndarray, np.float32]:
        """Lower corner and spacing of a mesh in which all points lie; the kernel is kept while the mesh has its size."""
        left, right, bottom, top = kernels.extent(positions)
        wanted = max(1.0, (right - left) / (CELLS * STEP), (top - bottom) / (CELLS * STEP))
        step = STEP * 2 ** np.ceil(np.log2(wanted))
        height, width = (_fast(int(length / step) + 2 * MARGIN + 2) for length in (right - left, top - bottom))
        if (height, width, step) != (*self._shape, self._step):
            self._shape, self._step = (height, width), step
            self._charges = np.empty((BLOCKS, height, width), np.float32)
            self._green = _green(self._shape, step)
        return np.array([left, bottom], np.float32) - np.float32(MARGIN * step), np.float32(step)

    def _convolved(self) -> np.ndarray:
        """The potential on the mesh: the charges convolved with K, nothing coming round the edges."""
        from scipy.fft import fft, ifft, irfft, rfft

        height, width = self._shape
        threads = self._threads
        charges = self._charges[0]
        for other in self._charges[1:]:
            charges += other
        wide = fft(rfft(charges, 2 * width, axis=1, workers=threads), 2 * height, axis=0, workers=threads)
        wide *= self._green
        back = ifft(wide, axis=0, overwrite_x=True, workers=threads)[:height]
        return np.ascontiguousarray(irfft(back, 2 * width, axis=1, workers=threads)[:, :width])


def parts(n: int, count: int) -> list[tuple[int, int, int]]:
    """From where, to where, and the number of so many equal parts of n rows."""
    edges = [n * number // count for number in range(count + 1)]
    return [(edges[number], edges[number + 1], number) for number in range(count)]


def _fast(length: int) -> int:
    """A length at least this, whose double has a quick transform; in large steps, so that a kernel lasts."""
    from scipy.fft import next_fast_len

    step = 16 if length < 256 else 32
    return int(next_fast_len(-(-length // step) * step, real=True))


def _green(shape: tuple[int, int], step: float) -> np.ndarray:
    """Transform (2 height, width + 1) float32 of K on the mesh, made so that spreading and gathering err least.

    K is even in both directions, so a quarter of it is transformed, by cosines.
    """
    from scipy.fft import dctn

    down, right = (step * np.arange(length + 1, dtype=np.float32) for length in shape)
    height, width = (_sharpened(np.arange(length + 1) / (2 * length)) for length in shape)
    quarter = dctn(1 / (1 + down[:, None] ** 2 + right**2), type=1) * height[:, None] * width
    return np.concatenate([quarter, quarter[-2:0:-1]], dtype=np.float32)


def _sharpened(frequencies: np.ndarray) -> Any:
    """What undoes two cubic B-splines at these frequencies, per node, with least error (Hockney, Eastwood, chapter 8)."""
    aliases = np.sinc(frequencies + np.arange(-3, 4)[:, None]) ** 8
    return aliases[3] / aliases.sum(axis=0) ** 2
