"""What the stages make: frozen results with read-only arrays, and the one expected error."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import polars as pl

Role = Literal["feature", "target", "group", "id", "text", "hover", "position", "left out"]
ROLES: tuple[Role, ...] = ("feature", "target", "group", "id", "text", "hover", "position", "left out")


class Problem(Exception):
    """The one expected error: a sentence for the user.

    It says what was wrong (file, row, column, value), what is allowed and what to do. ``options``
    are the ways out that need no other file: loading choices that a person can pick at once.
    """

    def __init__(self, sentence: str = "", options: tuple[Option, ...] = ()) -> None:
        super().__init__(sentence)
        self.options = options


@dataclass(frozen=True)
class Option:
    """One answer to a notice: its words, and the loading choices that it stands for."""

    label: str
    choices: dict[str, Any]


@dataclass(frozen=True)
class Notice:
    """One repair or decision that loading made, in words, with how to decide otherwise.

    ``options`` are the *other* answers; an empty tuple means that there is nothing to choose.
    ``asks`` marks a real ambiguity: the page shows it as a question, with what was done as the
    proposed answer.
    """

    code: str
    text: str
    count: int = 0
    options: tuple[Option, ...] = ()
    asks: bool = False


@dataclass(frozen=True)
class Column:
    """One column of the table as it was understood, with the figures of the preview.

    ``kind`` is what the values are: number, category, text, date or flag. The figures are
    ``None`` for columns that are not numbers; ``histogram`` holds the counts of equal bins between
    ``low`` and ``high``, or, for categories, of the most frequent values (``top``).
    """

    name: str
    role: Role
    kind: str
    count: int = 0
    missing: int = 0
    mean: float | None = None
    deviation: float | None = None
    low: float | None = None
    quartiles: tuple[float, float, float] | None = None
    high: float | None = None
    histogram: tuple[int, ...] = ()
    top: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Target:
    """What the rows are labelled with: classes (``codes``, ``names``) or a number (``values``)."""

    name: str
    kind: Literal["class", "number"]
    codes: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))  # (n,) int32, -1 = no label
    names: tuple[str, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.empty(0))  # (n,) float64 (float32 if the file's are), NaN = no label


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table, texts or pictures, with everything that the file held.

    ``rows`` are the feature columns, (n, d), float32 or (for byte-sized whole numbers) uint8;
    ``picture`` is (height, width) or (height, width, channels) when a row is a flattened picture,
    otherwise empty. ``table`` holds every original column and value. ``rows_key`` names the rows
    and feature columns alone: a label or a role added later leaves it as it was. ``originals`` are
    the pictures as they are shown, for rows that were picture files: ``bytes`` and media type
    (``kind``) of each; the pixels of such rows are no columns of ``table``.
    """

    name: str
    kind: Literal["numeric", "text", "image"]
    rows: np.ndarray
    columns: tuple[Column, ...]
    table: pl.DataFrame
    rows_key: str
    target: Target | None = None
    picture: tuple[int, ...] = ()
    notices: tuple[Notice, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    originals: pl.DataFrame | None = None

    def column(self, name: str) -> pl.Series:
        """The values of one column of the table, as a series without a name: polars takes some names for patterns."""
        return self.table[name].alias("")

    def named(self, role: Role) -> list[str]:
        """Names of the columns with this role, in the order of the file."""
        return [column.name for column in self.columns if column.role == role]


@dataclass(frozen=True, eq=False)
class Features:
    """``values`` (n, d) float32, finite; ``columns`` (d,); ``details``: e.g. variance kept by PCA."""

    values: np.ndarray
    columns: tuple[str, ...]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Neighbors:
    """Each row's nearest other rows, nearest first, never the row itself.

    ``indices`` (n, k) int32, ``distances`` (n, k) float32; ``recall`` is 1.0 when exact, else the
    measured share of true neighbours.
    """

    indices: np.ndarray
    distances: np.ndarray
    recall: float = 1.0


@dataclass(frozen=True, eq=False)
class Map:
    """``positions`` (n, 2 or 3) float32; ``trace`` (t, 2) float64: iteration and loss.

    ``stopped_at`` is the iteration of a run that a person stopped, ``None`` when it finished.
    ``trail`` (t, n, 2 or 3) int16: frames of the run, each scaled by its own extent; empty for large
    maps. ``details``: iterations, KL divergence, explained variance, whatever the algorithm tells.
    """

    positions: np.ndarray
    trace: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    trail: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0), np.int16))
    stopped_at: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Clusters:
    """``labels`` (n,) int32, -1 = noise, else 0, 1, … by falling size; ``strength`` (n,) float32 in [0, 1].

    ``details["names"]`` holds what a person called some of the groups, by their number as text.
    """

    labels: np.ndarray
    strength: np.ndarray
    details: dict[str, Any] = field(default_factory=dict)

    def named(self) -> list[str]:
        """The name of every group: what a person called it, else Cluster 0, Cluster 1, and so on."""
        given = self.details.get("names", {})
        return [given.get(str(code), f"Cluster {code}") for code in range(int(self.labels.max(initial=-1)) + 1)]


@dataclass(frozen=True, eq=False)
class Scores:
    """Numbers about other results; ``details`` names each, ``per_row`` (n,) float32 may be empty."""

    details: dict[str, Any] = field(default_factory=dict)
    per_row: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))


BY_HAND = "by hand"  # the step of a recipe that begins labels given by hand


@dataclass(frozen=True, eq=False)
class Edit:
    """What a person did by hand, once: ``kind`` is name, merge or gather for groups, rows for a choice of rows.

    ``rows`` (m,) int32 are those that it is about, maybe none; ``source`` is the key of what it was done to;
    ``details`` says how (see ``editing.edited``).
    """

    rows: np.ndarray
    kind: str
    source: str
    details: dict[str, Any] = field(default_factory=dict)


Result = Dataset | Features | Neighbors | Map | Clusters | Scores | Edit


def shape_of(result: Result) -> tuple[int, int]:
    """Rows and columns of a result, which the limits of the next stage's parameters depend on."""
    array = getattr(result, fields(result)[0].name)
    array = result.rows if isinstance(result, Dataset) else array
    if not isinstance(array, np.ndarray):
        return 0, 0
    return array.shape[0], array.shape[1] if array.ndim > 1 else 1


def silent(fraction: float, note: str = "", positions: np.ndarray | None = None) -> None:
    """Report to nobody: the listener when no one listens."""
