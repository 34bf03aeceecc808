"""Files → Dataset: tables, labels and pictures, with a word on everything that had to be decided or mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.loading.child import load_bounded
from pipeline.loading.folders import fingerprint, has_pictures, touched
from pipeline.loading.limits import Limits, bound_process
from pipeline.results import Dataset, Problem, Role, silent

__all__ = [
    "Limits", "bound_process", "fingerprint", "has_pictures", "load", "load_bounded", "touched", "with_labels", "with_roles",
]  # fmt: skip


def load(file: Path, name: str, *, choices: dict[str, Any], root: str, limits: Limits, report: Any = silent) -> Dataset:
    """The dataset that a file, or a zip or a folder of pictures, holds, read in this process; raises Problem.

    ``choices`` are decisions that a person took instead of ours: encoding, delimiter, decimal, header, skip, sheet,
    missing, fill, constant, picture, quotes, short_rows, long_rows, target, ``role:NAME``, ``type:NAME``; of pictures
    picture_size, picture_colour, picture_label. ``root`` enters the key of the rows.
    """
    from pipeline.loading import building, files, kinds, pictured

    report(0.0, f"Reading {name}")
    try:
        if kinds.kind_of(file, name, limits) == "pictures":
            return pictured.dataset_of(file, name, choices, root, limits, report)
        sheet = files.sheet_of(file, name, choices, limits, report)
        return building.dataset_of(sheet, name, choices, root, limits, report)
    except MemoryError:
        raise Problem(f"{name} needs more memory than there is. Take a sample of its rows or leave columns out.") from None


def with_labels(
    dataset: Dataset, file: Path, name: str, *, choices: dict[str, Any], limits: Limits, report: Any = silent
) -> Dataset:
    """The dataset with the labels of a separate file, one for each row; raises Problem when the counts differ.

    Of ``choices`` those count that begin with ``labels_`` (encoding, delimiter, header, kind).
    """
    from pipeline.loading import labels

    return labels.with_labels(dataset, file, name, choices, limits, report)


def with_roles(dataset: Dataset, roles: dict[str, Role]) -> Dataset:
    """The dataset with other roles for some columns; its rows and their key change only when the features do."""
    from pipeline.loading import building

    return building.with_roles(dataset, roles)
