"""Labels that name their rows: found whatever their order, never guessed."""

from __future__ import annotations

import pytest

from pipeline.results import Problem
from tests.pipeline.loading.drawn import load, pixels, saved, zipped
from tests.pipeline.loading.test_labels import names, notice

TABLE = "code,a,b\n" + "".join(f"k{i:02},{i * 1.5},{i % 7}\n" for i in range(12))
KINDS = {f"k{i:02}": "uvw"[i % 3] for i in range(12)}


def lines(pairs, head=""):
    return head + "".join(f"{key},{label}\n" for key, label in pairs)


@pytest.mark.parametrize("head", ["", "code,kind\n"])
@pytest.mark.parametrize("turned", [False, True])
def test_labels_are_found_by_name_in_any_order(loaded, labelled, head, turned):
    dataset = loaded(TABLE)
    pairs = [pair[::-1] if turned else pair for pair in reversed(KINDS.items())]
    made = labelled(dataset, lines(pairs, "kind,code\n" if turned and head else head))
    assert names(made) == list(KINDS.values()) and made.rows_key == dataset.rows_key
    assert made.target.name == ("kind" if head else "label")
    assert ("labels header" in {told.code for told in made.notices}) == bool(head)
    assert "12 labels of labels.csv found by “code”" in notice(made, "labels").text and not notice(made, "labels").asks


def test_rows_that_are_not_named_and_names_without_a_row_are_told(loaded, labelled):
    pairs = [pair for pair in KINDS.items() if pair[0] not in ("k03", "k07")] + [("k99", "x")]
    made = labelled(loaded(TABLE), lines(pairs))
    assert [names(made)[row] for row in (2, 3, 4, 7)] == ["w", None, "v", None] and "x" not in made.target.names
    missing, over = notice(made, "labels missing"), notice(made, "labels passed over")
    assert missing.count == 2 and "“k03”, “k07”" in missing.text
    assert over.count == 1 and "“k99”" in over.text


def test_one_name_with_two_labels_is_refused_and_with_the_same_twice_is_not(loaded, labelled):
    with pytest.raises(Problem, match=r"labels\.csv names “k04” twice, .*“v” in row 5 and “z” in row 13"):
        labelled(loaded(TABLE), lines([*KINDS.items(), ("k04", "z")]))
    with pytest.raises(Problem, match="“v” in row 7 and “z” in row 15"):  # as they are counted in the file
        labelled(loaded(TABLE), lines([*KINDS.items(), ("k04", "z")]).replace("\n", "\n\n\n", 1))
    assert names(labelled(loaded(TABLE), lines([*KINDS.items(), ("k04", "v")]))) == list(KINDS.values())


def test_two_columns_that_name_nothing_are_refused_with_both_ways(loaded, labelled):
    with pytest.raises(Problem, match="a name that stands in the data"):
        labelled(loaded(TABLE), lines([(f"q{i}", "u") for i in range(12)]))


def test_row_numbers_in_another_order_are_names(loaded, labelled):
    dataset = loaded("id,a,b\n" + "".join(f"{11 - i},{i * 1.5},{i % 7}\n" for i in range(12)))
    made = labelled(dataset, lines([(i, "uvw"[i % 3]) for i in range(12)], "id,kind\n"))
    assert names(made) == ["uvw"[(11 - i) % 3] for i in range(12)]
    asked = notice(made, "labels")
    assert asked.asks  # they could count the rows as well
    other = labelled(dataset, lines([(i, "uvw"[i % 3]) for i in range(12)], "id,kind\n"), **asked.options[0].choices)
    assert names(other) == ["uvw"[i % 3] for i in range(12)]


@pytest.mark.parametrize("head", ["", ",kind\n"])
def test_an_index_that_counts_from_another_number_is_no_name(loaded, labelled, head):
    dataset = loaded("id,a,b\n" + "".join(f"{i + 1},{i * 1.5},{i % 7}\n" for i in range(12)))
    made = labelled(dataset, lines([(i, "uvw"[i % 3]) for i in range(12)], head))
    assert names(made) == ["uvw"[i % 3] for i in range(12)]


@pytest.mark.parametrize("written", ["cats/{}.png", "{}.png", "{}"])
def test_pictures_are_found_by_path_file_name_and_stem(tmp_path, labelled, written):
    files = {f"cats/p{i}.png": saved(pixels(seed=i)) for i in range(6)} | {"cats/p2.png": b""}
    dataset = load(zipped(tmp_path / "a.zip", files))
    made = labelled(dataset, lines([(written.format(f"p{i}"), "xy"[i % 2]) for i in reversed(range(6))], "image,kind\n"))
    assert made.table["file"].to_list() == [f"cats/p{i}.png" for i in (0, 1, 3, 4, 5)]
    assert names(made) == ["x", "y", "y", "x", "y"] and made.target.name == "kind"
    assert notice(made, "labels passed over").count == 1
