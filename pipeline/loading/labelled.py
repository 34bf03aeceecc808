"""Recognises the column that the rows are labelled with."""

from __future__ import annotations

import re

from pipeline.loading.pictures import SHAPES
from pipeline.loading.roles import Roles, numeric
from pipeline.loading.targets import target_of, too_many
from pipeline.loading.values import Values
from pipeline.results import Notice, Option

LABELS = (  # by rank: where several occur, the first is the label
    "label", "labels", "label_by_hand", "class", "classes", "classification", "target", "species", "category", "diagnosis",
    "validity", "anomaly", "outcome", "digit", "y", "cluster", "clusters",
)  # fmt: skip
SCORE = re.compile(r"(.*[ ._-])?(score|price|rating|quality|outcome|response)", re.I)
FEW = 20  # different values that classes of a table without names may have


def named_labels(roles: Roles) -> None:
    """Columns that are named like a label: the first by rank is the label, the others are only shown."""
    first = roles.columns[0]
    if roles.details.get("positions") and first.unnamed and first in roles.open() and not roles.has_target():
        why = "stands before the positions without a name and is read as the label"
        roles.give(first, "target", "label", why, asks=True, others=("feature", "hover"))
    ranked = [column for name in LABELS for column in roles.open() if roles.called[column.name] == name]
    ranked = [column for column in ranked if column.series.null_count() < len(column.series) and not _behind_x(roles, column)]
    for column in filter(lambda column: too_many(column.series), ranked):
        why = f"has {column.series.n_unique():,} different labels, which name the rows; they are shown and colour nothing"
        roles.give(column, "hover", "many labels", why, others=("target",))
    ranked = [column for column in ranked if column in roles.open()]
    rest = [column for column in roles.open() if column not in ranked]
    for column in ranked if roles.ours else ():
        if roles.called[column.name] == "cluster":
            roles.give(column, "hover", "label", "holds the groups of an earlier run and is only shown", others=("target",))
    ranked = [column for column in ranked if column in roles.open()]
    features = any(numeric(column) for column in rest) or "feature" in roles.roles.values()
    if not ranked or not (features or roles.details.get("positions")):
        return
    if not roles.has_target():
        number = target_of(ranked[0].series, ranked[0].name).kind == "number"
        why = "is read as the label, a number" if number else "is read as the label"
        roles.give(ranked.pop(0), "target", "label", why, asks=number, others=("feature", "hover"))
    for column in ranked:
        roles.give(column, "hover", "label", "looks like another label and is only shown", others=("target", "feature"))


def _behind_x(roles: Roles, column: Values) -> bool:
    """Whether it is the y behind an x."""
    names = [other.name for other in roles.columns]
    place = names.index(column.name)
    return roles.called[column.name] == "y" and place > 0 and roles.called[names[place - 1]] == "x"


def label_of_pictures(roles: Roles) -> None:
    """Without names, one column more than a picture has pixels is its label, when it stands first or last."""
    numbers = [column for column in roles.open() if column.kind == "number"]
    if roles.heading or roles.has_target() or len(numbers) - 1 not in SHAPES:
        return
    for column in (numbers[0], numbers[-1]):
        if column.series.dtype.is_integer() and 2 <= column.series.n_unique() <= FEW:
            why = f"stands beside {len(numbers) - 1:,} pixels and is read as the label"
            roles.give(column, "target", "label", why, asks=True, others=("feature", "hover"))
            return


def few_numbers(roles: Roles) -> None:
    """Without names, a last or first column of few different whole numbers is probably the class."""
    numbers = [column for column in roles.open() if column.kind == "number"]
    decided = roles.heading or roles.has_target() or roles.details.get("embedding")
    if decided or len(numbers) < 2 or len(numbers[0].series) < 8:
        return
    counts = {column.name: column.series.drop_nulls().n_unique() for column in numbers}
    for column in (numbers[-1], numbers[0]):
        others = [count for name, count in counts.items() if name != column.name and count > 1]
        few = 2 <= counts[column.name] <= min([FEW, *(count - 1 for count in others)])
        if column.series.dtype.is_integer() and few and others:
            why = f"has only {counts[column.name]} different values and is read as the label"
            roles.give(column, "target", "label", why, asks=True, others=("feature", "hover"))
            return
    option = Option("The last column is a number to be explained", {f"role:{numbers[-1].name}": "target"})
    words = "The columns have no names; all their numbers are read as features."
    roles.notices.append(Notice("no names", words, len(numbers), (option,)))


def lone_words(roles: Roles) -> None:
    """The only column of categories, standing first or last, is probably the label."""
    left = roles.open()
    words = [column for column in left if not numeric(column)]
    if roles.has_target() or roles.ours or len(words) != 1 or len(left) < 2 or words[0].kind != "category":
        return
    if words[0] in (left[0], left[-1]):
        why = "is the only column of words and is read as the label"
        roles.give(words[0], "target", "label", why, asks=True, others=("hover",))


def scores(roles: Roles) -> None:
    """A number that is named like a result is probably to be explained."""
    found: list[Values] = [column for column in roles.open() if column.kind == "number" and SCORE.fullmatch(column.name)]
    if not roles.has_target() and len(found) == 1 and sum(map(numeric, roles.open())) > 1:
        roles.give(found[0], "target", "label", "is read as a number to be explained and is no feature", asks=True)
