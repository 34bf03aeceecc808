"""The compiled loops of t-SNE on the plane: single precision, no lock held, the same order of sums every time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

MOMENTUM, LEAST_GAIN, LONGEST = 0.8, 0.01, 5.0  # openTSNE's
ONE, TWO, HALF = np.float32(1), np.float32(2), np.float32(0.5)

kernel: Any = njit(nogil=True, cache=True, fastmath=True, error_model="numpy")


@kernel
def extent(points: Any) -> tuple[float, float, float, float]:
    """Least and largest of both coordinates."""
    left, bottom = points[0, 0], points[0, 1]
    right, top = left, bottom
    for i in range(1, len(points)):
        left, right = min(left, points[i, 0]), max(right, points[i, 0])
        bottom, top = min(bottom, points[i, 1]), max(top, points[i, 1])
    return float(left), float(right), float(bottom), float(top)


@kernel
def weights(t: float) -> tuple[Any, ...]:
    """The cubic B-spline at the four nodes around a point that lies t of a cell after the second of them."""
    s, sixth, third = ONE - t, np.float32(1 / 6), np.float32(2 / 3)
    return s * s * s * sixth, third + t * t * (HALF * t - ONE), third + s * s * (HALF * s - ONE), t * t * t * sixth


@kernel
def slopes(t: float) -> tuple[Any, ...]:
    """Derivatives of those four weights, per cell."""
    s, more = ONE - t, np.float32(1.5)
    return -HALF * s * s, t * (more * t - TWO), s * (TWO - more * s), HALF * t * t


@kernel
def spread(points: Any, low: Any, step: Any, first: int, last: int, mesh: Any) -> None:
    """Put a charge of one for each of these points onto the sixteen nodes around it."""
    mesh[:] = 0
    scale = ONE / step
    for i in range(first, last):
        u, v = (points[i, 0] - low[0]) * scale, (points[i, 1] - low[1]) * scale
        row, column = int(u), int(v)
        across = weights(v - np.float32(column))
        down = weights(u - np.float32(row))
        for a in range(4):
            for b in range(4):
                mesh[row - 1 + a, column - 1 + b] += down[a] * across[b]


@kernel
def gather(points: Any, low: Any, step: Any, first: int, last: int, mesh: Any, forces: Any) -> float:
    """The sum of the potential at these points; half its slope, reversed, becomes their forces."""
    scale = ONE / step
    half = -HALF * scale
    total = 0.0
    for i in range(first, last):
        u, v = (points[i, 0] - low[0]) * scale, (points[i, 1] - low[1]) * scale
        row, column = int(u), int(v)
        across, down = weights(v - np.float32(column)), weights(u - np.float32(row))
        sloping, falling = slopes(v - np.float32(column)), slopes(u - np.float32(row))
        potential, x, y = np.float32(0), np.float32(0), np.float32(0)
        for a in range(4):
            here, aslant = np.float32(0), np.float32(0)
            for b in range(4):
                value = mesh[row - 1 + a, column - 1 + b]
                here += value * across[b]
                aslant += value * sloping[b]
            potential += down[a] * here
            x += falling[a] * here
            y += down[a] * aslant
        forces[i, 0], forces[i, 1] = half * x, half * y
        total += potential
    return total


@kernel
def pushed(left: Any, low: Any, across: Any, down: Any) -> tuple[Any, ...]:
    """Force on a point from others, and the sum of K; coordinates lie apart, so that many are added at once."""
    x, y, near = np.float32(0), np.float32(0), np.float32(0)
    for j in range(len(across)):
        right, up = left - across[j], low - down[j]
        k = ONE / (ONE + right * right + up * up)
        near += k
        k *= k
        x += k * right
        y += k * up
    return x, y, near


@kernel
def pairs(across: Any, down: Any, first: int, last: int, forces: Any) -> float:
    """The share of these points in Z, and their forces, every pair summed.

    The point itself is left out, not taken off afterwards: far from all others its own share would be all that is left.
    """
    total = 0.0
    for i in range(first, last):
        before = pushed(across[i], down[i], across[:i], down[:i])
        after = pushed(across[i], down[i], across[i + 1 :], down[i + 1 :])
        forces[i, 0], forces[i, 1] = before[0] + after[0], before[1] + after[1]
        total += before[2] + after[2]
    return total


@kernel
def step(
    starts: Any, others: Any, weights: Any, points: Any, moved: Any, updates: Any, gains: Any, forces: Any,
    factors: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Where these points go next, by the gradient exaggeration × attraction − repulsion / Z."""
    exaggeration, rate, share = factors[0], factors[1], factors[2]
    for i in range(first, last):
        x, y = np.float32(0), np.float32(0)
        for edge in range(starts[i], starts[i + 1]):
            across = points[i, 0] - points[others[edge], 0]
            down = points[i, 1] - points[others[edge], 1]
            pull = weights[edge] / (np.float32(1) + across * across + down * down)
            x += pull * across
            y += pull * down
        slopes = exaggeration * x - share * forces[i, 0], exaggeration * y - share * forces[i, 1]
        for axis in range(2):
            slope, before = slopes[axis], updates[i, axis]
            turned = np.sign(before) != np.sign(slope)
            gain = gains[i, axis] + np.float32(0.2) if turned else gains[i, axis] * np.float32(0.8) + np.float32(LEAST_GAIN)
            updates[i, axis] = np.float32(MOMENTUM) * before - rate * gain * slope
            gains[i, axis] = gain
        length = np.sqrt(updates[i, 0] ** 2 + updates[i, 1] ** 2)
        if length > LONGEST:
            updates[i, 0] *= np.float32(LONGEST) / length
            updates[i, 1] *= np.float32(LONGEST) / length
        moved[i, 0], moved[i, 1] = points[i, 0] + updates[i, 0], points[i, 1] + updates[i, 1]


@kernel
def centre(points: Any) -> None:
    """Move the points so that their mean is zero."""
    x, y = 0.0, 0.0
    for i in range(len(points)):
        x += points[i, 0]
        y += points[i, 1]
    x, y = np.float32(x / len(points)), np.float32(y / len(points))
    for i in range(len(points)):
        points[i, 0] -= x
        points[i, 1] -= y


@kernel
def stretched(starts: Any, others: Any, points: Any, first: int, last: int, far: Any) -> None:
    """1 + d² of the edges of these points, one after another."""
    before = starts[first]
    for i in range(first, last):
        for edge in range(starts[i], starts[i + 1]):
            across = points[i, 0] - points[others[edge], 0]
            down = points[i, 1] - points[others[edge], 1]
            far[edge - before] = ONE + across * across + down * down


@kernel
def weighed(weights: Any, values: Any) -> float:
    """The sum of the values times their weights, in double precision."""
    total = 0.0
    for i in range(len(weights)):
        total += weights[i] * values[i]
    return total
