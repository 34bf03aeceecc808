"""A zip or a folder of pictures → Dataset: one row of pixels for each, and beside them the pictures as they are shown."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading import archives, folders, picture_words
from pipeline.loading.decoding import Unreadable, decoded, encoded, fitted
from pipeline.loading.limits import Limits
from pipeline.loading.matrix import Matrix, key_of
from pipeline.loading.members import Contents
from pipeline.loading.picture_sizes import Plan, planned
from pipeline.loading.profile import column_of
from pipeline.loading.sorting import Found, Sorted, sorted_out
from pipeline.loading.targets import target_of
from pipeline.loading.values import Values
from pipeline.results import Dataset, Notice, Role, Target

FEW = 50  # different folders that are classes, however few pictures lie in each
OFTEN = 25  # pictures between two notes


@dataclass
class Read:
    """What decoding gave: ``rows`` (n, h, w[, 3]) uint8, and a list entry for each picture that could be read."""

    rows: np.ndarray
    names: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    shown: list[tuple[bytes, str]] = field(default_factory=list)
    traits: Counter[str] = field(default_factory=Counter)
    lost: list[int] = field(default_factory=list)  # numbers of those that turned out to be unreadable


def dataset_of(file: Path, name: str, choices: dict[str, Any], root: str, limits: Limits, report: Any) -> Dataset:
    """The dataset of the pictures in a zip or a folder; raises Problem when there are none."""
    with _opened(file, name) as held:
        found = sorted_out(held, name, limits, report)
        picture_words.check(found, name, file.is_dir())
        plan = planned([each.header for each in found.pictures], name, choices, limits)
        read = _read(found, plan, report)
    picture_words.check_read(read.names, found, name)
    return _put_together(name, found, read, plan, choices, root)


@contextmanager
def _opened(file: Path, name: str) -> Iterator[Contents]:
    """What a zip or a folder holds, as long as it may be read."""
    if file.is_dir():
        yield folders.contents(file, name)
        return
    with zipfile.ZipFile(file) as archive:
        yield archives.contents(archive, name)


def _read(found: Sorted, plan: Plan, report: Any) -> Read:
    """Every picture decoded, those that cannot be are added to the unreadable."""
    count = len(found.pictures)
    rows = np.empty((count, plan.height, plan.width, *((3,) if plan.colour else ())), np.uint8)
    made, unreadable, before = Read(rows), [], 0
    for number, each in enumerate(found.pictures):
        if number % OFTEN == 0:
            report(0.1 + 0.85 * number / count, f"Reading picture {number:,} of {count:,}")
        try:
            _take(made, each, plan, rows, number - before)
        except Unreadable as error:
            before += 1
            unreadable.append((each.member.name, str(error), number))
    made.rows = rows[: count - before]
    made.lost = _places(found.unreadable, [number for _, _, number in unreadable])
    found.unreadable = [*found.unreadable, *unreadable]
    if plan.colour and all((made.rows[..., 0] == made.rows[..., other]).all() for other in (1, 2)):
        made.rows = np.ascontiguousarray(made.rows[..., 0])
    return made


def _take(made: Read, each: Found, plan: Plan, rows: np.ndarray, at: int) -> None:
    try:
        with each.member.open() as handle:
            data = handle.read(each.member.size)  # what is more would be unpacked before it is found out
    except MemoryError:
        raise
    except Exception:  # zip and disk raise nearly anything for what is damaged
        raise Unreadable("damaged or cut off") from None
    picture = decoded(data, each.kind, plan.kept)
    rows[at], border = fitted(picture.image, (plan.width, plan.height), plan.colour)
    made.names.append(each.member.name)
    made.sizes.append((picture.width, picture.height))
    made.shown.append(encoded(picture))
    made.traits.update([*picture.traits, *(["border"] if border else [])])
    made.traits["reduced"] += max(picture.width, picture.height) > plan.kept


def _places(unreadable: list[tuple[str, str, int]], later: list[int]) -> list[int]:
    """Numbers of all unreadable pictures among all pictures, from how many good headers stand before each."""
    early = [before for _, _, before in unreadable]
    places = [before + number for number, before in enumerate(early)]
    return sorted([*places, *(number + sum(before <= number for before in early) for number in later)])


def _put_together(name: str, found: Sorted, read: Read, plan: Plan, choices: dict[str, Any], root: str) -> Dataset:
    labels, label_notices = _labels(read.names, choices)
    n, *shape = read.rows.shape
    rows = np.ascontiguousarray(read.rows.reshape(n, -1))
    columns, target = _columns(read, labels)
    notices = [*picture_words.notices(found, read, plan, len(shape) == 3), *label_notices, *_repeated(rows)]
    details = {"root": root, "choices": choices, "file_rows": n + len(read.lost)}
    if read.lost:
        details["left_rows"] = read.lost
    originals = pl.DataFrame({"bytes": [one for one, _ in read.shown], "kind": [kind for _, kind in read.shown]})
    table = pl.DataFrame({values.name: values.series for values, _ in columns})
    return Dataset(
        name, "image", rows, tuple(column_of(values, role) for values, role in columns), table,
        key_of(rows, ["picture", *map(str, shape)], root),
        target, tuple(shape), tuple(notices), details, originals,
    )  # fmt: skip


def _labels(names: list[str], choices: dict[str, Any]) -> tuple[pl.Series | None, list[Notice]]:
    """The folder of each picture when there are two or more, without what all paths share; null where there is none."""
    paths = [name.split("/")[:-1] for name in names]
    while all(paths) and len({path[0] for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    outer = choices.get("picture_label") == "outer"
    labels = [(path[0] if outer else path[-1]) if path else None for path in paths]
    if len({label for label in labels if label is not None}) < 2:
        return None, []
    series = pl.Series("folder", labels, dtype=pl.String)
    deeper = any(len(path) > 1 and path[0] != path[-1] for path in paths)
    return series, picture_words.labelled(series, deeper, outer, _classes(series))


def _classes(labels: pl.Series) -> bool:
    """Whether the folders are classes and do not just keep the pictures apart."""
    return labels.n_unique() <= max(FEW, len(labels) // 2)


def _columns(read: Read, labels: pl.Series | None) -> tuple[list[tuple[Values, Role]], Target | None]:
    """What is known of each picture beside its pixels, and the label."""
    widths, heights = zip(*read.sizes, strict=True)
    columns: list[tuple[Values, Role]] = [(Values("file", "text", pl.Series("file", read.names)), "id")]
    target = None
    if labels is not None:
        target = target_of(labels, "folder") if _classes(labels) else None
        columns.append((Values("folder", "category", labels), "target" if target else "hover"))
    for title, sides in (("width", widths), ("height", heights)):
        columns.append((Values(title, "number", pl.Series(title, sides, dtype=pl.Int32)), "hover"))
    return columns, target


def _repeated(rows: np.ndarray) -> list[Notice]:
    repeated = Matrix(rows, [], None, []).duplicates()
    return [picture_words.repeated(repeated)] if repeated else []
