"""Sheet → Dataset, and Dataset → Dataset with other roles: the only place where a dataset is put together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.loading import exported, labels, matrix, pictures, roles
from pipeline.loading.derived import derived, offers
from pipeline.loading.headings import TOKENS
from pipeline.loading.limits import Limits
from pipeline.loading.profile import column_of
from pipeline.loading.proposing import proposed
from pipeline.loading.sheet import Sheet, without_nameless, without_nul
from pipeline.loading.targets import ABOUT, labelled_by
from pipeline.loading.understanding import gathered, understood
from pipeline.loading.values import Values
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Column, Dataset, Notice, Option, Problem, Role, Target

FEATURES = {
    "constant",
    "empty columns",
    "missing",
    "duplicate rows",
    "one column",
    "precision",
}  # notices about the feature columns


def dataset_of(sheet: Sheet, name: str, choices: dict[str, Any], root: str, limits: Limits, report: Any) -> Dataset:
    """The dataset of a table, with roles proposed or chosen; raises Problem when there is nothing to map."""
    notices, columns = [*sheet.notices, *without_nul(sheet, name, choices)], []
    ours = exported.is_ours(sheet.frame)
    if ours:
        sheet.frame, told = exported.unguarded(sheet.frame)
        notices += told
    first = sheet.frame.columns[0]
    notices += without_nameless(sheet)
    missing, about = tuple(choices.get("missing", TOKENS)), list[list[Notice]]()
    for series in sheet.frame.iter_columns():
        values, told = understood(series, sheet.row, choices, missing, sheet.decimal)
        values.unnamed = series.name in sheet.unnamed
        columns.append(values)
        about.append(told)
    notices += gathered(columns, about)
    report(0.85, "Looking at columns")
    if any(notice.code == "short header" for notice in notices) and choices.get("unnamed") != "last":
        choices = {f"role:{first}": "id", **choices}  # the header leaves it out: it names the rows
    columns, told, settled = derived(columns, choices, limits)
    notices += told
    choices = {**settled, **choices}
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
            raise Problem(f"There is no column {quoted(name)}. Columns are {listed(list(known), 10)}.")
        roles.checked(role, name)
        if role == "feature" and dataset.originals is not None:
            raise Problem(f"The features of these pictures are their pixels; {quoted(name)} can be shown or be a label.")
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
        anew = (FEATURES | ABOUT | {"pictures"}) - ({"missing"} if dataset.details.get("left_rows") else set())
        kept = [notice for notice in dataset.notices if notice.code not in anew]
        choices = {**dataset.details.get("choices", {}), "fill": "median"}
        held = {name for name, role in given.items() if role == "feature"}
        made = _put_together(dataset.name, columns, given, choices, details, kept, held, _silent, ())
    else:
        described = tuple(replace(column, role=given[column.name]) for column in dataset.columns)
        target, told = _target(columns, given, dataset.details.get("choices", {}))
        kept = [notice for notice in dataset.notices if notice.code not in ABOUT] if new else list(dataset.notices)
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
    _check(name, columns, features, notices)
    if not picture:
        picture, told = pictures.recognised(features, choices.get("picture"))
        notices = [*notices, *told]
    made = matrix.matrix_of(features, choices, picture, held)
    if not made.names:
        raise _nothing_to_tell(name, made.notices)
    left = {column.name for column in features} - set(made.names)
    given = {column: "left out" if column in left else role for column, role in given.items()}
    if made.kept is not None:
        details["left_rows"] = [int(row) for row in (~made.kept).nonzero()[0]]
        columns = [replace(column, series=column.series.filter(pl.Series(made.kept))) for column in columns]
    if len(made.rows) < 2:
        few = f"{name} has {counted(len(made.rows), 'row')} without missing values; a map needs at least 2."
        raise Problem(f"{few} Fill missing values instead.", (Option("Fill with the median", {"fill": "median"}),))
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
            return labelled_by(column.series, column.name, choices)
    return None, []


def _check(name: str, columns: list[Values], features: list[Values], notices: list[Notice]) -> None:
    rows = len(columns[0].series) if columns else 0
    if rows < 2:
        few = f"{name} has {counted(rows, 'row')} of data; a map needs at least 2. Choose a file with more rows."
        raise Problem(few, tuple(way for notice in notices if notice.code == "header" for way in notice.options))
    if not features:
        held = ", ".join(f"{quoted(column.name)} ({column.kind})" for column in columns[:6]) + (" …" if len(columns) > 6 else "")
        raise Problem(
            f"{name} has no column of numbers to make a map from; it has {held}. Choose a table with numbers, or use one of "
            "its columns as a feature.",
            tuple(way for column in columns for way in offers(column))[:3],
        )


def _nothing_to_tell(name: str, told: list[Notice]) -> Problem:
    """No feature is left: all are constant, or hold no numbers."""
    if any(notice.code == "constant" for notice in told):
        same = f"All rows of {name} have the same numbers, so nothing tells them apart."
        return Problem(f"{same} Choose other columns as features, or another file.")
    return Problem(f"{name} has no column of numbers that tells its rows apart. Give a column of numbers the role feature.")


def _remarks(made: matrix.Matrix) -> list[Notice]:
    told = []
    if len(made.names) == 1:
        told.append(Notice("one column", f"{quoted(made.names[0])} is the only feature, so a map would be a line.", 1))
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
