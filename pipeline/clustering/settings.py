"""What the clusterers share: what they work on, and how their labels are numbered."""

from __future__ import annotations

import numpy as np

from pipeline.algorithm import Parameter
from pipeline.results import Features, Map

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
