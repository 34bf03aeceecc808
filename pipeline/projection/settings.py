"""Settings and the pacing of frames that the projections share."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from pipeline.algorithm import Parameter

DIMENSIONS = Parameter(
    "dimensions", "choice", 2, "Dimensions",
    "Flat maps are easier to read; a third dimension can pull apart what overlaps.",
    choices=((2, "2-D"), (3, "3-D")),
)  # fmt: skip
SEED = Parameter(
    "seed", "integer", 0, "Seed",
    "Where chance starts: the same seed gives the same map, another seed shows what is chance.",
    low=0, high=2**31 - 1, usual=False,
)  # fmt: skip

PAUSE = 0.2  # seconds between two frames, at least
FRAMES = 40  # frames in any run, however short


class Frames:
    """Tells a listener of a run's progress: often enough to look alive, never a flood."""

    def __init__(self, report: Any, total: int) -> None:
        self.report = report
        self.total = max(1, total)
        self._shown, self._when = 0, 0.0

    def show(self, done: int, note: str, positions: np.ndarray) -> None:
        """Tell that so many steps are done, with a float32 copy of the positions, if it is time."""
        behind = done * FRAMES // self.total > self._shown * FRAMES // self.total
        if behind or time.monotonic() - self._when >= PAUSE:
            self._shown, self._when = done, time.monotonic()
            self.report(done / self.total, note, np.array(positions, np.float32))
