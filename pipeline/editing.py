"""What a person did to groups by hand, and the groups that come of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.results import Clusters, Edit, Problem
from pipeline.visible import visible

LONGEST = 60  # letters of a name


def edited(clusters: Clusters, edit: Edit) -> Clusters:
    """The groups after an edit; numbers of groups stay what they were, so that each keeps its colour.

    ``name`` calls the group ``code`` by ``name`` (an empty one takes its name away). ``merge`` gives the rows
    of all ``codes`` to the lowest of them. ``gather`` gives ``rows`` to the group that is called ``name``, or to
    a new one; what a person put there belongs there with a strength of 1. Raises Problem for groups that are not there and
    names that are taken.
    """
    names = dict(clusters.details.get("names", {}))
    labels, strength = np.array(clusters.labels), np.array(clusters.strength)
    if edit.kind == "name":
        code, name = edit.details["code"], clean(edit.details["name"])
        _check(clusters, [code])
        _free(clusters, name, code)
        names = _called(names, code, name)
    elif edit.kind == "merge":
        codes = sorted(edit.details["codes"])
        _check(clusters, codes)
        labels[np.isin(labels, codes)] = codes[0]
        names = {code: name for code, name in names.items() if int(code) not in codes[1:]}
    else:
        code = _code(clusters, clean(edit.details["name"]))
        names = _called(names, code, clean(edit.details["name"]))
        labels[edit.rows], strength[edit.rows] = code, 1.0
    return replace(clusters, labels=labels, strength=strength, details={**clusters.details, "names": names})


def by_hand(n: int) -> Clusters:
    """Groups of n rows that a person has not made yet: every row is in none."""
    return Clusters(np.full(n, -1, np.int32), np.zeros(n, np.float32), {"names": {}})


def clean(name: str) -> str:
    """A name on one line, no longer than can be shown, with nothing hidden in it."""
    return visible(" ".join(str(name).split()))[:LONGEST]


def _code(clusters: Clusters, name: str) -> int:
    """Number of the group with this name, or the next free one."""
    known = clusters.named()
    return known.index(name) if name in known else len(known)


def _free(clusters: Clusters, name: str, code: int) -> None:
    """Raise Problem when another group has this name: they could not be told apart."""
    present = set(clusters.labels.tolist())
    others = {other for number, other in enumerate(clusters.named()) if number != code and number in present}
    if name in others:
        raise Problem(f"Another group is called “{name}” already. Take another name, or tick both groups and merge them.")


def _called(names: dict[str, str], code: int, name: str) -> dict[str, str]:
    rest = {key: value for key, value in names.items() if key != str(code)}
    return rest | ({str(code): name} if name and name != f"Cluster {code}" else {})


def _check(clusters: Clusters, codes: list[int]) -> None:
    known = int(clusters.labels.max(initial=-1))
    wrong = [code for code in codes if not 0 <= code <= known]
    if wrong or not codes:
        raise Problem("One of these groups is no longer there. Find the groups again.")
