"""Features made from words: categories as 0 and 1, dates as days, never without being asked for or told."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.loading import Limits
from pipeline.loading.moments import days, orders
from pipeline.results import Problem


def notice(dataset, code):
    return next(notice for notice in dataset.notices if notice.code == code)


def table(name, cells):
    return f"{name},a,b\n" + "".join(f"{cell},{i * 37 % 101 / 2},{i * 53 % 97}\n" for i, cell in enumerate(cells))


def test_a_row_without_a_word_has_0_in_all(loaded):
    dataset = loaded(table("colour", ["red", "blue ", "", "red"] * 3), **{"use:colour": "categories"})
    assert dataset.named("feature") == ["colour = blue", "colour = red", "a", "b"]
    assert dataset.rows[:4, :2].tolist() == [[0, 1], [1, 0], [0, 0], [0, 1]]
    assert "3 rows without one have 0 in all" in notice(dataset, "made features").text
    undone = loaded(table("colour", ["red", "blue ", "", "red"] * 3), **notice(dataset, "made features").options[0].choices)
    assert undone.named("feature") == ["a", "b"]


def test_a_name_that_is_taken_gets_a_number(loaded):
    rows = "".join(f"{('red', 'blue')[i % 2]},{i * 37 % 101},{i * 53 % 97}\n" for i in range(12))
    content = "colour,colour = red,b\n" + rows
    made = loaded(content, **{"use:colour": "categories"})
    assert made.table.columns == ["colour", "colour = blue", "colour = red (2)", "colour = red", "b"]


def test_features_made_of_words_stay_within_the_limits(loaded):
    content = "p,q,r,s\n" + "".join(f"p{i % 5},q{i % 7},r{i % 5},s{i * 7 % 6}\n" for i in range(40))
    few = Limits(columns=18)
    dataset = loaded(content, limits=few)
    assert len(dataset.named("feature")) == 12 and dataset.table.width == 16
    told = [each for each in dataset.notices if each.code == "categories"]
    assert "(“r”, “s”)" in told[1].text or "(“r”, “s”)" in told[0].text
    together = next(way for each in told for way in each.options if way.label == "Use all 2 as features")
    answered = loaded(content, limits=few, **together.choices)
    assert len(answered.named("feature")) == 12 and notice(answered, "too many features").count == 2
    assert "2 columns of words (“r”, “s”) would make" in notice(answered, "too many features").text
    narrow = loaded(content, limits=Limits(cells=40 * 12), **{"use:p": "categories", "use:q": "categories"})
    assert len(narrow.named("feature")) == 5
    assert len(loaded(content).named("feature")) == 23


def test_words_that_are_all_different_are_not_offered(loaded):
    assert not [told for told in loaded(table("name", [f"n{i}" for i in range(80)])).notices if told.code == "categories"]
    with pytest.raises(Problem) as caught:
        loaded("name\n" + "".join(f"n{i}\n" for i in range(80)))
    assert not caught.value.options


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["2024-01-02", "2024/1/3"], ("year",)),
        (["02.01.2024", "03.01.2024"], ("day",)),
        (["13/01/2024", "02/01/2024"], ("day",)),
        (["01/13/2024", "01/02/2024"], ("month",)),
        (["01/02/24", "03/04/24"], ("day", "month")),
        (["13/13/2024", "01/02/2024"], ()),
        (["12:30", "13:45:10"], ()),
    ],
)
def test_the_order_of_day_and_month_is_told_by_numbers_beyond_twelve(cells, found):
    assert orders(pl.Series(cells)) == found


def test_days_count_from_the_first_with_time_and_zone():
    cells = ["2024-03-01", "2024-02-29 12:00", "2024-02-29T06:00:00+06:00", "2024-03-01 01:30 PM", "2024-02-30", None]
    made, first = days(pl.Series("when", cells), "year")
    assert first == "2024-02-29" and made.to_list() == [1.0, 0.5, 0.0, 1 + 13.5 / 24, None, None]
    assert days(pl.Series(["01.02.69", "01.02.70"]), "day")[0].to_list() == [36160.0, 0.0]


def test_labels_beyond_single_precision_are_missing_and_told(loaded):
    made = loaded(table("score", [f"{i}e{37 + i % 3}" for i in range(1, 13)]), **{"role:score": "target"})
    told = notice(made, "labels infinite")
    assert told.count == sum(i * 10 ** (37 + i % 3) > 3e38 for i in range(1, 13)) and made.target.kind == "number"


def test_the_same_repair_of_many_columns_is_told_once(loaded):
    names = [f"c{i}" for i in range(6)]
    rows = "".join(",".join(f"{row * 7 + i} kg" for i in range(6)) + "\n" for row in range(5))
    dataset = loaded(",".join(names) + "\n" + rows)
    (told,) = (each for each in dataset.notices if each.code == "units")
    assert told.count == 30 and "5 other columns (“c1”, “c2”, “c3” …)" in told.text
    assert loaded(",".join(names) + "\n" + rows, **told.options[0].choices | {"type:c0": "number"}).table["c5"][0] == "5 kg"
