"""What each column is for: decided one question after another, every guess told and undoable."""

from __future__ import annotations

from typing import Any, cast

from pipeline.loading.exported import OURS
from pipeline.loading.values import Values
from pipeline.loading.words import listed, quoted
from pipeline.results import ROLES, Notice, Option, Problem, Role

WORDS: dict[Role, str] = {
    "feature": "Use it as a feature",
    "target": "It is the label",
    "hover": "Only show it",
    "id": "It names the rows",
    "position": "They are a map",
}


class Roles:
    """Roles of columns while they are decided; ``notices`` tells each decision.

    ``called`` has the names by which columns are recognised, ``chosen`` the columns that a person decided.
    """

    def __init__(self, columns: list[Values], choices: dict[str, Any], heading: bool, ours: bool) -> None:
        self.columns, self.heading, self.ours = columns, heading, ours
        self.called = {column.name: _called(column.name, ours) for column in columns}
        chosen = {column.name: choices.get(f"role:{column.name}") for column in columns}
        self.roles: dict[str, Role] = {name: checked(role, name) for name, role in chosen.items() if role is not None}
        self.chosen = set(self.roles)
        self.used = {column.name for column in columns if choices.get(f"use:{column.name}")}  # other columns are made from them
        self.notices: list[Notice] = []
        self.details: dict[str, Any] = {}

    def open(self) -> list[Values]:
        """Columns whose role is not decided yet."""
        return [column for column in self.columns if column.name not in self.roles]

    def has_target(self) -> bool:
        """Whether a column is the label already."""
        return "target" in self.roles.values()

    def give(
        self, column: Values, role: Role, code: str, why: str, *, asks: bool = False, others: tuple[Role, ...] = ("feature",)
    ) -> None:
        """Decide a role and tell why, with the other roles as ways to undo it."""
        self.roles[column.name] = role
        possible = [other for other in others if other != "feature" or numeric(column)]
        options = tuple(Option(WORDS[other], {f"role:{column.name}": other}) for other in possible)
        self.notices.append(Notice(code, f"Column {quoted(column.name)} {why}.", 1, options, asks))

    def finish(self, asked: list[Notice]) -> None:
        """Give every open column the usual role: numbers are features, all else is shown; ``asked`` about some of these."""
        offered = {key.removeprefix("use:") for notice in asked for way in notice.options for key in way.choices}
        told = offered | self.used
        silent = [column.name for column in self.open() if not numeric(column) and column.name not in told]
        self.notices += asked
        for column in self.open():
            self.roles[column.name] = "feature" if numeric(column) else "hover"
        if silent:
            self.notices.append(Notice("shown", f"Not numbers and only shown: {listed(silent, 5)}.", len(silent)))
        positions = [name for name, role in self.roles.items() if role == "position"]
        if len(positions) in (2, 3):
            self.details["positions"] = positions


def checked(role: Any, name: str) -> Role:
    """The role, if there is such a role; raises Problem."""
    if role not in ROLES:
        raise Problem(f"{quoted(role)} is not a role for column {quoted(name)}. Roles are {', '.join(ROLES)}.")
    return cast(Role, role)


def numeric(column: Values) -> bool:
    """Whether the values can be a feature."""
    return column.kind in ("number", "flag")


def _called(name: str, ours: bool) -> str:
    """The name in small letters; our exports put a number behind a name that was taken."""
    name = name.strip().lower()
    return OURS.sub(r"\1", name) if ours and OURS.fullmatch(name) else name
