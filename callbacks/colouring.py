"""What the points of the map look like: colours by one trait of the rows, size or shape by a second."""

from __future__ import annotations

from typing import Any

import numpy as np

from callbacks.house import House
from layouts import figures
from pipeline import traits
from pipeline.results import Clusters

CLASSES = 36  # different words that get a colour of their own
SIZES = (0.55, 1.6)  # of the lowest and the highest number, beside the usual size

Colours = tuple[np.ndarray, list[str], list[str]]


def colours(house: House, drawn: dict[str, Any], n: int) -> Colours:
    """Code of every row (-1 for none), and the names and colours of the codes."""
    logarithmic = bool((drawn.get("look") or {}).get("logarithmic"))
    by = str(drawn.get("by") or ("cluster" if drawn["clusters"] else "label"))
    found = trait(house, drawn, by, n, CLASSES) or trait(house, drawn, "label", n)
    if found is None:
        return np.zeros(n, np.int32), ["all rows"], figures.palette(1)
    if found.values is not None:
        return figures.steps(found.values, logarithmic=logarithmic)
    return found.codes, list(found.names), figures.palette(len(found.names))


def second(house: House, drawn: dict[str, Any], n: int) -> tuple[np.ndarray | None, np.ndarray | None, list[str]]:
    """Size of every point beside the usual one, or its shape's number, or neither; and words for the legend."""
    by = str((drawn.get("look") or {}).get("second") or "none")
    found = trait(house, {**drawn, "clusters": drawn.get("beside")}, by, n, len(figures.SHAPES)) if by != "none" else None
    if found is None:
        return None, None, []
    if found.values is None:
        found = traits.largest(found, len(figures.SHAPES))
        shapes = [f"{figures.MARKS[code]} {name}" for code, name in enumerate(found.names)]
        return None, np.where(found.codes < 0, len(figures.SHAPES), found.codes), [f"Shape, {found.title}:", *shapes]
    finite = np.isfinite(found.values)
    if not finite.any():
        return None, None, []
    low, high = float(found.values[finite].min()), float(found.values[finite].max())
    share = np.where(finite, (np.nan_to_num(found.values) - low) / ((high - low) or 1.0), 0.0)
    return SIZES[0] + (SIZES[1] - SIZES[0]) * share, None, [f"Size, {found.title}: {low:.4g} to {high:.4g}"]


def trait(house: House, drawn: dict[str, Any], by: str, n: int, most: int = 500) -> traits.Trait | None:
    """What tells the rows apart, of the dataset and the groups that are drawn; None when they have no such trait."""
    groups = None
    if drawn["clusters"]:
        house.mine(drawn["clusters"])
        groups = house.store.get(drawn["clusters"])
    dataset = house.dataset(drawn["dataset"])
    return traits.trait(dataset, by, groups if isinstance(groups, Clusters) and len(groups.labels) == n else None, most)
