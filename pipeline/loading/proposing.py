"""Proposes a role for every column, by name, values and place."""

from __future__ import annotations

from typing import Any

from pipeline.loading.derived import offered
from pipeline.loading.identity import counts_rows, identifiers, row_numbers, words_of_embedding
from pipeline.loading.labelled import LABELS, few_numbers, label_of_pictures, lone_words, named_labels, scores
from pipeline.loading.roles import Roles, numeric
from pipeline.loading.values import Values
from pipeline.results import Notice, Option, Role

MAPS = (("map_x", "map_y", "map_z"), ("x", "y", "z"))  # of our exports, and of others


def proposed(columns: list[Values], choices: dict[str, Any], heading: bool, ours: bool) -> Roles:
    """A role for every column: chosen or proposed; ``ours`` marks our own exports."""
    roles = Roles(columns, choices, heading, ours)
    for decide in (
        positions, words_of_embedding, row_numbers, named_labels, label_of_pictures, identifiers, few_numbers, lone_words, scores,
    ):  # fmt: skip
        decide(roles)
    asked = offered([column for column in roles.open() if not numeric(column)], choices)
    roles.finish(asked)
    return roles


def positions(roles: Roles) -> None:
    """Columns that are a map: ours by their names; x, y[, z] when there are no other numbers, else as a question."""
    for wanted in MAPS:
        found = _beside_each_other(roles, wanted)
        if not found:
            continue
        names = [column.name for column in found]
        if wanted == MAPS[1] and _other_numbers(roles, found):
            words = f"Columns {', '.join(names)} could be a map; they are read as features."
            option = Option("They are a map", {f"role:{name}": "position" for name in names})
            roles.notices.append(Notice("positions", words, len(names), (option,), asks=True))
        else:
            role: Role = "position" if _other_numbers(roles, found) else "feature"
            roles.roles.update(dict.fromkeys(names, role))
            roles.details["positions"] = names
            words = f"Columns {', '.join(names)} are a map, which can be shown as it is."
            roles.notices.append(Notice("positions", words, len(names)))
        return


def _beside_each_other(roles: Roles, wanted: tuple[str, ...]) -> list[Values]:
    """The two or three columns of these names when they stand in this order, are numbers and not decided."""
    called = [roles.called[column.name] for column in roles.columns]
    if wanted[0] not in called:
        return []
    start = called.index(wanted[0])
    found = [column for column, name, want in zip(roles.columns[start:], called[start:], wanted, strict=False) if name == want]
    fits = 2 <= len(found) == sum(name in called for name in wanted)
    fits = fits and not {column.name for column in found} & roles.chosen
    return found if fits and all(column.kind == "number" for column in found) else []


def _other_numbers(roles: Roles, found: list[Values]) -> bool:
    """Whether there are columns besides these that can be features."""
    rest = [column for column in roles.open() if column not in found and column.kind == "number"]
    return any(not counts_rows(column) and not column.unnamed and roles.called[column.name] not in LABELS for column in rest)
