"""The table that is looked through: right rows in the right order, whatever is asked, and refusals in words."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.browsing import BLOCK, LETTERS, headings, order, shown, values
from pipeline.results import Clusters, Column, Dataset, Map, Problem, Target

N = 40
WORDS = ["", " ", "a", "A", "ab", "Äb", "b.*", "<i>", None]


def made(numbers, words, whole, codes=None):
    """A dataset of these columns, the first of them called as no column should be."""
    table = pl.DataFrame({
        "__proto__": pl.Series(numbers, dtype=pl.Float64), "a.b": pl.Series(words, dtype=pl.String),
        "whole": pl.Series(whole, dtype=pl.Int64),
    })  # fmt: skip
    kinds = {"__proto__": "number", "a.b": "text", "whole": "number"}
    columns = tuple(Column(name, "hover", kind) for name, kind in kinds.items())
    target = None if codes is None else Target("kind", "class", np.asarray(codes, np.int32), ("2", "10", "x"))
    return Dataset("some", "numeric", np.zeros((len(table), 1), np.float32), columns, table, "k", target)


def up(name, way="asc"):
    return [{"colId": name, "sort": way}]


def test_every_column_stands_once_and_ours_come_first():
    data = made([1.0, 2.0], ["a", "b"], [1, 2], [0, -1])
    found = headings(data, Map(np.zeros((2, 3), np.float32)), Clusters(np.array([0, -1], np.int32), np.ones(2, np.float32)))
    names = [one.name for one in found.values()]
    assert names == ["row", "map_x", "map_y", "map_z", "kind", "cluster", "__proto__", "a.b", "whole"]
    assert list(found) == ["row", "x", "y", "z", "label", "cluster", "c0", "c1", "c2"]
    assert list(headings(made([1.0], ["a"], [1]))) == ["row", "c0", "c1", "c2"]


def test_the_label_column_is_shown_once_and_ids_stay_places():
    data = made([1.0, 2.0], ["a", "b"], [7, 8])
    columns = (data.columns[0], data.columns[1], Column("whole", "target", "number"))
    target = Target("whole", "number", values=np.array([7, 8], np.float32))
    found = headings(Dataset("some", "numeric", data.rows, columns, data.table, "k", target))
    assert [one.name for one in found.values()] == ["row", "whole", "__proto__", "a.b"]
    assert values(found, ["label"], [1]) == {"label": ["8"]}


def test_pixels_are_folded():
    data = made([1.0], ["a"], [1])
    columns = (Column("__proto__", "feature", "number"), *data.columns[1:])
    found = headings(Dataset("some", "image", data.rows, columns, data.table, "k", picture=(1, 1)))
    assert [one.id for one in found.values() if one.folded] == ["c0"]


def test_groups_are_numbers_and_names():
    clusters = Clusters(np.array([2, -1, 10, 0], np.int32), np.ones(4, np.float32), {"names": {"2": "twos"}})
    found = headings(made([0.0] * 4, ["a"] * 4, [1] * 4), None, clusters)
    assert values(found, ["cluster", "group"], [0, 1, 2]) == {
        "cluster": ["2", "noise", "10"], "group": ["twos", None, "Cluster 10"],
    }  # fmt: skip
    assert order(found, up("cluster"), {}).tolist() == [3, 0, 2, 1]
    assert order(found, up("cluster", "desc"), {}).tolist() == [2, 0, 3, 1]
    assert order(found, [], {"cluster": {"type": "equals", "filter": "Noise"}}).tolist() == [1]
    assert order(found, [], {"group": {"type": "contains", "filter": "TWO"}}).tolist() == [0]


def test_labels_are_sorted_as_their_names_are():
    found = headings(made([0.0] * 4, ["a"] * 4, [1] * 4, [1, -1, 0, 2]))
    assert order(found, up("label"), {}).tolist() == [2, 0, 3, 1]


@pytest.mark.parametrize(
    ("column", "model", "rows"),
    [
        ("c1", {"type": "contains", "filter": "B"}, [2, 3]), ("c1", {"type": "startsWith", "filter": "a"}, [0, 1, 2]),
        ("c1", {"type": "equals", "filter": "a"}, [0, 1]), ("c1", {"type": "contains", "filter": ".*"}, [3]),
        ("c1", {"type": "blank"}, [4, 5]), ("c1", {"type": "notBlank"}, [0, 1, 2, 3]),
        ("c0", {"type": "equals", "filter": 0.123457}, [0]), ("c0", {"type": "equals", "filter": 0.1234567}, [0]),
        ("c0", {"type": "equals", "filter": 0.12346}, []), ("c0", {"type": "lessThan", "filter": 1}, [0, 5]),
        ("c0", {"type": "greaterThan", "filter": 1}, [2]), ("c0", {"type": "inRange", "filter": 1, "filterTo": 2}, [1, 2]),
        ("c0", {"type": "blank"}, [3, 4]), ("c0", {"type": "notBlank"}, [0, 1, 2, 5]),
        ("row", {"type": "greaterThan", "filter": 3}, [4, 5]),
    ],
)  # fmt: skip
def test_each_condition(column, model, rows):
    data = made([0.1234567, 1.0, 2.0, None, float("nan"), -1e300], ["a", "A", "ab", "b.*", None, " "], [1] * 6)
    assert order(headings(data), [], {column: model}).tolist() == rows


def test_positions_are_found_as_they_are_shown():
    found = headings(made([0.0], ["a"], [1]), Map(np.array([[5.1, -0.2]], np.float32)))
    assert values(found, ["x", "y"], [0]) == {"x": ["5.1"], "y": ["-0.2"]}
    assert order(found, [], {"x": {"type": "equals", "filter": 5.1}}).tolist() == [0]


def test_what_is_missing_comes_last_up_and_down_and_what_is_equal_stays():
    data = made([2.0, None, 1.0, float("nan"), 2.0, 1.0], ["a"] * 6, [1, 2, 3, 4, 5, 6])
    assert order(headings(data), up("c0"), {}).tolist() == [2, 5, 0, 4, 1, 3]
    assert order(headings(data), up("c0", "desc"), {}).tolist() == [0, 4, 2, 5, 1, 3]
    assert order(headings(data), [*up("c0"), *up("c2", "desc")], {}).tolist() == [5, 2, 4, 0, 3, 1]


def test_dates_and_flags_are_sorted_by_what_they_are():
    table = pl.DataFrame({"day": [datetime.date(2024, 10, 1), datetime.date(2024, 9, 1)], "flag": [True, False]})
    columns = (Column("day", "hover", "date"), Column("flag", "hover", "flag"))
    found = headings(Dataset("some", "numeric", np.zeros((2, 1), np.float32), columns, table, "k"))
    assert order(found, up("c0"), {}).tolist() == order(found, up("c1"), {}).tolist() == [1, 0]
    assert values(found, ["c0", "c1"], [0]) == {"c0": ["2024-10-01"], "c1": ["True"]}
    assert order(found, [], {"c0": {"type": "startsWith", "filter": "2024-09"}}).tolist() == [1]


def test_only_the_rows_that_pass_elsewhere_are_looked_at():
    found = headings(made([3.0, 2.0, 1.0, 0.0], ["a"] * 4, [1] * 4))
    assert order(found, up("c0"), {"c0": {"type": "greaterThan", "filter": 0}}, np.array([3, 2, 0])).tolist() == [2, 0]
    assert order(found, up("c0"), {}, np.array([True, False, False, True])).tolist() == [3, 0]
    assert order(found, [], {}, np.empty(0, np.int32)).tolist() == []


def test_what_is_shown_is_short():
    assert shown("x" * 1000) == "x" * LETTERS + "…" and shown("x" * LETTERS) == "x" * LETTERS
    assert (shown(None), shown(1234567), shown(1234567.0), shown(0.1 + 0.2)) == (None, "1234567", "1.23457e+06", "0.3")


@pytest.mark.parametrize("sort", [up("c9"), up(None), up("c0", "sideways"), [{}], ["c0"], "c0", {"c0": "asc"}, None])
def test_an_order_that_there_is_not_is_refused(sort):
    with pytest.raises(Problem, match=r"\.$"):
        order(headings(made([1.0], ["a"], [1])), sort, {})


@pytest.mark.parametrize(
    "filters",
    [
        {"c9": {"type": "blank"}}, {"c0": {"type": "contains", "filter": "1"}}, {"c0": {"type": "equals", "filter": "1"}},
        {"c0": {"type": "equals", "filter": True}}, {"c0": {"type": "equals", "filter": float("nan")}},
        {"c0": {"type": "equals", "filter": 10**400}}, {"c0": {"type": "inRange", "filter": 1}}, {"c0": {}}, {"c0": "blank"},
        {"c1": {"type": "inRange", "filter": "a"}}, {"c1": {"type": "equals"}}, {"c1": {"type": ["equals"], "filter": "a"}},
        {"c1": {"operator": "AND", "conditions": []}}, {"__proto__": {"type": "blank"}}, [], None, "c0",
    ],
)  # fmt: skip
def test_a_filter_that_there_is_not_is_refused(filters):
    with pytest.raises(Problem, match=r"\.$"):
        order(headings(made([1.0], ["a"], [1])), [], filters)


@pytest.mark.parametrize("rows", [[2], [-1], [True], ["0"], [0.0], "0", None, [0] * (BLOCK + 1)])
def test_values_of_rows_that_there_are_not_are_refused(rows):
    with pytest.raises(Problem):
        values(headings(made([1.0, 2.0], ["a", "b"], [1, 2])), ["c0"], rows)


@pytest.mark.parametrize("names", [["c9"], [None], [["c0"]], "c0", None])
def test_values_of_columns_that_there_are_not_are_refused(names):
    with pytest.raises(Problem):
        values(headings(made([1.0], ["a"], [1])), names, [0])


cells = st.tuples(
    st.one_of(st.none(), st.floats(width=32), st.sampled_from([0.0, -0.0, 1.0, 1.5])),
    st.sampled_from(WORDS),
    st.one_of(st.none(), st.integers(-3, 3)),
)
ways = st.sampled_from(["equals", "lessThan", "greaterThan"])
numbered = st.one_of(
    st.builds(lambda way, at: {"type": way, "filter": at}, ways, st.integers(-2, 2)),
    st.builds(lambda low, high: {"type": "inRange", "filter": low, "filterTo": high}, st.integers(-3, 0), st.integers(0, 3)),
    st.sampled_from([{"type": "blank"}, {"type": "notBlank"}]),
)
worded = st.builds(
    lambda way, word: {"type": way, "filter": word},
    st.sampled_from(["contains", "equals", "startsWith", "blank", "notBlank"]), st.sampled_from([word for word in WORDS if word]),
)  # fmt: skip
one_sort = st.fixed_dictionaries({"colId": st.sampled_from(["c0", "c1", "c2", "row"]), "sort": st.sampled_from(["asc", "desc"])})
sorts = st.lists(one_sort, max_size=3, unique_by=lambda one: one["colId"])
filters = st.fixed_dictionaries({}, optional={"c0": numbered, "c1": worded, "c2": numbered})


def passes(value, model):
    """Whether one value passes one filter, said in plain Python."""
    missing = value is None or value != value or (isinstance(value, str) and not value.strip())
    if model["type"] in ("blank", "notBlank"):
        return missing == (model["type"] == "blank")
    if value is None or value != value:
        return False
    if isinstance(value, str):
        word, value = model["filter"].lower(), value.lower()
        return {"contains": word in value, "equals": value == word, "startsWith": value.startswith(word)}[model["type"]]
    low = model["filter"]
    return {
        "equals": value == low or float(f"{value:.6g}") == low, "lessThan": value < low, "greaterThan": value > low,
        "inRange": low <= value <= model.get("filterTo", low),
    }[model["type"]]  # fmt: skip


def key(value, down):
    """Where a value is sorted to: what is missing last."""
    if value is None or value != value:
        return (1, 0)
    return (0, value.lower() if isinstance(value, str) else -value if down else value)


def expected(table, sort, models):
    """The rows by Python's own stable sort, the last column first."""
    rows = [at for at in range(table.height) if all(passes(table[name][at], model) for name, model in models.items())]
    for one in reversed(sort):
        down = one["sort"] == "desc"
        held = [key(at if one["colId"] == "row" else table[one["colId"]][at], down) for at in range(table.height)]
        if one["colId"] == "c1" and down:  # words cannot be negated: their places among all words can
            places = {word: place for place, word in enumerate(sorted({k[1] for k in held if not k[0]}, reverse=True))}
            held = [(k[0], 0 if k[0] else places[k[1]]) for k in held]
        rows.sort(key=held.__getitem__)
    return rows


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(cells, min_size=1, max_size=N), sort=sorts, models=filters)
def test_for_any_order_and_filter_each_row_holds_its_own_values(rows, sort, models):
    data = made(*zip(*rows, strict=True))
    found = headings(data)
    answered = order(found, sort, models).tolist()
    assert answered == expected(data.table.rename(dict(zip(data.table.columns, ["c0", "c1", "c2"], strict=True))), sort, models)
    told = values(found, ["row", "c0", "c1", "c2"], answered)
    for at, row in enumerate(answered):
        assert [told[name][at] for name in ("c0", "c1", "c2")] == [shown(value) for value in data.table.row(row)]
        assert told["row"][at] == str(row)


def test_a_whole_number_equals_itself_alone():
    table = pl.DataFrame({"id": pl.Series(range(1234560, 1234580))})
    made = headings(Dataset("ids", "numeric", np.zeros((20, 1), np.float32), (Column("id", "id", "number"),), table, "rows"))
    assert order(made, [], {"c0": {"type": "equals", "filter": 1234570}}).tolist() == [10]
