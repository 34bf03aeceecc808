"""Which rows pass what a person asked to see alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline import finding, traits
from pipeline.results import Clusters, Dataset, Problem

WHOLE = 1e15  # up to here double precision holds every whole number
MOST = 60  # classes that can be told apart; of more words the rarest share one name
NONE = ""  # the name that stands for rows in no class: noise, no label, no value

Filter = dict[str, Any]


def passing(dataset: Dataset, asked: Filter, clusters: Clusters | None = None, rows: np.ndarray | None = None) -> np.ndarray:
    """Mask (n,) of the rows that pass one filter.

    ``asked["by"]`` is ``words`` (with ``words``), ``rows`` (those of a stored choice), or a trait of the rows, with
    ``names`` of classes or the lowest and highest number, ``low`` and ``high``, either of which may be None. A number
    that is missing passes no range. Raises Problem when the data have no such trait.
    """
    n = len(dataset.rows)
    if asked["by"] == "words":
        return _of(finding.find(dataset, asked["words"]).rows, n)
    if asked["by"] == "rows":
        return _of(rows if rows is not None else np.empty(0, np.int32), n)
    trait = traits.trait(dataset, asked["by"], clusters, MOST)
    if trait is None:
        raise Problem(f"The data have no {asked['by'].removeprefix(traits.COLUMN)} to choose rows by. Take this filter away.")
    if trait.values is None:
        codes = [code for code, name in enumerate(trait.names) if name in asked.get("names", ())]
        return np.isin(trait.codes, [*codes, *([-1] if NONE in asked.get("names", ()) else [])])
    low, high = (trait.values.dtype.type(end) for end in (_or(asked.get("low"), -np.inf), _or(asked.get("high"), np.inf)))
    with np.errstate(invalid="ignore"):
        return np.asarray((trait.values >= low) & (trait.values <= high))


def said(asked: Filter) -> str:
    """A filter in a few words."""
    if asked["by"] == "words":
        return f"holds “{asked['words']}”"
    if asked["by"] == "rows":
        return f"{asked['count']:,} chosen {'row' if asked['count'] == 1 else 'rows'}"
    title = str(asked["by"]).removeprefix(traits.COLUMN)
    title = {"hand": "label by hand"}.get(title, title)
    if "names" in asked:
        return f"{title}: " + " or ".join(name or "none" for name in asked["names"])
    low, high = asked.get("low"), asked.get("high")
    if low is None or high is None:
        return f"{title} ≥ {_number(low)}" if high is None else f"{title} ≤ {_number(high)}"
    return f"{title}: {_number(low)} to {_number(high)}"


def _number(value: Any) -> str:
    """A number as a person wrote it: a whole one with all its digits."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < WHOLE else f"{value:.6g}"


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _of(rows: np.ndarray, n: int) -> np.ndarray:
    mask = np.zeros(n, bool)
    mask[rows] = True
    return mask
