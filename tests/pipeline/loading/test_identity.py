"""Row numbers and identifiers: never a feature, and always told."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest

from pipeline import loading

ROWS = 30
RATHER = np.random.default_rng(0).permutation(ROWS)


def table(name, values, place=0):
    columns = {"a": [f"{i * 1.7 % 5:.2f}" for i in range(ROWS)], "b": [f"{i * 2.3 % 7:.2f}" for i in range(ROWS)]}
    items = list(columns.items())
    items.insert(place, (name, [str(value) for value in values]))
    lines = [",".join(name for name, _ in items)]
    return "\n".join(lines + [",".join(cells) for cells in zip(*(values for _, values in items), strict=True)])


def role(dataset, name):
    return next(column.role for column in dataset.columns if column.name == name)


@pytest.mark.parametrize(
    ("name", "values", "place"),
    [
        ("Unnamed: 0", RATHER, 0), ("index", RATHER + 500, 1), ("__index_level_0__", RATHER, 2), ("ID", RATHER * 7, 1),
        ("Patient ID", RATHER * 7, 0), ("Id", RATHER * 7, 2), ("user_id", RATHER * 7, 2),
    ],
)  # fmt: skip
def test_what_names_the_rows_is_no_feature_wherever_it_stands(loaded, name, values, place):
    made = loaded(table(name, values, place))
    assert role(made, name) == "id" and made.named("feature") == ["a", "b"]
    assert any(f"“{name}”" in notice.text for notice in made.notices)


@pytest.mark.parametrize("values", [range(100, 100 + ROWS), range(ROWS, 0, -1)])
def test_steps_of_one_in_the_first_column_are_asked_about(loaded, values):
    made = loaded(table("step", values))
    (asked,) = (notice for notice in made.notices if "“step”" in notice.text)
    assert asked.asks and role(made, "step") == "id"
    back = loading.with_roles(made, asked.options[0].choices and {"step": "feature"})
    assert back.named("feature") == ["step", "a", "b"]


def test_numbers_that_repeat_stay_features_under_any_name(loaded):
    made = loaded(table("nr", [i % 4 for i in range(ROWS)]))
    assert role(made, "nr") != "id"


@pytest.mark.parametrize("first", [lambda i: i % 4, lambda i: f"name {i % 4}"])
def test_a_header_without_a_name_for_the_row_names_leaves_them_out(loaded, first):
    lines = ["a,b"] + [f"{first(i)},{i * 1.7 % 5:.2f},{i * 2.3 % 7:.2f}" for i in range(ROWS)]
    made = loaded("\n".join(lines))
    assert made.named("feature") == ["a", "b"] and made.columns[0].role == "id" and made.target is None


def test_a_column_of_nothing_identifies_no_rows(loaded):
    file = io.BytesIO()
    empty = pl.Series("empty", [None] * ROWS, pl.String)
    pl.DataFrame([empty, pl.Series("a", RATHER * 1.7 % 5), pl.Series("b", RATHER * 2.3 % 7)]).write_parquet(file)
    made = loaded(file.getvalue(), "empty.parquet")
    assert role(made, "empty") != "id"


def test_rows_left_out_stay_told_when_roles_change(loaded):
    lines = ["a,b,c"] + [f"{i * 1.7 % 5:.2f},{'' if i == 3 else i * 2.3 % 7},{i * 1.1 % 3:.2f}" for i in range(ROWS)]
    made = loaded("\n".join(lines), fill="rows")
    assert len(made.rows) == ROWS - 1
    fewer = loading.with_roles(made, {"c": "left out"})
    assert len(fewer.rows) == ROWS - 1 and any("left out with 1 row" in notice.text for notice in fewer.notices)


def test_clusters_of_ones_own_are_not_taken_for_ours(loaded, labelled):
    from pipeline.exporting import points
    from pipeline.results import Clusters

    lines = ["row,a,b,cluster"] + [f"{i},{i * 1.7 % 5:.2f},{i * 2.3 % 7:.2f},{'AB'[i % 2]}" for i in range(ROWS)]
    made = labelled(loaded("\n".join(lines)), "\n".join("xy"[i % 2] for i in range(ROWS)))
    frame = points(made, None, Clusters(np.zeros(ROWS, np.int32), np.ones(ROWS, np.float32)))
    assert frame["cluster"].to_list()[:2] == ["A", "B"] and frame["cluster_2"].to_list() == [0] * ROWS
