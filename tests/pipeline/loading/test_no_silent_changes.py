"""What a number, a mark or a choice would alter without a word: it stays, it is told with a count, or it is asked."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

from pipeline.loading.headings import named
from pipeline.loading.matrix import matrix_of
from pipeline.loading.values import Values
from pipeline.results import Problem

LONG = "9007199254740993"  # 2**53 + 1


def notice(dataset, code):
    return next(notice for notice in dataset.notices if notice.code == code)


def codes(dataset):
    return {notice.code for notice in dataset.notices}


def table(*cells):
    """A table whose first column is given and whose others are ordinary numbers."""
    return "v,a,b\n" + "".join(f"{cell},{i * 1.5},{(i * 7) % 5}\n" for i, cell in enumerate(cells))


@pytest.mark.parametrize("odd", ["1e5", "2.5", "NA", "A1A", "12"])
def test_codes_keep_their_zeros_beside_anything(loaded, odd):
    cells = ["00501", "02134", "10001", "10002"] * 4 + [odd]
    dataset = loaded(table(*cells))
    told = notice(dataset, "leading zeros")
    assert dataset.table["v"].to_list() == cells and told.count == 8 and told.asks
    assert loaded(table(*cells), **told.options[0].choices).table["v"][0] == 501


def test_fractions_with_leading_zeros_are_asked_about(loaded):
    dataset = loaded(table("01.5", "02.5", "03.5", "11.5", "0.5"))
    told = notice(dataset, "leading zeros")
    assert dataset.table["v"].to_list() == [1.5, 2.5, 3.5, 11.5, 0.5] and told.count == 3 and told.asks
    assert loaded(table("01.5", "02.5", "0.5"), **told.options[0].choices).table["v"].to_list() == ["01.5", "02.5", "0.5"]
    assert "leading zeros" not in codes(loaded(table("0.5", "-0.25", "0", "1e-05")))


ROUNDED = ["12345678901234567.5", "9007199254740993.0", "9007199254740993e0", "1e-400", "0." + "0" * 400 + "1"]


@pytest.mark.parametrize("odd", ROUNDED)
@pytest.mark.parametrize("height", [4, 600])
def test_numbers_that_are_rounded_are_told(loaded, odd, height):
    cells = [*(f"{i}.5" for i in range(height)), odd, odd]
    told = notice(loaded(table(*cells)), "rounded")
    assert told.count == 2 and f"“{odd[:39]}" in told.text and "column “v”" in told.text
    assert loaded(table(*cells), **told.options[0].choices).table["v"].to_list() == cells


def test_numbers_that_floats_hold_are_not_told(loaded):
    cells = ["1.7976931348623157e+308", "5e-324", "9007199254740992.0", "1.0000000000000001e+300", "0.1", "0e-400", "-0.0"]
    assert "rounded" not in codes(loaded(table(*cells)))


@pytest.mark.parametrize("cells", [["-07", "+07", "3"], ["3", "4", "+01"], ["-07", "1.5", "2"]])
def test_zeros_behind_a_sign(loaded, cells):
    whole = "v,a\n" + "".join(f"{cell},{i * i}\n" for i, cell in enumerate(cells))
    assert loaded(whole).table["v"].to_list() == loaded(table(*cells)).table["v"].to_list() == cells


def test_spellings_of_a_label_stay_apart(loaded):
    rows = "".join(f"{i * 1.5},{i % 7},{word}\n" for i, word in enumerate(["01", "1", "1.0", "+1"] * 4))
    assert set(loaded("a,b,class\n" + rows).target.names) == {"01", "1", "1.0", "+1"}


@pytest.mark.parametrize("others", [["1.5", "2"], ["1e3", "2"], ["1.5", "oops", *"12345678"], ["oops", *"123456789"]])
def test_long_whole_numbers_beside_others_keep_every_digit(loaded, others):
    dataset = loaded(table(*others, LONG))
    assert dataset.table["v"].to_list() == [*others, LONG] and LONG in notice(dataset, "long numbers").text


def test_a_long_whole_number_below_many_fractions(loaded):
    dataset = loaded(table(*[f"{i}.5" for i in range(600)], LONG))
    assert dataset.table["v"][-1] == LONG
    assert loaded(table("9007199254740992", "1.5")).table["v"].to_list() == [2.0**53, 1.5]


@pytest.mark.parametrize("cells", [[f"1,{LONG[-3:]},199,254,740,993"], [f"{LONG} kg", "1.5 kg"], ["€007", "€3"]])
def test_grouped_and_measured_numbers_lose_no_digits_either(loaded, cells):
    written = [f'"{cell}"' for cell in [*cells, *cells]]
    if "," in cells[0]:
        written = ['"9,007,199,254,740,993"', '"1,234"']
    assert loaded(table(*written)).table["v"].to_list() == [cell.strip('"') for cell in written]


def test_large_numbers_that_single_precision_would_merge_are_centred(loaded):
    times = [1_700_000_000_000 + 37 * (i * i % 211) for i in range(200)]
    dataset = loaded("t,x\n" + "".join(f"{moment},{i % 7}\n" for i, moment in enumerate(times)))
    assert len(np.unique(dataset.rows[:, 0])) == len(set(times)) and dataset.table["t"].to_list() == times
    gaps = dataset.rows[:, 0].astype(float)[:, None] - dataset.rows[:, 0]
    assert np.array_equal(gaps, np.subtract.outer(times, times))
    assert notice(dataset, "precision").count == 1 and notice(dataset, "precision").options


@pytest.mark.parametrize("first", [20240101, 1_000_000.25])
def test_dates_and_fine_steps_are_centred(loaded, first):
    steps = [first + (i * i % 31) * (0.125 if isinstance(first, float) else 1) for i in range(31)]
    dataset = loaded("t,x\n" + "".join(f"{step},{i % 7}\n" for i, step in enumerate(steps)))
    assert np.array_equal(np.diff(dataset.rows[:, 0]), np.diff(steps)) and "precision" in codes(dataset)


def test_ordinary_numbers_are_not_centred(loaded):
    rng = np.random.default_rng(0)
    values = rng.normal(50, 3, (3000, 3))
    dataset = loaded("a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in values.tolist()))
    assert "precision" not in codes(dataset) and np.array_equal(dataset.rows, values.astype(np.float32))


def test_tiny_numbers_do_not_become_zero(loaded):
    dataset = loaded("t,x\n1e-320,1\n2e-320,2\n5e-320,3\n")
    assert np.allclose(dataset.rows[:, 0], [1, 2, 5], rtol=1e-3) and notice(dataset, "precision").count == 1
    assert dataset.table["t"].to_list() == [1e-320, 2e-320, 5e-320]


def test_duplicates_are_equal_in_every_digit():
    close = [1.0, 1.0 + 1e-12, 7.0, 7.0, -0.0, 0.0]
    made = matrix_of([Values("a", "number", pl.Series(close))], {}, (), set())
    assert len(np.unique(made.rows)) == 3 and made.duplicates() == 2


@pytest.mark.parametrize(
    ("content", "rows", "asked"),
    [
        ("a;b\n1.234;2,5\n3.500;4,5\n", [[1234, 2.5], [3500, 4.5]], {"thousands"}),
        ("a;b\n1.234;2\n3.500;4\n", [[1234, 2], [3500, 4]], {"decimal", "thousands"}),
        ("a;b\n1.234;2.5\n3.500;4.5\n", [[1.234, 2.5], [3.5, 4.5]], set()),
        ("a,b\n1.234,2\n3.500,4\n", [[1.234, 2], [3.5, 4]], set()),
        ("a\tb\n1.234\t2\n3.500\t4\n", [[1.234, 2], [3.5, 4]], {"decimal"}),
        ("a;b\n1.234.567;2\n3.500.100;4\n", [[1234567, 2], [3500100, 4]], set()),
        ('a,b\n"1,234,567",2\n"1,23,456",4\n', [[1234567, 2], [123456, 4]], set()),
    ],
)
def test_a_point_before_three_digits(loaded, content, rows, asked):
    dataset = loaded(content)
    assert dataset.table.rows() == [tuple(row) for row in rows]
    assert {told.code for told in dataset.notices if told.asks} == asked
    for told in dataset.notices:
        if told.code == "decimal" and told.asks:
            assert loaded(content, **told.options[0].choices).table["a"].to_list() != dataset.table["a"].to_list()


def test_a_decimal_comma_is_no_group_of_thousands(loaded):
    assert loaded(table('"0,123"', '"1,234"', '"2,345"')).table["v"].dtype == pl.String


def test_blanks_before_quotes(loaded):
    dataset = loaded('n, t, v\n1, "x, y", 3\n2, "z, w", 4\n3, u, 7\n')
    assert dataset.table.rows() == [(1, "x, y", 3), (2, "z, w", 4), (3, "u", 7)] and notice(dataset, "blanks").count == 3
    stray = loaded('n,t\n1, "x" y\n2, "z" w\n3,u\n')
    assert stray.table["t"][0] == ' "x" y' and "blanks" not in codes(stray)


def test_a_refused_row_is_shown_as_it_stands_in_the_file(loaded):
    with pytest.raises(Problem, match='row 4 has 4 cells and the others have 3 \\(“2, "z, w",4,5”\\)'):
        loaded('n,t,v\n5" a,u,3\n1, "x, y",3\n2, "z, w",4,5\n3,u,7\n4,u,1\n5,y,6\n')


def test_many_equal_names_are_numbered_in_no_time(loaded):
    for name in ("a", ""):
        started = time.process_time()
        names = named([name] * 9_999).names
        assert time.process_time() - started < 1 and len(set(names)) == 9_999
    assert named(["a", "a (2)", "a", "a", "a (2)"]).names == ("a", "a (2)", "a (3)", "a (4)", "a (2) (2)")
    started = time.process_time()
    with pytest.raises(Problem, match="50,000 columns"):
        loaded(",".join(["abc"] * 50_000) + "\n")
    assert time.process_time() - started < 1


def test_a_tab_inside_quotes_stays(loaded):
    dataset = loaded('a "b\tb" c\n1 "x\ty" 3\n2\t"z  \n\tw"  4\n 3 5"\t7 \n4 u 7\n', delimiter=" ")
    assert dataset.table.rows() == [(1, "x\ty", 3), (2, "z  \n\tw", 4), (3, '5"', 7), (4, "u", 7)]
    assert dataset.table.columns == ["a", "b\tb", "c"]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        *(({"skip": skip}, r"Choose a number from 0 to 3") for skip in (99, "x", -1, True, 1.5)),
        *(({"encoding": name}, "is not an encoding") for name in ("rot13", "hex", "idna", "punycode", "a\0", "undefined", "")),
        ({"encoding": "utf-16"}, "cannot be read as utf-16"),
        ({"decimal": "x"}, "cannot be the decimal mark"),
    ],
)
def test_choices_that_cannot_be(loaded, choices, sentence):
    with pytest.raises(Problem, match=sentence):
        loaded("a,b\n1,2\n3,5\n7,9\n", **choices)


def test_a_chosen_encoding_tells_what_it_cannot_spell(loaded):
    dataset = loaded("n,b\né,1\nü,2\nx,3\n", encoding="ascii")
    assert notice(dataset, "broken bytes").count == 4 and not notice(dataset, "broken bytes").asks


def test_a_broken_byte_among_few_accents_is_utf_8_and_asked(loaded):
    dataset = loaded(("n,b,c\n" + "é,2,1\n" * 5).encode() + b"\xff,4,3\n")
    told = notice(dataset, "broken bytes")
    assert dataset.table["n"].to_list() == ["é"] * 5 + ["\ufffd"] and told.asks and told.text.startswith("1 broken byte in")
    mostly = loaded(b"n,b,c\n" + b"\xe9,2,1\n" * 5 + "é,4,3\n".encode())
    assert mostly.table["n"][0] == "é" and notice(mostly, "encoding").asks


def test_a_cut_off_character_is_told(loaded):
    dataset = loaded("a,b\n1,2\n3,4\n5,7\n".encode("utf-16") + b"\x31")
    assert notice(dataset, "broken bytes").count == 1


def test_counts_of_one(loaded):
    assert notice(loaded("Title\na,b\n1,2\n3,4\n5,9\n"), "lines above").text.startswith("1 line above the table is left out")
    long = loaded("a,b\n1,2\n3,4,5\n5,9\n6,1\n3,3\n", long_rows="leave out")
    assert notice(long, "long rows").text == "Row 3 has more than 2 cells and is left out."
    assert "1 character outside ASCII" in notice(loaded(b"n,b\n\xe9,2\nx,1\ny,4\n"), "encoding").text
    with pytest.raises(Problem, match="a header with 1 column and no rows"):
        loaded("name\n")


@pytest.mark.parametrize("mark", [-999, -9999, 999])
def test_numbers_that_may_mean_missing_are_asked_about(loaded, mark):
    content = table(20, 30.5, mark, 25, mark, 31)
    told = notice(loaded(content), "missing numbers")
    assert told.asks and told.count == 2 and loaded(content).table["v"][2] == mark
    dataset = loaded(content, **told.options[0].choices)
    assert dataset.table["v"].null_count() == 2 and notice(dataset, "missing marks").count == 2
    assert notice(loaded(table(20, "NA", 3), **told.options[0].choices), "missing marks").count == 1


@pytest.mark.parametrize("cells", [[1, 2, 3, 999, 4], [998, 997, 10, 999, 999], [-999, -998, -999, 5, 6]])
def test_numbers_among_others_are_numbers(loaded, cells):
    assert "missing numbers" not in codes(loaded(table(*cells)))
