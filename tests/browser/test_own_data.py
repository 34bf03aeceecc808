"""One's own file: two clicks to a map, what was understood of it, answers and roles, labels before and after."""

import pandas as pd
import pytest

from tests.browser.pages import COLOURS, LONG, at_rest, choose, csv, drawn, explore, jobs, points, ready, understood, workspace
from tests.data import needs_data


@pytest.fixture
def page(browse, app):
    page = browse()
    page.goto(app.address)
    ready(page)
    return page


def blobs(rows: int = 90, columns: int = 4) -> tuple[str, str]:
    """Three separate groups as a data file and a labels file, both with the header of numbered columns."""
    values = [[10 * (row % 3) * (column % 2) + (row * 7 + column * 3) % 5 for column in range(columns)] for row in range(rows)]
    data = pd.DataFrame(values, columns=[str(i) for i in range(columns)]).to_csv(index=False)
    labels = pd.DataFrame({"0": [f"kind {row % 3}" for row in range(rows)]}).to_csv(index=False)
    return data, labels


def role(page, column: str):
    return page.locator("#preview tbody tr", has=page.get_by_role("rowheader", name=column, exact=True)).locator("select")


def test_two_clicks_from_a_file_to_a_map(page):
    choose(page, needs_data("seeds/iris.csv"))
    preview = understood(page, "iris.csv")
    words = preview.inner_text()
    assert "150 rows × 5 columns" in words and "sepal_length" in words and "SETOSA" in words
    assert role(page, "class").input_value() == "target" and role(page, "petal_width").input_value() == "feature"
    assert page.locator("#preview .figures img.histogram").count() >= 5
    explore(page)
    at_rest(page, 150)
    assert page.locator("#legend .chip-name").all_inner_texts() == ["SETOSA", "VERSICOLOR", "VIRGINICA"]
    assert page.locator("#dataset-menu").inner_text().startswith("iris.csv")


def test_explore_pressed_while_the_file_is_still_being_read(page):
    rows = "\n".join(f"{row % 7},{row % 11},{row % 13},{'ab'[row % 2]}" for row in range(700))
    choose(page, csv("early.csv", "x1,x2,x3,kind\n" + rows))
    explore(page)
    understood(page, "early.csv")
    at_rest(page, 700)


def test_a_file_that_is_here_before_the_page_has_begun_is_not_lost(browse, app):
    page, held = browse(), []
    page.route("**/_dash-update-component?*", lambda route: held.append(route), times=1)  # the one that begins the workspace
    page.goto(app.address)
    page.locator("#upload-data[data-upload] input").wait_for(state="attached")
    with page.expect_response("**/upload"):
        choose(page, csv("quick.csv", "a,b\n" + "\n".join(f"{i % 7},{i % 5}" for i in range(40))))
    held[0].continue_()
    understood(page, "quick.csv")


def test_a_role_is_changed_and_the_map_follows_only_when_features_change(page, app):
    choose(page, needs_data("seeds/iris.csv"))
    understood(page, "iris.csv")
    explore(page)
    at_rest(page, 150)
    map_ = workspace(app, page)["results"]["projection"]
    role(page, "class").select_option("hover")
    page.locator("#legend .chip-name", has_text="all rows").wait_for(timeout=LONG)
    assert workspace(app, page)["results"]["projection"] == map_
    role(page, "class").select_option("target")
    page.locator("#legend .chip-name", has_text="SETOSA").wait_for(timeout=LONG)
    role(page, "petal_width").select_option("hover")
    page.locator("#dataset-menu", has_text="150 × 3").wait_for(timeout=LONG)
    explore(page)
    at_rest(page, 150)
    assert workspace(app, page)["results"]["projection"] != map_


def test_a_notice_is_answered_otherwise(page):
    choose(page, csv("numbered.csv", ",a,b,c\n" + "\n".join(f"{row},{row % 5},{row % 3},{row * row % 11}" for row in range(60))))
    preview = understood(page, "numbered.csv")
    page.locator("#dataset-menu", has_text="60 × 3").wait_for()
    notice = preview.locator(".notices li", has=page.locator("button")).first
    notice.locator("button").first.click()
    page.locator("#dataset-menu", has_text="60 × 4").wait_for(timeout=LONG)


@pytest.mark.parametrize("name, content", [
    ("page.csv", "<!DOCTYPE html><html><body><p>Sign in</p></body></html>"), ("empty.csv", ""), ("words.csv", "a\nb\n"),
])  # fmt: skip
def test_a_wrong_file_gives_one_calm_sentence(page, name, content):
    page.locator("#dataset-menu", has_text="digits.csv").wait_for(timeout=LONG)
    choose(page, csv(name, content))
    sentence = page.locator(".problem")
    sentence.wait_for(timeout=LONG)
    words = sentence.locator("p").all_inner_texts()
    assert len(words) == 1 and words[0].endswith(".") and "Traceback" not in words[0] and "Reference" not in words[0], words
    assert page.locator("#dataset-menu").inner_text().startswith("digits.csv")  # what was there stays
    choose(page, csv("right.csv", blobs()[0]))
    understood(page, "right.csv")
    sentence.wait_for(state="detached")


def test_a_way_out_of_a_problem_is_one_press(page):
    rows = [f"{i % 7},{i % 5},{i % 3}" for i in range(60)]
    choose(page, csv("long.csv", "\n".join(["a,b,c", *rows[:30], "1,2,3,4", *rows[30:]])))
    page.locator(".problem", has_text="row 32 has 4 cells").wait_for(timeout=LONG)
    page.get_by_role("button", name="Leave rows with too many cells out").click()
    understood(page, "long.csv")
    page.locator(".problem").wait_for(state="detached")
    assert "60 rows" in page.locator("#preview h2").inner_text()


def test_labels_after_the_map_colour_it_and_compute_nothing(page, app):
    data, labels = blobs()
    choose(page, csv("plain_input.csv", data))
    understood(page, "plain_input.csv")
    explore(page)
    at_rest(page, 90)
    before, explored = workspace(app, page), jobs(app, "explore")
    choose(page, csv("plain_labels.csv", labels), "labels")
    page.locator("#legend .chip-name", has_text="kind 2").wait_for(timeout=LONG)
    page.wait_for_function(f"() => ({COLOURS})().filter(trace => trace[1] === 30).length === 3")
    after = workspace(app, page)
    assert after["results"]["projection"] == before["results"]["projection"] and after["dataset"] != before["dataset"]
    assert jobs(app, "explore") == explored
    drawn(page, 90)


def test_labels_before_the_data_wait_for_it(browse, app, tmp_path):
    data, labels = blobs(91)
    page = browse()
    page.goto(app.address)
    ready(page)
    choose(page, csv("early_labels.csv", labels), "labels")
    page.locator("#upload-labels[data-state=done]").wait_for(state="attached")
    choose(page, csv("late_input.csv", data))
    understood(page, "late_input.csv")
    page.locator("#dataset-menu", has_text="3 classes").wait_for(timeout=LONG)


def test_labels_that_do_not_fit_say_both_counts(page):
    choose(page, csv("fits_input.csv", blobs(93)[0]))
    understood(page, "fits_input.csv")
    choose(page, csv("short_labels.csv", blobs(50)[1]), "labels")
    page.locator(".problem", has_text="93").wait_for(timeout=LONG)
    assert "short_labels.csv" in page.locator(".problem").inner_text()
    page.locator("#dataset-menu", has_text="fits_input.csv").wait_for()


def test_points_are_taken_away_and_come_back(page, app):
    choose(page, csv("given.csv", "name,x,y,weight\n" + "\n".join(f"=r{i},{i % 9},{i // 9},{i % 4}" for i in range(81))))
    understood(page, "given.csv").get_by_role("button", name="They are a map").click()
    page.locator("#preview .notices").get_by_role("button", name="They are a map").wait_for(state="detached", timeout=LONG)
    explore(page)
    at_rest(page, 81)
    assert workspace(app, page)["recipe"]["projection"]["algorithm"] == "given"
    first = points(page)
    assert len(first) == 81 and list(first["row"]) == list(range(81))
    assert {"name", "x", "y", "weight", "map_x", "map_y"} <= set(first.columns) and "map_z" not in first
    assert first["map_x"].to_list() == [i % 9 for i in range(81)]
    assert not first["name"].str.startswith("=").any()  # no spreadsheet takes it for a formula
    choose(page, csv("points.csv", first.to_csv(index=False)))
    understood(page, "points.csv")
    explore(page)
    page.wait_for_function("() => document.querySelector('#data-summary').textContent.startsWith('points.csv')")
    at_rest(page, 81)
    again = points(page)
    assert list(again.columns) == list(first.columns)
    pd.testing.assert_frame_equal(again, first)
