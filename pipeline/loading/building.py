"""Sheet → Dataset, and Dataset → Dataset with other roles: the only place where a dataset is put together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.loading import exported, labels, matrix, pictures, roles
from pipeline.loading.headings import TOKENS
from pipeline.loading.profile import column_of
from pipeline.loading.proposing import proposed
from pipeline.loading.sheet import Sheet
from pipeline.loading.targets import kinds_told, target_of
from pipeline.loading.values import Values, understood
from pipeline.loading.words import counted
from pipeline.results import Column, Dataset, Notice, Problem, Role, Target

FEATURES = {
    "constant",
    "empty columns",
    "too large",
    "missing",
    "duplicate rows",
    "one column",
    "precision",
}  # notices about the feature columns


def dataset_of(sheet: Sheet, name: str, choices: dict[str, Any], root: str, report: Any) -> Dataset:
    """The dataset of a table, with roles proposed or chosen; raises Problem when there is nothing to map."""
    notices, columns = list(sheet.notices), []
    ours = exported.is_ours(sheet.frame)
    if ours:
        sheet.frame, told = exported.unguarded(sheet.frame)
        notices += told
    missing = tuple(choices.get("missing", TOKENS))
    for series in sheet.frame.iter_columns():
        values, told = understood(series, sheet.row, choices, missing, sheet.decimal)
        values.unnamed = series.name in sheet.unnamed
        columns.append(values)
        notices += told
    report(0.85, "Looking at columns")
    if any(notice.code == "short header" for notice in notices):
        choices = {f"role:{columns[0].name}": "id", **choices}  # the header leaves it out: it names the rows
    given = proposed(columns, choices, sheet.heading, ours)
    details = {"root": root, "choices": choices, "file_rows": sheet.frame.height, **given.details}
    held = {column for column in given.chosen if given.roles[column] == "feature"}
    made = _put_together(name, columns, given.roles, choices, details, notices + given.notices, held, report, sheet.picture)
    if sheet.labels is None:
        return made
    return labels.attached(made, pl.Series("label", sheet.labels), "label", [], choices)


def with_roles(dataset: Dataset, wanted: dict[str, Role]) -> Dataset:
    """The dataset with other roles for some columns; rows are made anew only when the features change."""
    known = {column.name: column for column in dataset.columns}
    for name, role in wanted.items():
        if name not in known:
            raise Problem(f"There is no column “{name}”. Columns are {', '.join(list(known)[:10])}.")
        roles.checked(role, name)
        if role == "feature" and dataset.originals is not None:
            raise Problem(f"The features of these pictures are their pixels; “{name}” can be shown or be a label beside them.")
    given: dict[str, Role] = {column.name: wanted.get(column.name, column.role) for column in dataset.columns}
    new = [name for name, role in wanted.items() if role == "target" and known[name].role != "target"]
    for name in given:
        if new and name not in new and given[name] == "target":
            given[name] = "hover"
    columns = [Values(column.name, column.kind, dataset.table[column.name]) for column in dataset.columns]
    before = dataset.named("feature")
    changed = [column.name for column in columns if given[column.name] == "feature"] != before
    details = _positions(dataset.details, given)
    if changed:
        anew = (FEATURES | {"pictures", "label kind"}) - ({"missing"} if dataset.details.get("left_rows") else set())
        kept = [notice for notice in dataset.notices if notice.code not in anew]
        choices = {**dataset.details.get("choices", {}), "fill": "median"}
        held = {name for name, role in given.items() if role == "feature"}
        made = _put_together(dataset.name, columns, given, choices, details, kept, held, _silent, ())
    else:
        described = tuple(replace(column, role=given[column.name]) for column in dataset.columns)
        target, told = _target(columns, given, dataset.details.get("choices", {}))
        kept = [notice for notice in dataset.notices if notice.code != "label kind"] if new else list(dataset.notices)
        made = replace(dataset, columns=described, details=details, target=target, notices=(*kept, *(told if new else [])))
    separate = dataset.target if dataset.details.get("labels") and not new else made.target
    return replace(
        made, target=separate, details=details if separate is not made.target else {**made.details, **_without_labels(new)}
    )


def _without_labels(new: list[str]) -> dict[str, Any]:
    return {"labels": None} if new else {}


def _positions(details: dict[str, Any], given: dict[str, Role]) -> dict[str, Any]:
    """The position columns after a change of roles."""
    named = [name for name, role in given.items() if role == "position"]
    proposed = [name for name in details.get("positions") or [] if given.get(name) in ("position", "feature")]
    positions = named or proposed
    return {**details, "positions": positions if len(positions) in (2, 3) else []}


def _put_together(
    name: str, columns: list[Values], given: dict[str, Role], choices: dict[str, Any], details: dict[str, Any],
    notices: list[Notice], held: set[str], report: Any, picture: tuple[int, ...],
) -> Dataset:  # fmt: skip
    features = [column for column in columns if given[column.name] == "feature"]
    _check(name, columns, features)
    if not picture:
        picture, told = pictures.recognised(features, choices.get("picture"))
        notices = [*notices, *told]
    made = matrix.matrix_of(features, choices, picture, held)
    if not made.names:
        raise Problem(f"{name} has no column of numbers that tells its rows apart. Give a column of numbers the role feature.")
    left = {column.name for column in features} - set(made.names)
    given = {column: "left out" if column in left else role for column, role in given.items()}
    if made.kept is not None:
        details["left_rows"] = [int(row) for row in (~made.kept).nonzero()[0]]
        columns = [replace(column, series=column.series.filter(pl.Series(made.kept))) for column in columns]
    if len(made.rows) < 2:
        raise Problem(f"{name} has {counted(len(made.rows), 'row')} without missing values; a map needs at least 2.")
    notices = [*notices, *made.notices, *_remarks(made)]
    report(0.9, "Counting")
    described = tuple(_described(columns, given, report))
    table = pl.DataFrame([column.series.alias(column.name) for column in columns])
    key = matrix.key_of(made.rows, made.names, str(details["root"]))
    target, told = _target(columns, given, choices)
    return Dataset(
        name, "image" if picture else "numeric", made.rows, described, table, key,
        target, picture, (*notices, *told), details,
    )  # fmt: skip


def _described(columns: list[Values], given: dict[str, Role], report: Any) -> list[Column]:
    made = []
    for i, column in enumerate(columns):
        made.append(column_of(column, given[column.name]))
        if i % 100 == 99:
            report(0.9 + 0.1 * i / len(columns), "Counting")
    return made


def _target(columns: list[Values], given: dict[str, Role], choices: dict[str, Any]) -> tuple[Target | None, list[Notice]]:
    """The first target column as classes or a number, and the word on which of both."""
    for column in columns:
        if given[column.name] == "target":
            target = target_of(column.series, column.name, str(choices.get("target", "")))
            return target, kinds_told(target, column.series, "target")
    return None, []


def _check(name: str, columns: list[Values], features: list[Values]) -> None:
    rows = len(columns[0].series) if columns else 0
    if rows < 2:
        raise Problem(f"{name} has {counted(rows, 'row')} of data; a map needs at least 2.")
    if not features:
        listed = ", ".join(f"“{column.name}” ({column.kind})" for column in columns[:6])
        raise Problem(f"{name} has no column of numbers to make a map from; it has {listed}. At least one feature is needed.")


def _remarks(made: matrix.Matrix) -> list[Notice]:
    told = []
    if len(made.names) == 1:
        told.append(Notice("one column", f"“{made.names[0]}” is the only feature, so a map would be a line.", 1))
    repeated = made.duplicates()
    if repeated:
        told.append(
            Notice(
                "duplicate rows", f"{counted(repeated, 'row')} with the same numbers as an earlier row; all are kept.", repeated
            )
        )
    return told


def _silent(fraction: float, note: str = "") -> None:
    return None
