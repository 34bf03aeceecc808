"""What the clusterers share: what they work on, how their labels are numbered, how firmly rows belong."""

from __future__ import annotations

import numpy as np

from pipeline.algorithm import Parameter
from pipeline.results import Features, Map

BLOCK = 8192  # rows compared at once

ON = Parameter(
    "on", "choice", "features", "Group by",
    "Features group by the data itself; on the map groups follow what you see, with the map's distortions.",
    choices=(("features", "Features"), ("map", "Map")),
)  # fmt: skip


def points(source: Features | Map) -> np.ndarray:
    """The coordinates (n, d) float32 to group by."""
    return source.positions if isinstance(source, Map) else source.values


def by_size(labels: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Labels (n,) int32 numbered 0, 1, … by falling size (equal sizes by first row), −1 kept; and the sizes."""
    names, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    number = np.full(int(names.max(initial=-1)) + 2, -1, np.int32)  # the last place is for −1
    number[names[order]] = np.arange(len(names))
    return number[labels], sizes[order].tolist()


def margin(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Margin (n,) float32 in [0, 1] between the nearest and the second nearest of the distinct centres."""
    centres = np.unique(centres, axis=0)
    if len(centres) < 2:
        return np.ones(len(values), np.float32)
    found = np.empty(len(values), np.float32)
    for start in range(0, len(values), BLOCK):
        part = values[start : start + BLOCK]
        apart = np.stack([np.linalg.norm(part - centre, axis=1) for centre in centres], axis=1)
        apart.partition(1, axis=1)
        found[start : start + BLOCK] = 1.0 - apart[:, 0] / np.maximum(apart[:, 1], np.finfo(np.float32).tiny)
    return found
