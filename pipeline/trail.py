"""The way a map took: a few of the frames that it was reported in, kept so that a person can watch it again."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS = 10_000  # maps of more rows keep no trail
FRAMES = 40  # frames kept, evenly over the run


class Trail:
    """Hears a run's progress, passes it on, and keeps the first frame of every fortieth of the run.

    Which frames are reported in between depends on the clock; the first of each part does not.
    """

    def __init__(self, report: Any) -> None:
        self._report = report
        self._kept: list[np.ndarray] = []
        self._part = -1

    def report(self, fraction: float, note: str = "", positions: np.ndarray | None = None) -> None:
        """Take one report."""
        part = int(fraction * FRAMES + 1e-9)
        if positions is not None and len(positions) <= ROWS and part > self._part:
            self._part = part
            self._kept.append(np.array(positions, np.float32))
        self._report(fraction, note, positions)

    def frames(self) -> np.ndarray:
        """The frames (t, n, 2 or 3) int16, each moved to its middle and scaled to ±32767 by its own greatest extent."""
        return np.array([quantised(frame) for frame in self._kept], np.int16) if self._kept else np.empty((0, 0, 0), np.int16)


def quantised(positions: np.ndarray) -> np.ndarray:
    """Positions (n, 2 or 3) int16 in ±32767, moved to the middle and divided by their own greatest extent."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    share = (positions - (low + high) / 2) / max(float((high - low).max()) / 2, 1e-12)
    return np.asarray(np.round(share * 32767), "<i2")
