"""How text is laid out, and that nothing is changed without a word."""

from __future__ import annotations

import time

import pytest

from pipeline.loading import Limits
from pipeline.results import Problem


def notice(dataset, code):
    return next(notice for notice in dataset.notices if notice.code == code)


def test_semicolons_and_decimal_commas(loaded):
    dataset = loaded("Größe;Breite\n1,5;2,5\n2,75;3,5\n-0,5;1e3\n")
    assert dataset.rows.tolist() == [[1.5, 2.5], [2.75, 3.5], [-0.5, 1000]]
    assert notice(dataset, "decimal").options[0].choices == {"decimal": "."} and not notice(dataset, "decimal").asks
    assert "semicolons" in notice(dataset, "delimiter").text
    doubtful = "a,b,c;d\n" + "".join(f"{i},{i % 7},{i * i % 11};{i % 3}\n" for i in range(20))
    told = notice(loaded(doubtful), "delimiter")
    assert "commas" in told.text and loaded(doubtful).table.width == 3
    assert loaded(doubtful, delimiter=";", **{"use:a,b,c": ""}).table.columns == ["a,b,c", "d"]
    assert [option.choices for option in told.options] == [{"delimiter": ";"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"])
def test_encodings(loaded, encoding):
    text = "naïve,b,c\ncafé,2,1\nübel,4,3\nx,1,2\n"
    dataset = loaded(text.encode(encoding))
    assert dataset.table.columns[0] == "naïve" and dataset.table["naïve"].to_list() == ["café", "übel", "x"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n\x1a", "\x1a", "\r\n\x1a\x1a\x1a"])
def test_the_end_mark_of_dos_is_no_cell(loaded, encoding, end):
    dataset = loaded(("ä,b\r\n1,2\r\n3,4\r\n5,9" + end).encode(encoding))
    assert dataset.table.rows() == [(1, 2), (3, 4), (5, 9)] and notice(dataset, "end mark").count == 1
    inside = loaded("a,b,c\nx\x1a,2,1\ny,4,5\nz,9,7\n")
    assert inside.table["a"][0] == "x\x1a" and "end mark" not in {told.code for told in inside.notices}


def test_an_encoding_can_be_chosen(loaded):
    content = "name,b,c\ncaf\xe9\x80,2,1\nx,4,3\ny,1,2\n".encode("latin-1")
    told = notice(loaded(content), "encoding")
    assert told.count == 2
    assert loaded(content).table["name"][0] == "café€"
    assert loaded(content, encoding="latin-1").table["name"][0] == "café\x80"


def test_one_broken_byte_is_asked_about(loaded):
    content = ("name,b,c\n" + "é,2,1\n" * 20).encode() + b"\xff,4,3\n"
    dataset = loaded(content)
    assert dataset.table["name"][-1] == "\ufffd" and notice(dataset, "broken bytes").asks
    assert loaded(content, encoding="cp1252").table["name"][-1] == "ÿ"


@pytest.mark.parametrize("mark", ["\t", "|", ";", " ", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(loaded, mark, end):
    rows = [["a", "b", "c"], ["1", "2.5", "3"], ["4", "5", "6"], ["7", "8", "1"]]
    for last in (end, ""):
        dataset = loaded(end.join(mark.join(row) for row in rows) + last)
        assert dataset.table.rows() == [(1, 2.5, 3), (4, 5.0, 6), (7, 8.0, 1)]


def test_mixed_line_ends_and_a_separator_line(loaded):
    assert loaded("sep=;\r\na;b\n1;2\r3;4\r\n5;1").rows.tolist() == [[1, 2], [3, 4], [5, 1]]


def test_runs_of_blanks(loaded):
    assert loaded("  1.0   2.0  3\n 4.0\t5.0   6  \n7 8 1\n").rows.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 1]]


def test_titles_and_comments_above(loaded):
    dataset = loaded("Measurements of May\n# by hand, mostly\n\na,b\n1,2\n3,4\n5,9\n")
    assert (
        dataset.table.columns == ["a", "b"] and notice(dataset, "lines above").count == 2 and notice(dataset, "lines above").asks
    )
    assert loaded("# a b\n1.0 2.0\n3.0 4.0\n5 7\n").table.columns == ["a", "b"]


POKEMON = "#,Name,Type,Total,HP\n" + "".join(f"{i},P{i},{'ab'[i % 2]},{300 + 7 * i},{40 + i % 5}\n" for i in range(1, 12))
CALLS = "##fileformat=VCFv4.2\n##INFO=<ID=NS,Number=1>\n#CHROM\tPOS\tID\tQUAL\n" + "".join(
    f"20\t{14370 + 31 * i}\trs{i}\t{29 + i % 4}\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("content", "names", "first"),
    [
        (POKEMON, ["#", "Name", "Type", "Total", "HP"], 1), (CALLS, ["CHROM", "POS", "ID", "QUAL"], 20),
        ("#,x,y\n1,2.5,3\n2,3.5,4\n3,9.5,1\n", ["#", "x", "y"], 1),
        ("#\tx\ty\n1\t2.5\t3\n2\t3.5\t4\n3\t9.5\t1\n", ["#", "x", "y"], 1),
        ("# a b\n1 2.5 3\n2 3.5 4\n5 9.5 1\n", ["#", "a", "b"], 1), ("#a b\n1.5 2\n3 4\n5 7\n", ["a", "b"], 1.5),
    ],
)  # fmt: skip
def test_a_heading_behind_a_comment_mark(loaded, content, names, first):
    dataset = loaded(content)
    assert dataset.table.columns == names and dataset.table.row(0)[0] == first
    told = notice(dataset, "header")
    assert told.asks and "begins with #" in told.text
    assert loaded(content, **told.options[0].choices).table.columns != names
    assert loaded(POKEMON, skip=0).table.columns[0] == "#"


def test_colours_are_no_comments_and_comments_no_colours(loaded):
    for second in ("#001122,0,17,34", "red,1,0,0"):
        dataset = loaded(f"#ff0000,255,0,0\n{second}\n#0000ff,0,0,255\n#00ff00,0,254,1\n")
        assert dataset.table.height == 4 and dataset.table["column 1"][0] == "#ff0000"
    assert loaded("#001122,0,17,34\n#ff0000,255,0,0\n#0000ff,0,0,255\n").table["column 1"][0] == "#001122"
    for comment in ("# by hand, mostly", "#in 2020, 5", "#1,2"):
        dataset = loaded(f"{comment}\na,b\n1,2\n3,4\n5,9\n")
        assert dataset.table.columns == ["a", "b"] and notice(dataset, "lines above").asks
    content = "title\n#a,b\nx,y\n" + "".join(f"{i},{i * i % 11}\n" for i in range(20))
    low = loaded(content)
    assert low.table.columns == ["x", "y"]
    assert loaded(content, **notice(low, "lines above").options[0].choices).table.columns == ["a", "b"]


def test_a_chosen_beginning_passes_blank_lines(loaded):
    made = loaded("\n\nTitle\na,b,c\n" + "".join(f"{i},{i * i % 11},{i % 3}\n" for i in range(20)), skip=0)
    assert made.table.columns == ["Title", "column 2", "column 3"] and made.table.height == 21


@pytest.mark.parametrize("content", ["<!---->" * 5000 + "x,y\n1,2\n2,5\n", "a,b\n" + "1" * 100_000 + "x,2\n3,4\n5,6\n"])
def test_nothing_is_looked_at_again_and_again(loaded, content):
    started = time.process_time()
    assert loaded(content).table.height >= 2
    assert time.process_time() - started < 3


def test_header_or_not(loaded):
    numbers = loaded("1.5,2\n3,4\n5,9\n")
    assert numbers.rows.shape == (3, 2) and notice(numbers, "header").asks
    assert loaded("1.5,2\n3,4\n5,9\n", **notice(numbers, "header").options[0].choices).table.columns == ["1.5", "2"]
    assert loaded("0,1,2\n4,5,6\n7,8,9\n1,2,2\n").rows.shape == (3, 3)
    long = loaded("1" * 5000 + "," + "2" * 5000 + "\n1.5,2\n3,4\n5,9\n", header=False)
    assert long.table.height == 4
    assert loaded("1" * 5000 + "," + "2" * 5000 + "\n1.5,2\n3,4\n5,9\n").table.width == 2
    years = loaded("country,2015,2016\nA,1.5,2.5\nB,2.5,3.5\nC,7.5,8.5\n")
    assert years.table.columns == ["country", "2015", "2016"] and notice(years, "header").asks


def test_short_and_long_and_blank_rows(loaded):
    short = "a,b,c\n1,2,3\n4,5\n\n6,7,9\n2,1,8\n\n\n"
    dataset = loaded(short)
    assert dataset.table.rows()[1] == (4, 5, None) and "Row 3" in notice(dataset, "short rows").text
    assert notice(dataset, "blank rows").count == 1
    assert loaded(short, **notice(dataset, "short rows").options[0].choices).rows.tolist() == [[1, 2, 3], [6, 7, 9], [2, 1, 8]]
    long = "a,b,c\n1,2,3\n\n4,5,6,7\n6,7,9\n2,1,8\n"
    with pytest.raises(Problem, match=r"table\.csv: row 4 has 4 cells and the others have 3 \(“4,5,6,7”\)") as caught:
        loaded(long)
    dataset = loaded(long, **caught.value.options[0].choices)
    assert dataset.rows.tolist() == [[1, 2, 3], [6, 7, 9], [2, 1, 8]] and notice(dataset, "long rows").count == 1


def test_a_comma_behind_every_row(loaded):
    dataset = loaded("a,b,c\n1,2,3,\n4,5,6,\n7,8,1,\n")
    assert dataset.named("feature") == ["a", "b", "c"] and dataset.rows[0].tolist() == [1, 2, 3]


def test_row_names_without_a_heading(loaded):
    dataset = loaded('"a","b"\n"x",2,3\n"y",4,5\n"z",5,9\n')
    assert dataset.named("feature") == ["a", "b"] and dataset.columns[0].role == "id" and notice(dataset, "short header").asks


def test_mixed_separators_name_the_row(loaded):
    with pytest.raises(Problem, match="row 3 is separated by “;” and the rows above by “,”"):
        loaded("a,b\n1,2\n3;4\n5,6\n7,8\n1,9\n3,4\n")


def test_quotes(loaded):
    assert loaded('a,b,c\n5" pipe,3,1\n6" pipe,4,5\n7" pipe,8,2\n').table["a"].to_list() == ['5" pipe', '6" pipe', '7" pipe']
    assert loaded('a,b,c\n"x\ny, z",3,1\n"u ""v""",4,2\nw,7,7\n').table["a"].to_list() == ["x\ny, z", 'u "v"', "w"]
    with pytest.raises(Problem, match="in row 2, column “a”, a quote opens that never closes") as caught:
        loaded('a,b,c\n"x,2,1\n3,4,5\n5,6,1\n')
    assert loaded('a,b,c\n"x,2,1\n3,4,5\n5,6,1\n', **caught.value.options[0].choices).table["a"][0] == '"x'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n", "only blank lines"),
        (b"a,b,c\n", "header with 3 columns and no rows"),
        (b"a,b\n1,2\n", "1 row of data"),
        (b"a,b\n1,2\n1,2\n1,2\n", r"All rows of table\.csv have the same numbers"),
        (b"a,b\nx,y\nz,w\nu,v\n", "no column of numbers"),
        (b"a,b\n1,2\n3\x00,4\n", r"NUL character in row 3, column “a” \(“3\\x00”\)"),
        (b"\x1f\x8b\x08\x00aaaa", "gzip"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'[{"a": 1}]', "JSON"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 broken", "damaged zip"),
        (b"\x93NUMPY broken", "damaged NumPy"),
        (b"PAR1 broken", "damaged Parquet"),
        (b"\xd0\xcf\x11\xe0 broken", "Excel workbook"),
        (bytes(range(1, 32)) * 40, "not text"),
        (b"1," * 1_000_000, "at least 524,289 columns in row 1"),
        (b",".join(b"a" for _ in range(50_000)) + b"\n1\n", "50,000 columns in row 1"),
    ],
)  # fmt: skip
def test_refused_in_no_time_with_a_sentence(loaded, content, sentence):
    import time

    loaded("a,b\n1,2\n3,5\n")  # what is imported is imported
    started = time.perf_counter()
    with pytest.raises(Problem, match=sentence) as caught:
        loaded(content)
    assert time.perf_counter() - started < 3  # one second on a machine that is not busy
    assert str(caught.value).startswith(("table.csv", "All rows")) and str(caught.value).endswith(".")


def test_limits_before_parsing(loaded):
    table = "a,b\n" + "1,2\n3,4\n" * 100
    for limits in (Limits(bytes=100), Limits(cells=100), Limits(columns=1)):
        with pytest.raises(Problem, match="at most"):
            loaded(table, limits=limits)


def test_pickles_are_not_read(loaded, tmp_path):
    import numpy as np

    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(Problem, match="could run programs"):
        loaded(tmp_path / "objects.npy")


def test_other_archives(loaded, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("table.csv", "a,b\n1,2\n")
    with pytest.raises(Problem, match="Unpack it"):
        loaded(tmp_path / "some.zip")


def test_separators_behind_the_last_cell_of_some_rows_are_told(loaded):
    dataset = loaded("a,b\n1,2\n3,5,\n4,9, ,\n7,1\n")
    assert dataset.table.rows() == [(1, 2), (3, 5), (4, 9), (7, 1)]
    assert notice(dataset, "trailing separators").text == "2 rows (3 and 4) end with separators and nothing behind: left off."


@pytest.mark.parametrize("tail", ["", "6\" pipe,3,4\n"])  # a quote inside a cell calls the careful reader
def test_a_row_below_cells_of_several_lines_is_named_by_row_and_line(loaded, tail):
    rows = "".join(f"x,{i},{i * i}\n" for i in range(20))
    content = f'note,"two\nlines",b\n"one\ntwo\nthree",1.5,20\nu,2.5,31\n{tail}{rows}y,oops,17\n'
    told = notice(loaded(content), "not numbers")
    row = 24 + bool(tail)
    assert f"row {row} (line {row + 3}) has “oops”" in told.text
    with pytest.raises(Problem, match=rf"row {row + 1} \(line {row + 4}\) has 4 cells"):
        loaded(content + "1,2,3,4\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [64, 2**22])
def test_the_first_broken_byte_is_named_by_line_and_place(loaded, monkeypatch, end, block):
    monkeypatch.setattr("pipeline.loading.encoding.BLOCK", block)
    head = (f"town,a{end}" + "".join(f"é{i},{i}{end}" for i in range(30))).encode()
    told = notice(loaded(head + b"x\xff\xfe,7" + end.encode()), "broken bytes")
    assert told.count == 2 and f"(the first in line 32, byte {len(head) + 2})" in told.text


def test_a_file_of_no_rows_below_a_comment(loaded):
    with pytest.raises(Problem, match="has no rows below line"):
        loaded("#\r\n")


def test_the_header_guess_of_two_rows_can_be_taken_back(loaded):
    content = "0,0,yes,,0.21,7.43\n0,-999,yes,0.0,1.58,8.8\n"
    with pytest.raises(Problem, match="1 row of data") as caught:
        loaded(content)
    assert loaded(content, **caught.value.options[0].choices).table.height == 2
    with pytest.raises(Problem, match="1 row of data") as caught:
        loaded("a b,1.5\nc d,2.5\n", header=True)
    assert not caught.value.options  # a person said so
