"""Labels in a file of their own: matched by count, kept literally, never cut off."""

from __future__ import annotations

import numpy as np
import pytest

from callbacks.sample import label
from pipeline import loading
from pipeline.exporting import points
from pipeline.results import Problem

TABLE = "a,b\n" + "".join(f"{i * 1.5},{i % 7}\n" for i in range(12))


def names(dataset):
    return [dataset.target.names[code] if code >= 0 else None for code in dataset.target.codes]


def notice(dataset, code):
    return next(notice for notice in dataset.notices if notice.code == code)


@pytest.mark.parametrize("header", ["", "0\n", "species\n", '"kind of"\n'])
def test_with_and_without_header(loaded, labelled, header):
    dataset = loaded(TABLE)
    words = ["NA", "None", "x", "-"] * 3
    made = labelled(dataset, header + "\n".join(words))
    assert names(made) == words and made.rows_key == dataset.rows_key
    assert made.target.name == {"": "label", "0\n": "label"}.get(header, header.strip().strip('"'))
    assert notice(made, "labels").count == 12 and ("labels header" in {n.code for n in made.notices}) == bool(header)


def test_numbers_as_classes_or_as_a_number(loaded, labelled):
    few = labelled(loaded(TABLE), "\n".join(str(i % 3) for i in range(12)) + "\n")
    assert few.target.kind == "class" and few.target.names == ("0", "1", "2")
    number = labelled(loaded(TABLE), "\n".join(str(i % 3) for i in range(12)), **notice(few, "label kind").options[0].choices)
    assert number.target.kind == "number" and number.target.values.tolist() == [float(i % 3) for i in range(12)]
    many = labelled(loaded(TABLE), "score\n" + "\n".join(str(i / 7) for i in range(12)))
    assert many.target.kind == "number" and many.target.name == "score" and np.isclose(many.target.values[3], 3 / 7)


LONG = ["0.123456789", "20231231", "16777217", "4"]


def test_numbers_keep_all_their_digits(loaded, labelled, tmp_path):
    numbers = [float(word) for word in LONG]
    words = LONG * 3
    assert labelled(loaded(TABLE), "\n".join(words), labels_kind="number").target.values.tolist() == numbers * 3
    np.savez(tmp_path / "both.npz", X=np.arange(24.0).reshape(12, 2), y=np.array(numbers * 3))
    assert loaded(tmp_path / "both.npz").target.values.tolist() == numbers * 3
    inside = "a,b,label\n" + "".join(f"{i * 1.5},{i % 7},{word}\n" for i, word in enumerate(words))
    dataset = loaded(inside, **{"role:label": "target"})
    for made in (dataset, labelled(loaded(TABLE), "\n".join(words), labels_kind="number")):
        assert points(made)["label"].to_list() == numbers * 3
        assert [label(made, row) for row in range(4)] == LONG
    dates = labelled(loaded(TABLE), "\n".join(f"202312{day}" for day in range(10, 22)), labels_kind="number")
    assert points(dates)["label"].to_list() == list(range(20231210, 20231222)) and label(dates, 3) == "20231213"
    single = np.array(numbers * 3, np.float32) / np.float32(3)
    np.savez(tmp_path / "single.npz", X=np.arange(24.0).reshape(12, 2), y=single)
    assert label(loaded(tmp_path / "single.npz"), 0) == str(single[0])


def test_whole_numbers_that_no_float_holds_stay_words(loaded, labelled, tmp_path):
    numbers = [2**53 + 1 + 2 * i for i in range(12)]
    made = labelled(loaded(TABLE), "\n".join(map(str, numbers)))
    assert names(made) == [str(number) for number in numbers]
    np.savez(tmp_path / "both.npz", X=np.arange(24.0).reshape(12, 2), y=np.array(numbers))
    assert names(loaded(tmp_path / "both.npz")) == [str(number) for number in numbers]


def test_missing_labels(loaded, labelled):
    assert names(labelled(loaded(TABLE), "kind\n" + "\n".join(["u", "", "v"] * 4) + "\n")) == ["u", None, "v"] * 4


def test_counted_rows_beside_the_labels(loaded, labelled):
    made = labelled(loaded(TABLE), ",0\n" + "".join(f"{i},Digit {i % 4}\n" for i in range(12)))
    assert made.target.names == ("Digit 0", "Digit 1", "Digit 2", "Digit 3")


def test_labels_take_the_place_of_a_label_inside(loaded, labelled):
    dataset = loaded("a,b,class\n" + "".join(f"{i * 1.5},{i % 7},{'uv'[i % 2]}\n" for i in range(12)))
    made = labelled(dataset, "\n".join("xyz"[i % 3] for i in range(12)))
    assert made.target.names == ("x", "y", "z") and made.columns[2].role == "hover" and made.rows_key == dataset.rows_key


@pytest.mark.parametrize("count", [11, 14, 3])
def test_a_mismatch_names_counts_and_values(loaded, labelled, count):
    lines = rf"labels\.csv has {count} lines, so {count} labels, or {count - 1} under a header \(“w0”, “w1”, “w2” …\)"
    with pytest.raises(Problem, match=lines + r", and table\.csv has 12 rows"):
        labelled(loaded(TABLE), "\n".join(f"w{i}" for i in range(count)))


def test_a_blank_line_among_labels_is_asked_about_when_the_counts_agree_without_it(loaded, labelled):
    lines = ["uvw"[i % 3] for i in range(12)]
    made = labelled(loaded(TABLE), "\n".join([*lines[:5], "", *lines[5:]]))
    assert [made.target.names[code] for code in made.target.codes] == lines
    assert [n.asks for n in made.notices if n.code == "labels blank"] == [True]


def test_what_was_repaired_in_a_labels_file_is_told(loaded, labelled):
    made = labelled(loaded(TABLE), "\n".join("éüa"[i % 3] for i in range(12)).encode("latin-1"))
    (told,) = (notice for notice in made.notices if notice.code == "labels encoding")
    assert "labels.csv" in told.text and all(name.startswith("labels_") for way in told.options for name in way.choices)


def test_a_way_out_of_a_broken_labels_file_is_a_choice_of_that_file(loaded, labelled):
    with pytest.raises(Problem) as raised:
        labelled(loaded(TABLE), "\n".join('"x' if i % 2 else "y" for i in range(12)))
    assert raised.value.options[0].choices == {"labels_quotes": "literal"}


def test_a_first_line_that_could_be_a_label_is_asked_about(loaded, labelled):
    made = labelled(loaded(TABLE), "\n".join("uvw"[i % 3] for i in range(13)))
    assert notice(made, "labels header").asks and notice(made, "labels header").options[0].choices == {"header": False}


def test_several_columns_are_refused(loaded, labelled):
    with pytest.raises(Problem, match="has 3 columns"):
        labelled(loaded(TABLE), "a,b,c\n" + "1,2,3\n" * 12)


def test_different_labels_in_every_row_are_shown(loaded, labelled):
    table = "a,b\n" + "".join(f"{i * 1.5},{i % 7}\n" for i in range(120))
    made = labelled(loaded(table), "\n".join(f"name {i}" for i in range(120)))
    assert made.target is None and made.named("hover") == ["label"] and made.table["label"][5] == "name 5"


def test_whole_numbers_beside_row_numbers_could_have_a_decimal_comma(loaded, labelled):
    dataset, text = loaded(TABLE), "\n".join(f"{i},5" for i in range(12))
    (asked,) = (notice for notice in labelled(dataset, text).notices if notice.asks and "row" in notice.text)
    made = labelled(dataset, text, **asked.options[0].choices)
    assert made.target.kind == "number" and made.target.values.tolist() == [i + 0.5 for i in range(12)]


def test_labels_of_an_array_that_are_no_numbers(loaded, tmp_path):
    file = tmp_path / "labels.npy"
    np.save(file, np.array([0.0, 1, 2, float("nan")] * 3))
    made = loading.with_labels(loaded(TABLE), file, file.name, choices={}, limits=loading.Limits())
    assert made.target.names == ("0", "1", "2") and made.target.codes.min() == -1
    np.save(file, np.array([0.5, 1, 2, float("inf")] * 3))
    made = loading.with_labels(loaded(TABLE), file, file.name, choices={}, limits=loading.Limits())
    assert np.isnan(made.target.values).sum() == 3 and notice(made, "labels infinite").count == 3
