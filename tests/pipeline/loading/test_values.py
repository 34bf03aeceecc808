"""What the values of columns are taken for: each repair is counted, told and undone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest


def notice(dataset, code):
    return next(notice for notice in dataset.notices if notice.code == code)


def kinds(dataset):
    return {column.name: column.kind for column in dataset.columns}


def numbers(*rows):
    """A table whose first column is given and whose others are ordinary numbers."""
    return "v,a,b\n" + "".join(f"{row},{i * 1.5},{(i * 7) % 5}\n" for i, row in enumerate(rows))


def test_missing_marks_and_infinity(loaded):
    content = numbers("1.5", "NA", "?", "", "inf", "1e309", "-Infinity", "7")
    dataset = loaded(content)
    assert dataset.table["v"].to_list() == [1.5, None, None, None, None, None, None, 7.0]
    assert notice(dataset, "missing marks").count == 2 and notice(dataset, "infinite").count == 3
    assert notice(dataset, "missing").count == 6 and notice(dataset, "missing").asks
    assert np.allclose(dataset.rows[1:7, 0], 4.25)  # the median of 1.5 and 7
    words = loaded(content, **notice(dataset, "missing marks").options[0].choices)
    assert words.table["v"].to_list() == ["1.5", "NA", "?", None, "inf", "1e309", "-Infinity", "7"]
    assert words.named("feature") == ["a", "b"]


def test_rows_with_missing_values_can_be_left_out(loaded, labelled):
    dataset = loaded(numbers("1", "", "3", "8"), fill="rows")
    assert len(dataset.rows) == len(dataset.table) == 3 and dataset.details["left_rows"] == [1]
    target = labelled(dataset, "u\nv\nw\nx\n").target
    assert [target.names[code] for code in target.codes] == ["u", "w", "x"]


def test_a_mistake_far_down(loaded):
    content = "a,b\n" + "".join(f"{i % 90 + 100},{i % 7}\n" for i in range(600_000)) + "oops,3\n"  # more than one block
    dataset = loaded(content)
    told = notice(dataset, "not numbers")
    assert told.count == 1 and told.asks and "row 600,002 has “oops”" in told.text
    assert dataset.table["a"][-1] is None and dataset.table["a"][599_999] == 159.0
    text = loaded(content, **told.options[0].choices)
    assert text.table["a"][0] == "100" and text.table["a"][-1] == "oops"


def test_leading_zeros_stay(loaded):
    dataset = loaded(numbers("007", "12", "0123"))
    assert dataset.table["v"].to_list() == ["007", "12", "0123"] and notice(dataset, "leading zeros").asks
    assert loaded(numbers("007", "12", "0123"), **notice(dataset, "leading zeros").options[0].choices).table["v"][0] == 7


def test_leading_zeros_far_down_bring_back_every_spelling(loaded):
    content = "a,b\n" + "".join(f"{i % 90 + 10},{i % 7}\n" for i in range(900_000)) + "007,3\n"
    dataset = loaded(content)
    assert dataset.table["a"][0] == "10" and dataset.table["a"][-1] == "007"


@pytest.mark.parametrize("start", [2**53 + 1, 2**64 + 1, -(2**70)])
def test_long_whole_numbers_keep_every_digit(loaded, start):
    words = [str(start + 2 * i) for i in range(6)]
    dataset = loaded(numbers(*words))
    assert (
        dataset.table["v"].to_list() == words and dataset.columns[0].role == "id" and notice(dataset, "long numbers").count == 6
    )


def test_units_flags_dates_and_other_digits(loaded):
    dataset = loaded("w,f,d,m,p\n12 kg,yes,2020-01-02,−1,5%\n13 kg,no,2020-01-03,２,7%\n14.5 kg,Yes,2020-02-01,3,11%\n")
    assert kinds(dataset) == {"w": "number", "f": "flag", "d": "date", "m": "number", "p": "number"}
    assert dataset.rows.tolist() == [[12, 1, -1, 5], [13, 0, 2, 7], [14.5, 1, 3, 11]]
    assert notice(dataset, "units").asks and notice(dataset, "foreign digits").count == 2
    assert dataset.table["f"].to_list() == ["yes", "no", "Yes"] and dataset.table["d"][0] == "2020-01-02"


def test_dangerous_words_are_words(loaded):
    words = ["=cmd|' /C calc'!A0", "@SUM", "+1+1", "<script>", "{{x}}", "\u202eabc", "e\u0301", "x" * 100_000]
    assert loaded(numbers(*words)).table["v"].to_list() == words


def test_odd_names(loaded):
    names = ["__proto__", "a.b", "../../etc/passwd", "x" * 5000, "CON", "ok", "ok", "", "😀"]
    dataset = loaded(",".join(names) + "\n" + "".join(",".join(str((i * j) % 11) for j in range(9)) + "\n" for i in range(1, 9)))
    assert dataset.table.columns == [*names[:6], "ok (2)", "column 8", "😀"]
    assert {"repeated names", "unnamed columns"} <= {notice.code for notice in dataset.notices}


def test_constant_and_empty_columns(loaded):
    rows = "".join(f"5,{i * i},,{'7' if i == 2 else ''}\n" for i in range(40))
    dataset = loaded("same,a,none,rare\n" + rows)
    assert dataset.named("left out") == ["same", "none", "rare"] and dataset.named("feature") == ["a"]
    kept = loaded("same,a,none,rare\n" + rows, **notice(dataset, "constant").options[0].choices)
    assert "same" in kept.named("feature")


def test_duplicate_rows_are_counted(loaded):
    dataset = loaded("a,b\n1,2.5\n1,2.5\n-0.0,3\n0,3\n5,6\n")
    assert notice(dataset, "duplicate rows").count == 2 and len(dataset.rows) == 5


def test_figures_equal_numpy(loaded):
    rng = np.random.default_rng(0)
    table = pl.DataFrame(
        {"bytes": rng.integers(3, 250, 999), "normal": rng.normal(5, 2, 999), "wide": rng.integers(-40_000, 40_000, 999),
         "gaps": [None if i % 9 == 0 else i / 7 for i in range(999)], "words": [f"w{i % 3}" for i in range(999)]}
    )  # fmt: skip
    dataset = loaded(table.write_csv())
    for column in dataset.columns[:4]:
        values = table[column.name].drop_nulls().to_numpy()
        assert (column.count, column.missing) == (len(values), 999 - len(values))
        assert np.allclose([column.mean, column.deviation, column.low, column.high],
                           [values.mean(), values.std(), values.min(), values.max()])  # fmt: skip
        assert np.allclose(column.quartiles, np.quantile(values, (0.25, 0.5, 0.75)))
        assert column.histogram == tuple(np.histogram(values, 16)[0])
    assert dataset.columns[4].top == ("w0", "w1", "w2") and dataset.columns[4].histogram == (333, 333, 333)


def test_numbers_too_large_for_single_precision_are_divided(loaded):
    dataset = loaded("a,t\n1e308,x\n-1e308,y\n1.5e308,z\n,u\n")
    assert dataset.table["a"].to_list() == [1e308, -1e308, 1.5e308, None]
    assert np.allclose(dataset.rows[:, 0] / dataset.rows[0, 0], [1, -1, 1.5, 1]) and dataset.rows.max() < 1e18
    told = notice(dataset, "precision")
    assert told.count == 1 and told.options[0].choices == {"role:a": "left out"} and dataset.columns[0].high == 1.5e308


def test_line_ends_that_change_inside_cells_are_told(loaded):
    table = 'a,b,note\r\n1,2.5,"one\r\ntwo"\r\n2,3.5,plain\r\n3,1.5,"x\r\ny"\r\n'
    (told,) = (notice for notice in loaded(table).notices if notice.code == "line ends")
    assert told.count == 2
    assert not [notice for notice in loaded(table.replace("\r", "")).notices if notice.code == "line ends"]
