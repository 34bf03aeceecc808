import csv
import io
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.exporting import points, points_csv, report
from pipeline.guard import guard, unguard
from pipeline.results import Clusters, Dataset, Map, Notice, Target

RISKY = st.text(alphabet=" '\"=+-@\t\r\n\u00a0＝＋－＠\v\f\x1fab1,;|", max_size=12)


def dataset(table, target=None, notices=()):
    return Dataset("a", "numeric", np.zeros((table.height, 1), np.float32), (), table, "key", target, notices=notices)


def flat(n, value=0.5):
    return Map(np.full((n, 2), value, np.float32))


def groups(*labels):
    return Clusters(np.array(labels, np.int32), np.ones(len(labels), np.float32))


def classes(*codes, names=("one", "two")):
    return Target("class", "class", np.array(codes, np.int32), names)


def text(*arguments):
    return b"".join(points_csv(*arguments)).decode()


@given(st.one_of(st.text(), RISKY))
@settings(deadline=None)
def test_guarding_is_undone_exactly(cell):
    assert unguard(guard(cell)) == cell
    bare = guard(cell).lstrip(" '\"\u00a0")
    assert guard(cell).startswith("'") or bare[:1] not in tuple("=+-@\t\r\n＝＋－＠")
    for part in re.split("[;,|\t\r\n]", guard(cell))[1:]:
        assert part.startswith("'") or part.lstrip(" '\"\u00a0\v\f")[:1] not in tuple("=+-@＝＋－＠")


FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", ' "=1"', "＝1", "＋1", "－1", "＠x", "'=1", "  =1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_become_text(cell):
    assert guard(cell) == "'" + cell


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [("x;=cmd|'/C calc'!A0", "x;'=cmd|'/C calc'!A0"), ("p\n=1+1", "p\n'=1+1"), ("=1, =2", "'=1,' =2"), ("a\t\"@x", "a\t'\"@x"),
     ("a;'=1", "a;''=1"), ("a|+1", "a|'+1")],
)  # fmt: skip
def test_formulas_inside_a_text_become_text(cell, guarded):
    assert guard(cell) == guarded and unguard(guarded) == cell


@pytest.mark.parametrize("cell", ["", "a", "a=b", "1-2", "it's", "'quoted'", "2020-01-01", "é"])
def test_other_text_is_left_alone(cell):
    assert guard(cell) == unguard(cell) == cell


@given(st.lists(st.one_of(st.none(), st.text(), RISKY), min_size=1, max_size=5), RISKY)
@settings(deadline=None, max_examples=60)
def test_every_cell_and_header_of_the_file_is_guarded_and_comes_back(cells, name):
    written = text(dataset(pl.DataFrame({name: cells}, schema={name: pl.String})))
    header, *rows = list(csv.reader(io.StringIO(written, newline="")))
    assert unguard(header[1]) == name and header[1] == guard(name)
    assert [row[1] for row in rows] == [guard(cell or "") for cell in cells]


def test_every_row_and_column_is_written_in_order():
    table = pl.DataFrame({"word": ["=1", "b", None], "number": [-1.5, 2, None], "flag": [True, None, False]})
    written = text(dataset(table, classes(0, -1, 1)), Map(np.array([[0.1, 2], [-3, 4], [5, 6]], np.float32)), groups(0, -1, 1))
    assert written.splitlines() == [
        "row,word,number,flag,map_x,map_y,label,cluster",
        "0,'=1,-1.5,true,0.1,2.0,one,0",
        "1,b,2.0,,-3.0,4.0,,-1",
        "2,,,false,5.0,6.0,two,1",
    ]


def test_a_map_in_space_has_a_third_column_and_long_tables_come_in_blocks():
    n = 20_000
    table = pl.DataFrame({"*": np.arange(n), "^a$": ["x"] * n})
    blocks = list(points_csv(dataset(table), Map(np.zeros((n, 3), np.float32)), groups(*[0] * n)))
    assert blocks[0] == b"row,*,^a$,map_x,map_y,map_z,cluster\n"
    assert len(blocks) > 2 and pl.read_csv(b"".join(blocks)).height == n


def test_a_name_that_is_taken_gets_a_number():
    table = pl.DataFrame({"row": ["p", "q"], "label": [1, 2], "cluster": [3, 4], "cluster_2": [5, 6], "map_x": [7, 8]})
    made = points(dataset(table, classes(0, 1)), flat(2), groups(0, 1))
    assert made.columns == ["row_2", *table.columns, "map_x_2", "map_y", "label_2", "cluster_3"]
    assert made.select(table.columns).equals(table)


def test_our_own_file_does_not_grow_and_its_map_and_clusters_are_renewed():
    taken = pl.DataFrame({"label": ["u", "v"], "a": [1.5, 2.5]})
    made = points(dataset(taken, classes(0, 1)), Map(np.zeros((2, 3), np.float32)), groups(0, 0))
    again = points(dataset(made, classes(0, 1)), flat(2, 9.0), groups(1, 0))
    assert again.columns == ["row", "label", "a", "map_x", "map_y", "label_2", "cluster"]
    assert again["cluster"].to_list() == [1, 0] and again["map_x"].to_list() == [9.0, 9.0]
    assert again["label"].to_list() == ["u", "v"]
    assert points(dataset(again, classes(0, 1)), flat(2, 9.0), groups(1, 0)).equals(again)


def test_what_is_not_renewed_is_kept():
    made = points(dataset(pl.DataFrame({"a": [1.5, 2.5]}), classes(0, 1)), flat(2), groups(1, 0))
    assert points(dataset(made)).equals(made)
    other = points(dataset(made, classes(1, 0)), flat(2), groups(1, 0))  # other labels: the former ones stay, as a column
    assert other["label"].to_list() == ["one", "two"] and other["label_2"].to_list() == ["two", "one"]


def test_numbers_as_labels_stay_numbers():
    target = Target("y", "number", values=np.array([0.1, np.nan], np.float32))
    made = points(dataset(pl.DataFrame({"y": [0.1, None]}), target), flat(2), groups(0, 0))
    assert made["label"].to_list() == [pytest.approx(0.1), None]
    reread = pl.read_csv(made.write_csv().encode())
    assert points(dataset(reread, target), flat(2), groups(0, 0)).columns == made.columns


NAMES = st.lists(st.sampled_from(["row", "map_x", "map_y", "label", "cluster", "a", "label_2"]), min_size=1, unique=True)


@given(st.integers(1, 4), NAMES)
@settings(deadline=None, max_examples=50)
def test_writing_and_reading_again_any_number_of_times_keeps_the_columns(n, names):
    table = pl.DataFrame({name: [f"{name}{row}" for row in range(n)] for name in names}, schema=dict.fromkeys(names, pl.String))
    sample = (classes(*[0] * n), flat(n), groups(*[0] * n))
    once = points(dataset(table, sample[0]), *sample[1:])
    assert once.select(names).equals(table)
    assert points(dataset(once, sample[0]), *sample[1:]).equals(once)


def test_the_report_always_has_the_same_keys():
    steps = [{"stage": "embedding", "algorithm": "standard", "version": 1, "settings": {"pca": None}}]
    notices = (Notice("missing", "2 missing values became the mean.", 2),)
    made = report(dataset(pl.DataFrame({"a": [1]}), notices=notices), steps, {"embedding": 0.25}, {"projection": {}})
    assert set(made) == {"recipe", "versions", "seconds", "notices", "scores"}
    assert made["seconds"] == {"loading": 0.0, "embedding": 0.25, "neighbors": 0.0, "projection": 0.0, "clustering": 0.0}
    assert made["recipe"]["embedding"] == {"algorithm": "standard", "version": 1, "settings": {"pca": None}}
    assert made["notices"] == [{"code": "missing", "text": "2 missing values became the mean.", "count": 2}]
    assert made["versions"]["numpy"] == np.__version__
