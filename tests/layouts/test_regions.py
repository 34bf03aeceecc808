"""The regions that callbacks fill: sample, clusters, preview, status, legend."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from dash import html

from layouts import clusters, data, figures, ids, marks, sample, status
from layouts.plain import tree
from pipeline.results import Column, Notice, Option


def parts(components):
    for component in components if isinstance(components, list) else [components]:
        yield component
        yield from (part for part in component._traverse() if hasattr(part, "_traverse"))


def words(components):
    found = []
    for part in parts(components):
        children = getattr(part, "children", None)
        found += [text for text in (children if isinstance(children, list) else [children]) if isinstance(text, str)]
    return " ".join(found)


def of(components, kind):
    return [part for part in parts(components) if isinstance(part, kind)]


def test_the_card_says_the_row_its_facts_and_its_neighbours():
    near = [sample.Neighbour(7, "two", 1.25, "/p/7"), sample.Neighbour(9, "", 250.0)]
    drawn = sample.card(1204, "/p/1204", [("label", "4")], near, pinned=True)
    for text in ("Row 1,204", "label", "4", "row 7 · two", "row 9", "1.25", "250"):
        assert text in words(drawn)
    assert [image.src for image in of(drawn, html.Img) if image.src.startswith("/p/")] == ["/p/1204", "/p/7"]
    buttons = [getattr(button, "id", button.className) for button in of(drawn, html.Button)]
    assert buttons == ["button compare", *(ids.near_count(count) for count in sample.NEAR), ids.near(7), ids.near(9)]
    assert "pinned" in drawn[0].className


def test_bars_of_neighbours_say_nothing_by_their_colour():
    near = [sample.Neighbour(7, "two", 1.0), sample.Neighbour(9, "one", 1.0)]
    bars = {image.src for image in of(sample.nearest(near), html.Img)}
    assert bars == {marks.bar(1.0).src}


def test_without_a_picture_and_neighbours_there_is_one_card_of_values():
    drawn = sample.card(0, "", [("petal", "1.4")])
    assert len(drawn) == 1 and not of(drawn, html.Img) and "pinned" not in drawn[0].className


def test_empty_places_say_what_to_do():
    assert "Click" in words(sample.nothing())
    assert "step 4" in words(clusters.none_yet())
    assert "once a file is read" in words(data.no_preview())


def test_the_preview_says_where_a_file_was_fetched_from():
    source = {"address": "https://example.org/<b>", "when": "2026-11-21 18:44 UTC", "whole": True}
    assert "from https://example.org/<b>, fetched 2026-11-21" in words(data.preview("t", [], [], [], (0, 0), source=source))
    assert "fetched" not in words(data.preview("t", [], [], [], (0, 0)))


def test_noise_comes_last_is_grey_and_called_noise():
    found = [clusters.Cluster(-1, "Noise", 3, "#111111"), clusters.Cluster(0, "sevens", 1, "#222222", "a", 0.5)]
    drawn = clusters.gallery(found, "key", "made")
    assert ["sevens"] == re.findall('"value":"(.*?)"', tree(drawn))
    assert [bold.children for bold in of(drawn, html.B)] == ["Noise"]
    assert "50 % are “a”" in words(drawn) and "1 row" in words(drawn)
    assert figures.NOISE in unquote(of(drawn, html.Img)[-1].src)


def test_a_proposal_can_be_taken():
    assert [button.id for button in of(clusters.proposal(9, "by silhouette")[1], html.Button)] == [ids.propose(9)]


COLUMN = Column("petal", "feature", "number", 148, 2, 3.75812, 1.7, 1.0, (1.6, 4.35, 5.1), 6.9, (5, 0, 9))


def test_the_preview_says_what_was_understood():
    species = Column("species", "target", "category", 150, 0, histogram=(50, 50), top=("setosa", "virginica"))
    drawn = data.preview("iris.csv", [COLUMN, species], [], [[1.4, "setosa"], [None, "virginica"]], (150, 2))
    for text in ("iris.csv", "150 rows × 2 columns", "3.758", "1.6 · 4.35 · 5.1", "setosa, virginica", "1.4", "–"):
        assert text in words(drawn)
    roles = [part for part in parts(drawn) if getattr(part, "id", None) == ids.role(1)]
    assert [option.value for option in of(roles[0], html.Option) if getattr(option, "selected", None)] == ["target"]


def test_notices_are_told_and_questions_have_answers():
    ask = Notice(
        "decimal", "A comma was read as the decimal mark.", 3, (Option("As a separator", {}), Option("As text", {})), True
    )
    drawn = data.preview("a.csv", [COLUMN], [Notice("index", "The first column was left out."), ask], [], (1, 1))
    items = of(of(drawn, html.Ul), html.Li)
    assert [item.className for item in items] == ["notice", "question"]
    assert [button.id for button in of(drawn, html.Button)] == [ids.answer(1, 0), ids.answer(1, 1)]


def test_many_columns_are_folded_to_the_first():
    columns = [Column(f"pixel {index}", "feature", "number") for index in range(784)]
    drawn = data.preview("mnist.csv", columns, [], [[0] * 784], (70_000, 784))
    assert "… and 734 more columns" in words(drawn) and "… and 772 more columns" in words(drawn)
    assert len([part for part in parts(drawn) if isinstance(getattr(part, "id", None), dict)]) == data.SHOWN


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"state": "queued", "place": 1}, "Waiting: it is the next to run."),
        ({"state": "queued", "place": 2}, "Waiting: 1 run is before it."),
        ({"state": "queued", "place": 4}, "Waiting: 3 runs are before it."),
        ({"state": "running", "stage": "neighbors", "seconds": 1.21}, "Finding the neighbours · 1.2 s"),
        ({"state": "running", "stage": "projection", "note": "Optimising", "seconds": 61}, "Optimising · 61 s"),
        ({"state": "failed", "problem": "Too large."}, "Too large."),
        ({"state": "stopped", "iteration": 1420}, "Stopped at iteration 1,420."),
        ({"state": "finished", "seconds": 185}, "Done in 3 min 5 s."),
    ],
)
def test_a_run_is_told_in_one_line(record, said):
    assert status.run_words(record) == said


def test_the_status_line_says_when_not_all_points_are_drawn():
    said = words(status.map_facts(300_000, 100_000, 0.482, None, 12.3))
    assert "of them drawn" in said and "100,000" in said and "48 %" in said and "12 s" in said
    assert "drawn" not in words(status.map_facts(10, 10, None, 1.5, None))


@pytest.mark.parametrize(("points", "near"), [(10, 9), (14, 13), (16, 15), (5000, 15)])
def test_the_status_line_says_how_many_neighbours_there_were(points, near):
    said = words(status.map_facts(points, points, 1.0, None, None))
    assert f"of each sample's {near} neighbours kept" in said and f"Of the {near} samples nearest" in said
    assert near == 15 or "15" not in said


def test_the_status_line_of_one_or_two_points_claims_nothing():
    assert "kept" not in words(status.map_facts(1, 1, 1.0, None, None))
    assert "sample's 1 neighbour kept" in words(status.map_facts(2, 2, 1.0, None, None))


@pytest.mark.parametrize(
    ("spent", "flat", "said"),
    [
        (0.01, 0.01, ""),
        (4.0, 1.0, ""),
        (3.0, None, ""),
        (8.0, None, "About 8.0 s."),
        (8.0, 8.0, "About 8.0 s."),
        (60.0, 20.0, "About 60 s in 3‑D, which is slower: in 2‑D about 20 s."),
    ],
)
def test_an_estimate_is_said_when_it_is_worth_it(spent, flat, said):
    assert status.estimate(spent, flat) == said


def test_the_legend_names_traces_as_the_figure_orders_them():
    drawn = status.legend(["a", "b"], [3, 4], ["#111111", "#222222"], ("noise", figures.NOISE, 5))
    assert re.findall('"data-trace":"(.*?)"', tree(drawn)) == ["1", "2", "0"]
    assert "noise" in words(drawn[2]) and "5" in words(drawn[2])
    assert len(status.legend(["a"], [3], ["#111111"])) == 1


def test_a_chip_says_a_long_name_whole_and_shows_its_end():
    name = "A very long class name that goes on and on, number 17"
    chip = status.legend([name], [3], ["#111111"])[0]
    assert chip.title == f"{name}: hide or show"
    parts_of_it = [span.children for span in of(chip, html.Span) if isinstance(span.children, str)][:2]
    assert "".join(parts_of_it) == name and parts_of_it[1].endswith("number 17")


def test_a_problem_is_said_with_its_ways_out():
    said = words(status.problem("It went wrong.", ("Leave such rows out",)))
    assert "It went wrong." in said and "Leave such rows out" in said and status.problem("x").role == "alert"


@pytest.mark.parametrize(
    "mark", [marks.dot(13, "#112233"), marks.bar(0.5), marks.bar(7), marks.histogram([]), marks.histogram([3, 0, 9])]
)
def test_marks_are_drawings_that_can_be_read(mark):
    head, drawing = mark.src.split(",", 1)
    assert head == "data:image/svg+xml" and "#" not in drawing
    assert ElementTree.fromstring(unquote(drawing)).tag.endswith("svg")  # noqa: S314


def test_bars_are_as_long_as_their_share():
    assert (
        "h50.0v" in unquote(marks.bar(0.5).src)
        and "h100.0v" in unquote(marks.bar(3).src)
        and "h0.0v" in unquote(marks.bar(-1).src)
    )


def test_of_pictures_few_pixels_are_listed_and_every_other_column():
    pixels = [Column(f"p{i}", "feature", "number") for i in range(64)]
    drawn = data.preview("digits.csv", [*pixels, Column("label", "target", "category")], [], [[0] * 65], (9, 65), "/mean/key.png")
    text = words(drawn)
    assert "p7" in text and "Role of label" in text and "Role of p8" not in text and "56 more columns" in text


def test_neighbours_that_the_map_lost_are_told():
    near = [sample.Neighbour(7, "two", 1.0, kept=True), sample.Neighbour(9, "one", 2.0, kept=False)]
    drawn = sample.nearest(near, 15)
    assert "The map keeps 1 of these 2 near." in words(drawn) and words(drawn).count("farther on the map") == 1
    lost = [button for button in of(drawn, html.Button) if "lost" in button.className]
    assert [button.id for button in lost] == [ids.near(9)]
    pressed = [button.children for button in of(drawn, html.Button) if getattr(button, "aria-pressed", "") == "true"]
    assert pressed == ["15"]


def test_scores_of_groups_and_the_table_beside_labels():
    said = words(clusters.scores({"silhouette": 0.214, "rows": 5000, "ari": 0.41, "ami": 0.55}))
    assert "0.21" in said and "5,000 rows" in said and "0.41" in said and "0.55" in said
    drawn = clusters.beside_labels(["Digit 0", "Digit 1"], [[0, 9, 1], [2, 0, 8]], ["Cluster 0", "ones"], "key")
    assert [head.children for head in of(drawn, html.Th)][:4] == ["label", "noise", "0", "ones"]
    assert [cell.className for cell in of(drawn, html.Td)] == ["share-0", "share-4", "share-0", "share-1", "share-0", "share-3"]
    asked = [button.to_plotly_json()["props"] for button in of(drawn, html.Button)]
    assert [(one["data-cluster"], one["data-label"], one["children"]) for one in asked][0] == ("0", "0", "9")
    assert len(asked) == 4  # an empty cell has nothing to select


def test_a_curve_tells_its_best_place_in_words():
    drawn = marks.curve([3.0, 1.0, 2.0], 1, "Lowest in the middle.")
    svg = unquote(drawn.src.split(",", 1)[1])
    assert '<circle cx="100.0" cy="56.0"' in svg
    assert drawn.alt == "Lowest in the middle."
