"""The map that stands in the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.algorithm import Algorithm
from pipeline.results import Dataset, Map, Problem, silent


def run(dataset: Dataset, *, report: Any = silent) -> Map:
    """Positions (n, 2 or 3) from the dataset's position columns; raises Problem when they are no map."""
    names = list(dataset.details.get("positions") or dataset.named("position"))
    if len(names) not in (2, 3):
        raise Problem(
            f"A map in the file needs two or three position columns and there are {len(names)}. "
            "Give columns the role position, or choose another map."
        )
    report(0.0, "Reading positions from the file")
    positions = np.column_stack([dataset.column(name).cast(float).to_numpy() for name in names]).astype(np.float32)
    missing = np.flatnonzero(~np.isfinite(positions).all(axis=1))
    if len(missing):
        raise Problem(
            f"Row {missing[0] + 1:,} has no position in {', '.join(names)} ({len(missing):,} such rows). "
            "Fill the positions or choose another map."
        )
    return Map(np.ascontiguousarray(positions), details={"columns": names})


GIVEN = Algorithm(
    "given", "From the file", run, (), ("dataset",),
    whole_table=True,
    explain=(
        "The file already holds a position for every sample, and the map shows just these. "
        "Nothing is computed, so it appears at once. "
        "Positions come from the columns with the role position, two for a flat map and three for space. "
        "How they were made is not known here, so neither is how far to trust them. "
        "The share of neighbours kept tells how well they fit the features in the same file."
    ),
)  # fmt: skip
