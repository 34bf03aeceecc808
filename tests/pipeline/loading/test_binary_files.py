"""Workbooks, Parquet and NumPy files: every digit kept, every loss told, every damage a sentence."""

from __future__ import annotations

import datetime
import io
import math
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from pipeline.loading.excel_errors import error_cells
from pipeline.results import Problem

INPUTS = Path(__file__).parents[2] / "inputs"


def told(dataset):
    return {notice.code: notice for notice in dataset.notices}


def workbook(file, rows, start=1):
    book = openpyxl.Workbook()
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None:
                book.active.cell(start + i, 1 + j, value)
    book.save(file)
    return file


def exactly(file, numbers):
    """Write these numbers into the cells as Excel does, with 17 digits (openpyxl writes 16)."""
    with zipfile.ZipFile(file) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    for place, text in numbers.items():
        sheet = re.sub(rf'(<c r="{place}"[^>]*>)<v>[^<]*</v>', rf"\g<1><v>{text}</v>", sheet)
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def test_excel_keeps_every_digit(loaded, tmp_path):
    values = [1.23e-10, math.pi, 0.1 + 0.2, -1 / 3, 1e-300, 12.5]
    file = workbook(tmp_path / "a.xlsx", [["x", "big", "huge", "mixed"], *([0.5, 0.5, 0.5, "word"] for _ in values)])
    for row, value in enumerate(values):
        exactly(file, {f"A{row + 2}": repr(value)})
    exactly(file, {"B2": "12345678901234567", "C2": "1E+17", "C3": "6.02214076E+23"})
    book = openpyxl.load_workbook(file)
    book.active["D3"] = math.pi
    book.active["D4"] = "007"
    book.active["D5"] = "3.1415926530"
    book.save(tmp_path / "b.xlsx")
    table = loaded(file).table
    assert table["x"].to_list() == values
    assert table["big"][0] == 12345678901234568 and table["huge"][:3].to_list() == [1e17, 6.02214076e23, 0.5]
    assert loaded(tmp_path / "b.xlsx").table["mixed"][1:4].to_list() == ["3.141592653589793", "007", "3.1415926530"]


def test_excel_huge_numbers_and_long_codes(loaded, tmp_path):
    rows = [["x", "number", "code"], *([i, 1, "12345678901234567890"] for i in range(4))]
    file = exactly(workbook(tmp_path / "a.xlsx", rows), {f"B{row}": f"{row}E+20" for row in range(2, 6)})
    table = loaded(file).table
    assert table["number"].to_list() == [2e20, 3e20, 4e20, 5e20]
    assert table["code"].to_list() == ["12345678901234567890"] * 4


def test_excel_dates_times_and_spans(loaded, tmp_path):
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5)
    row = [1, datetime.time(12), datetime.date(2020, 1, 2), moment, datetime.timedelta(hours=30, seconds=7), True]
    rows = [["x", "time", "date", "moment", "span", "flag"], row, [2, datetime.time(13, 30, 5), *row[2:5], False]]
    dataset = loaded(workbook(tmp_path / "a.xlsx", rows))
    assert dataset.table.row(0)[1:5] == ("12:00:00", "2020-01-02", "2020-01-02 03:04:05", "30:00:07")
    assert dataset.table["time"][1] == "13:30:05"
    assert [column.kind for column in dataset.columns] == ["number", "date", "date", "date", "date", "flag"]


def test_excel_blank_rows_are_told_and_rows_keep_their_numbers(loaded, tmp_path):
    rows = [["x", "y"], [1, 2], [], [3, 5], [" "], [4, 8], *([i, 2 * i] for i in range(5, 30)), [30, "oops"]]
    dataset = loaded(workbook(tmp_path / "a.xlsx", rows, start=3))
    assert dataset.table["x"][:3].to_list() == [1, 3, 4]
    blank = told(dataset)["blank rows"]
    assert blank.count == 2 and blank.text == "2 blank lines between the rows: passed over."
    assert "row 34 has “oops”" in told(dataset)["not numbers"].text


@pytest.mark.parametrize("start", [1, 4])
def test_excel_titles_above_the_table(loaded, tmp_path, start):
    table = [["x", "y", "z"], [1, 2, 3], [4, 5, 7], [6, None, 1], [2, 2, 2]]
    file = workbook(tmp_path / "a.xlsx", [["Report of 2024"], [], ["all values in mm"], *table], start)
    dataset = loaded(file)
    above = told(dataset)["lines above"]
    assert dataset.table.columns == ["x", "y", "z"] and dataset.table["x"].to_list() == [1, 4, 6, 2]
    assert above.asks and above.count == 2 and f"the table begins in row {start + 3}." in above.text
    assert loaded(file, skip=start + 2).table.equals(dataset.table) and "lines above" not in told(loaded(file, skip=start + 2))
    with pytest.raises(Problem, match="no column of numbers"):
        loaded(file, **above.options[0].choices)
    with pytest.raises(Problem, match="below row"):
        loaded(file, skip=99)


@pytest.mark.parametrize("rows", [[[None, "x"], [0, 1.5], [1, 2.5], [2, 9]], [[5, None, None], [1, 2, 3], [4, 5, 6], [7, 8, 8]]])
def test_excel_short_rows_that_are_no_titles(loaded, tmp_path, rows):
    dataset = loaded(workbook(tmp_path / "a.xlsx", rows))
    assert "lines above" not in told(dataset) and dataset.table.height >= 3


def test_excel_errors_are_told_as_missing(loaded, tmp_path):
    rows = [["x", "y", "word"], *([i, i * i, "a"] for i in range(6)), ["#DIV/0!", "#N/A", "#REF!"], [8, "#DIV/0!", "b"]]
    file = workbook(tmp_path / "a.xlsx", rows, start=2)
    dataset = loaded(file)
    marks = told(dataset)["missing marks"]
    assert marks.count == 3 and "“#DIV/0!” (2)" in marks.text and "“#N/A” (1)" in marks.text
    assert dataset.table["y"][6:].to_list() == [None, None] and dataset.table["word"][6] == "#REF!"
    assert loaded(file, **{"type:y": "text"}).table["y"][7] == "#DIV/0!"


def test_old_excel_errors_are_told_as_missing(loaded):
    file = INPUTS / "errors.xls"
    dataset = loaded(file, sheet="data")
    marks = told(dataset)["missing marks"]
    assert marks.count == 3 and "“#DIV/0!” (2)" in marks.text and "“#N/A” (1)" in marks.text
    assert dataset.table["y"][8:].to_list() == [None, None] and dataset.table["word"][8] == "#REF!"
    assert loaded(file, sheet="data", **{"type:y": "text"}).table["y"][9] == "#DIV/0!"
    assert error_cells(INPUTS / "workbook.xls", "Sheet1") == error_cells(file, "no such sheet") == {}


def test_sectors_in_a_ring_are_refused_and_not_followed_for_ever(loaded):
    data = bytearray((INPUTS / "workbook.xls").read_bytes())
    size = 1 << int.from_bytes(data[30:32], "little")
    first = int.from_bytes(data[48:52], "little")  # of the directory
    table = int.from_bytes(data[76:80], "little")
    at = (table + 1) * size + 4 * first
    data[at : at + 4] = first.to_bytes(4, "little")
    with pytest.raises(Problem, match="is a damaged Excel workbook"):
        loaded(bytes(data), name="ring.xls")


def test_nul_characters_in_typed_files_are_refused_too(loaded, tmp_path):
    pl.DataFrame({"a": [1.5, 2.5, 4], "word": ["u", "v\0w", "x"]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(Problem, match=r"NUL character in row 2, column “word” \(“v\\x00w”\)") as caught:
        loaded(tmp_path / "a.parquet")
    made = loaded(tmp_path / "a.parquet", **caught.value.options[0].choices)
    assert made.table["word"].to_list() == ["u", "vw", "x"] and told(made)["nul"].count == 1


def test_excel_damaged(loaded, tmp_path):
    whole = workbook(tmp_path / "a.xlsx", [["x", "y"], [1, 2], [3, 5], ["#N/A", 9]]).read_bytes()
    only_problems(loaded, whole, 60)


def test_parquet_decimals(loaded, tmp_path):
    long = [Decimal("12345678901234567890"), Decimal("12345678901234567891"), Decimal(7), None]
    table = pl.DataFrame(
        {
            "x": [1, 2, 3, 5],
            "id": pl.Series(long, dtype=pl.Decimal(38, 0)),
            "scaled": pl.Series(long, dtype=pl.Decimal(38, 2)),
            "cost": pl.Series([Decimal("1.10"), Decimal("2.35"), Decimal("0.3"), None], dtype=pl.Decimal(38, 20)),
            "fine": pl.Series([Decimal(f"0.1234567890123456789{i}") for i in range(4)], dtype=pl.Decimal(38, 20)),
        }
    )
    table.write_parquet(tmp_path / "a.parquet")
    dataset = loaded(tmp_path / "a.parquet")
    words = ["12345678901234567890", "12345678901234567891", "7", None]
    assert dataset.table["id"].to_list() == dataset.table["scaled"].to_list() == words
    assert dataset.table["cost"].to_list() == [1.1, 2.35, 0.3, None]
    notice = told(dataset)["long decimals"]
    assert notice.asks and notice.count == 4 and "“fine”" in notice.text
    again = loaded(tmp_path / "a.parquet", **notice.options[0].choices)
    assert again.table["fine"].to_list() == [f"0.1234567890123456789{i}".rstrip("0") for i in range(4)]


def test_parquet_columns_of_every_kind(loaded, tmp_path):
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5)
    table = pl.DataFrame(
        {
            "x": [1.5, 2, 3],
            "span": [datetime.timedelta(seconds=1.5), datetime.timedelta(hours=30), None],
            "time": [datetime.time(12), datetime.time(13, 0, 1), None],
            "date": [datetime.date(2020, 1, 2)] * 3,
            "moment": [moment, moment, None],
            "zoned": pl.Series([moment] * 3).dt.replace_time_zone("Europe/Zurich"),
            "bytes": [b"a", b"", None],
            "list": [[1], [], None],
            "record": [{"a": 1}] * 3,
            "array": pl.Series([[1, 2]] * 3, dtype=pl.Array(pl.Int64, 2)),
            "category": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
            "enum": pl.Series(["a", "b", "a"], dtype=pl.Enum(["a", "b"])),
            "flag": [True, False, None],
            "nothing": [None] * 3,
        }
    )
    table.write_parquet(tmp_path / "a.parquet")
    dataset = loaded(tmp_path / "a.parquet")
    seen = dataset.table
    assert seen["span"].to_list() == [1.5, 108000, None] and "seconds" in told(dataset)["durations"].text
    assert seen.select("time", "date", "moment", "zoned").row(0) == (
        "12:00:00", "2020-01-02", "2020-01-02 03:04:05", "2020-01-02 03:04:05+01:00")  # fmt: skip
    left = [notice.text for notice in dataset.notices if notice.code == "nested"]
    assert [re.search("“(.*?)”", text)[1] for text in left] == ["bytes", "list", "record", "array"]
    assert seen["enum"].to_list() == ["a", "b", "a"] and {c.name: c.kind for c in dataset.columns}["flag"] == "flag"
    table.select("bytes", "list").write_parquet(tmp_path / "b.parquet")
    with pytest.raises(Problem, match=r"only lists, records or bytes \(“bytes”, “list”\)"):
        loaded(tmp_path / "b.parquet")


def test_parquet_damaged(loaded):
    made = io.BytesIO()
    pl.DataFrame({"x": [1.5, 2, 3] * 5, "y": ["a", "b", "c"] * 5}).write_parquet(made)
    only_problems(loaded, made.getvalue(), 100)


def only_problems(loaded, content, count):
    """Whatever is done to a file, it is read or refused in a sentence; a third of the files at least is refused."""
    chance, refused = np.random.default_rng(0), 0
    for _ in range(count):
        damaged = bytearray(content)
        way, size = chance.random(), len(damaged)
        if way < 0.2:
            del damaged[chance.integers(8, size) :]
        elif way < 0.4:
            start = chance.integers(6, size)
            damaged[start : start + chance.integers(1, 20)] = chance.bytes(chance.integers(20))
        else:
            for place in chance.integers(6, size, chance.choice((1, 2, 8, 30))):
                damaged[place] = chance.integers(256)
        try:
            loaded(bytes(damaged), name="table.bin")
        except Problem as problem:
            refused += 1
            assert str(problem).endswith((".", "?")), problem
    assert refused > count / 3


def saved(*arrays, packed=None, **named):
    made = io.BytesIO()
    if named:
        (np.savez_compressed if packed else np.savez)(made, **named)
    else:
        np.save(made, arrays[0], allow_pickle=True)
    return made.getvalue()


VALUES = np.random.default_rng(0).normal(size=(12, 3))


@pytest.mark.parametrize(
    "content",
    [
        saved(VALUES),
        saved(np.array([["ab", "1"], ["c", "2"], ["d", "3"]])),
        saved(X=VALUES, y=np.arange(12)),
        saved(X=VALUES, y=np.arange(12) / 4, packed=True),
        saved(X=VALUES.astype("f4"), y=np.array(["one", "two", "thre"] * 4)),
    ],
)
def test_arrays_damaged(loaded, content):
    only_problems(loaded, content, 40)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.array([{"a": 1}], object), "could run programs"),
        (np.zeros(3, [("a", "f8"), ("b", "i4")]), "records with fields"),
        (np.array(5.0), "single value"),
        (np.zeros((2, 2, 2, 2, 2)), r"5 dimensions \(2 × 2 × 2 × 2 × 2\); at most 4"),
        (np.zeros((2, 2), complex), "complex numbers"),
        (np.zeros(3, "M8[s]"), "dates"),
        (np.zeros(3, "m8[s]"), "durations"),
        (np.array([b"a", b"b"]), "bytes"),
        (np.zeros((2, 2, 2), "U3"), "texts with 3 dimensions"),
        (np.zeros((0, 3)), "empty array"),
        (np.zeros((3, 0)), "empty array"),
    ],
)
def test_arrays_that_are_no_tables(loaded, array, sentence):
    with pytest.raises(Problem, match=sentence) as caught:
        loaded(saved(array), name="a.npy")
    assert str(caught.value).startswith("a.npy holds ")


@pytest.mark.parametrize(
    ("array", "rows"),
    [
        (np.array([3.0, 1, 2]), [[3], [1], [2]]),
        (np.array([[True, False], [False, False], [True, True]]), [[1, 0], [0, 0], [1, 1]]),
        (np.array([["1", "a long text"], ["2", "b"], ["4", "c"]]), [[1], [2], [4]]),
        (np.array([[1, 2], [3, 5]], ">i4"), [[1, 2], [3, 5]]),
        (np.array([[1, 2], [3, 5]], "f2"), [[1, 2], [3, 5]]),
    ],
)
def test_arrays_of_every_type(loaded, array, rows):
    assert loaded(saved(array)).rows.tolist() == rows


def test_wide_floats_are_rounded_with_a_word(loaded):
    array = np.array([[1, 2], [3, 5]], np.longdouble) / 3
    if array.dtype.itemsize == 8:
        pytest.skip("no wider floats here")
    notice = told(loaded(saved(array)))["rounded"]
    assert notice.count == int((array != array.astype(float)).sum())


def test_an_archive_of_something_else(loaded):
    for member in (b"no array at all", b""):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("X.npy", member)
        with pytest.raises(Problem, match=r"table\.npz is a damaged NumPy file|no table of numbers"):
            loaded(made.getvalue(), name="table.npz")
    with pytest.raises(Problem, match="could run programs"):
        loaded(saved(X=VALUES, words=np.array([{}], object)), name="table.npz")


def test_labels_that_are_no_number_are_missing(loaded):
    labels = np.arange(12) % 3 + 0.0
    labels[2:4] = np.nan, np.inf
    dataset = loaded(saved(X=VALUES, y=labels))
    assert told(dataset)["label marks"].count == 2 and dataset.target.codes[:5].tolist() == [0, 1, -1, -1, 1]
