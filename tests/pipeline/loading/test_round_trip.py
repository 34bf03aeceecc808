"""A table written in any dialect is read as the equal table, or it is told what is not; an export read again is what it was."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from pipeline import loading
from pipeline.exporting import points_csv
from pipeline.results import Clusters, Map, Problem

QUIETLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"), min_size=1, max_size=9
)
JOINTS = st.sampled_from(["", " ", ", ", '"', "; ", "\n", "\t", "|", "'", "=", "\u202e"])
TEXT = st.lists(st.tuples(WORD, JOINTS, WORD).map("".join), min_size=1, max_size=3).map("".join)
FRACTION = st.floats(-1e15, 1e15, allow_nan=False).map(repr)
WHOLE = st.integers(-(2**50), 2**50).map(str)
KINDS = {  # of cells: what stands in one
    "words": TEXT,
    "few words": st.sampled_from(["red", "green", "blue ", "Red"]),
    "fractions": FRACTION,
    "whole": WHOLE,
    "small": st.integers(0, 9).map(str),
    "gaps": st.one_of(FRACTION, st.just("")),
    "marks": st.one_of(FRACTION, st.sampled_from(["NA", "?", "-", "null", ""])),
    "mistakes": st.one_of(*[WHOLE] * 12, WORD),
    "infinite": st.one_of(FRACTION, st.sampled_from(["inf", "-Infinity", "1e309"])),
    "codes": st.from_regex(r"\A0[0-9]{2,4}\Z"),
    "long": st.integers(2**53, 2**80).map(str),
    "grouped": st.integers(1000, 10**9).map("{:,}".format),
    "units": st.integers(1, 500).map("{} kg".format),
    "answers": st.sampled_from(["yes", "no", "No"]),
    "days": st.dates().map(str),
    "other digits": st.integers(0, 99).map(lambda number: str(number).translate({48 + i: 0x660 + i for i in range(10)})),
    "signs": st.integers(-99, 99).map(lambda number: str(number).replace("-", "\u2212")),
    "exponents": st.floats(allow_nan=False, allow_infinity=False).map("{:e}".format),
    "blanks": st.one_of(WHOLE, WHOLE.map(" {} ".format)),
    "-999": st.one_of(st.integers(0, 9).map(str), st.just("-999")),
    "formulas": st.sampled_from(["=1+1", "+1", "@x", "-2+3", "'=1", "\t1", "'", "＝1", "x;=1", "p\n=1+1", "a;'=1", "=a\t\t'@"]),
    "nothing": st.just(""),
}
PLAIN = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
AS_WE_WRITE = {
    "mark": ",", "end": "\n", "quoting": csv.QUOTE_MINIMAL, "decimal": ".", "encoding": "utf-8", "header": True, "last": True
}  # fmt: skip
FILE = {  # notices about the whole file that explain another shape of the table
    "header", "lines above", "blank rows", "short rows", "long rows", "trailing separators", "blank columns", "delimiter",
    "short header", "unnamed columns", "decimal", "encoding",
}  # fmt: skip
CELLS = {  # notices about columns that explain other values
    "missing marks", "infinite", "not numbers", "leading zeros", "long numbers", "thousands", "units", "foreign digits",
    "decimal", "delimiter", "line ends", "blanks", "broken bytes",
}  # fmt: skip

WHOLE_FILE = {"line ends", "blanks", "decimal", "delimiter", "broken bytes"}  # those that name no column


@st.composite
def tables(draw):
    """Names of columns and rows of cells as they are written; two columns are ordinary numbers."""
    height = draw(st.integers(2, 12))
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=0, max_size=4))
    names = draw(st.lists(TEXT.map(str.strip).filter(bool), min_size=len(kinds), max_size=len(kinds), unique=True))
    columns = [(f"{name} of ours", draw(st.lists(KINDS[kind], min_size=height, max_size=height)))
               for name, kind in zip(names, kinds, strict=True)]  # fmt: skip
    for name, shift in (("first", 0.21), ("second", 7.43)):
        columns.append((name, [repr(i * i * 1.37 + shift) for i in range(height)]))
    columns = draw(st.permutations(columns))
    return [name for name, _ in columns], [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]


@st.composite
def dialects(draw):
    """How a table is written."""
    return {
        "mark": draw(st.sampled_from([",", ";", "\t", "|"])), "end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])), "decimal": draw(st.sampled_from([".", ","])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1"])),
        "header": draw(st.booleans()), "last": draw(st.booleans()),
    }  # fmt: skip


def written(names, rows, dialect):
    """The bytes of the table in a dialect, and its cells as they stand there."""
    rows = [[number(cell, dialect["decimal"]) for cell in row] for row in rows]
    made = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if dialect["end"] == "\r" else dialect["quoting"]  # else it leaves a line feed without quotes
    writer = csv.writer(made, delimiter=dialect["mark"], lineterminator=dialect["end"], quoting=quoting)
    writer.writerows([names, *rows] if dialect["header"] else rows)
    text = made.getvalue()
    try:
        return (text if dialect["last"] else text.removesuffix(dialect["end"])).encode(dialect["encoding"]), rows
    except UnicodeEncodeError:
        assume(False)


def number(cell, decimal):
    return cell.replace(".", decimal) if re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", cell) else cell


def load(content, **choices):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        file.write_bytes(content)
        return loading.load(file, "table.csv", choices=choices, root="", limits=loading.Limits())


def kept(cell, value, decimal):
    """Whether a value is the cell as it stands in the file: the same text, the same number in plain writing, or nothing."""
    if value is None or isinstance(value, str):
        return (value or "") == cell or (value is None and not cell.strip())
    plain = cell.strip().replace(",", ".") if decimal == "," else cell.strip()
    return PLAIN.fullmatch(plain) and float(plain) == value


@QUIETLY
@given(tables(), dialects())
def test_nothing_is_changed_without_a_word(table, dialect):
    names, rows = table
    content, cells = written(names, rows, dialect)
    try:
        dataset = load(content)
    except Problem as problem:
        assert problem.options, problem  # two rows, of which the first may be the header: there is a way out
        return
    told = {notice.code for notice in dataset.notices}
    event(", ".join(sorted(told & CELLS)) or "as it was")
    expected = names if dialect["header"] else [f"column {place + 1}" for place in range(len(names))]
    if dataset.table.columns != expected or dataset.table.height != len(rows):
        assert told & (FILE | {"trimmed names"}), (dataset.table.columns, expected)
        return
    decimal = "," if any(notice.code == "decimal" and notice.text.startswith("The comma") for notice in dataset.notices) else "."
    for place, name in enumerate(expected):
        values = dataset.table[name].to_list()
        changed = [row for row, value in enumerate(values) if not kept(cells[row][place], value, decimal)]
        about = [notice for notice in dataset.notices if notice.code in CELLS]
        assert not changed or any(mentions(notice, name) for notice in about), (name, cells[changed[0]][place], values)


def mentions(notice, name):
    """Whether a notice is about a column: it names it, answers for it, or is about the whole file."""
    keys = {key.partition(":")[2] for option in notice.options for key in option.choices}
    return name in keys or f"“{name}”" in notice.text or notice.code in WHOLE_FILE


@QUIETLY
@given(tables(), dialects())
def test_every_value_comes_back(table, dialect):
    """Told which columns are text, every number and every word is what was written."""
    names, rows = table
    dialect = {**dialect, "header": True}
    content, cells = written(names, rows, dialect)
    texts = {f"type:{name}": "text" for name in names if name not in ("first", "second")}
    settled = {"header": True, "skip": 0, "delimiter": dialect["mark"], "decimal": dialect["decimal"]}
    dataset = load(content, encoding=dialect["encoding"], fill="median", constant="keep", **settled, **texts)
    assert dataset.table.columns == names
    for place, name in enumerate(names):
        wanted = [row[place] for row in cells]
        if name in ("first", "second"):
            assert dataset.table[name].to_list() == [float(cell.replace(",", ".")) for cell in wanted]
        else:
            ends = [re.sub("\r\n?", "\n", cell) for cell in wanted]
            assert dataset.table[name].fill_null("").to_list() == ends


@QUIETLY
@given(tables(), st.booleans(), st.booleans(), st.booleans())
def test_an_export_read_again_is_what_it_was(table, mapped, grouped, by_hand):
    names, rows = table
    dataset = load(written(names, rows, AS_WE_WRITE)[0])
    n = len(dataset.rows)
    positions = Map(np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32))
    clusters = Clusters(np.arange(n, dtype=np.int32) % 3 - 1, np.ones(n, np.float32), {"names": {"1": "=odd"}} if by_hand else {})
    parts = (positions if mapped else None, clusters if grouped or not mapped else None)
    first = b"".join(points_csv(dataset, *parts))
    again = load(first)
    original = dataset.table
    assert again.table.columns[1 : original.width + 1] == original.columns
    for name in original.columns:
        one, other = original[name], again.table[name]
        assert one.dtype == other.dtype and one.to_list() == other.to_list(), name
    assert b"".join(points_csv(again, *parts)) == first


def test_names_that_are_alike_without_their_apostrophe_stay_apart():
    for names in (["-a", "'-a"], ["-a", "'-a", "''-a"]):
        heading = ",".join(["row", *names, "cluster"])
        dataset = load((heading + "\n" + "".join(f"{i}{f',{i * i}.5' * len(names)},{i % 2}\n" for i in range(5))).encode())
        assert dataset.table.columns[1 : len(names) + 1] == names
