"""The figure of the map: every row drawn once, at its own place, in its own class."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts import figures


def read(packed):
    assert packed["dtype"] == "f4"
    return np.frombuffer(base64.b64decode(packed["bdata"]), "<f4")


@st.composite
def maps(draw):
    n, dimensions, classes = draw(st.integers(0, 60)), draw(st.sampled_from([2, 3])), draw(st.integers(0, 5))
    codes = draw(st.lists(st.integers(-1, classes - 1), min_size=n, max_size=n))
    positions = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(n, dimensions)).astype(np.float32)
    return positions, np.array(codes, np.int32), [f"class {code}" for code in range(classes)]


@settings(deadline=None, max_examples=60)
@given(maps())
def test_every_row_appears_once_at_its_own_place_in_its_own_class(drawn):
    positions, codes, names = drawn
    figure, order = figures.scatter(positions, codes, names)
    assert sorted(np.concatenate(order).tolist()) == list(range(len(codes)))
    assert len(figure["data"]) == len(order) == len(names) + 2
    for trace, rows in zip(figure["data"], order, strict=True):
        places = np.stack([read(trace[axis]) for axis in "xyz"[: positions.shape[1]]], axis=1)
        assert np.array_equal(places, positions[rows])
    for code, rows in enumerate(order[:-1], -1):
        assert (codes[rows] == code).all()


def test_noise_is_first_and_grey_and_classes_have_their_colours():
    figure, order = figures.scatter(
        np.eye(3, 2, dtype=np.float32), np.array([1, -1, 0]), ["a", "b"], colours=["#111111", "#222222"]
    )
    colours = [trace["marker"]["color"] for trace in figure["data"]]
    assert colours == [figures.NOISE, "#111111", "#222222", figures.RING]
    assert [rows.tolist() for rows in order] == [[1], [2], [0], []]


def test_points_can_be_hovered_and_the_ring_cannot():
    figure, _ = figures.scatter(np.zeros((2, 2), np.float32), np.array([0, 0]), ["a"])
    assert [trace["hoverinfo"] for trace in figure["data"]] == ["none", "none", "skip"]
    assert all("customdata" not in trace for trace in figure["data"])


def test_above_the_limit_each_class_keeps_its_share():
    codes = np.repeat([0, 1, 2], [600, 300, 100])
    rows = figures.sample(codes, 200, seed=0)
    assert len(rows) == len(set(rows.tolist())) == 200
    assert np.abs(np.bincount(codes[rows]) - [120, 60, 20]).max() <= 1
    assert np.array_equal(rows, figures.sample(codes, 200, seed=0))
    assert not np.array_equal(rows, figures.sample(codes, 200, seed=1))


def test_a_sampled_figure_still_maps_points_to_their_rows():
    positions = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    figure, order = figures.scatter(positions, np.arange(500) % 3, ["a", "b", "c"], limit=100)
    assert sum(map(len, order)) == 100
    for trace, rows in zip(figure["data"], order, strict=True):
        assert np.array_equal(read(trace["x"]), positions[rows, 0])


def tags(positions, codes, names, **more):
    return figures.scatter(positions, codes, names, **more)[0]["layout"]["annotations"]


def test_names_stand_on_flat_maps_that_do_not_move():
    chance, codes = np.random.default_rng(0), np.arange(80) % 4
    positions = (chance.normal(size=(80, 3)) + 20 * np.eye(4, 3, dtype=np.float32)[codes]).astype(np.float32)
    names = [f"<b>{code}</b>" for code in range(4)]
    few = tags(positions[:, :2], codes % 2, names)
    assert [tag["text"] for tag in few] == ["&lt;b&gt;0&lt;/b&gt;", "&lt;b&gt;1&lt;/b&gt;"]
    assert few[1]["x"] == pytest.approx(np.median(positions[codes % 2 == 1, 0]))
    assert not tags(positions, codes, names)
    assert not tags(positions[:, :2], codes, names, look=figures.Look(tagged=False))


@pytest.mark.parametrize("classes", [2, 40, 200, 3000])
@pytest.mark.parametrize("stretch", [(1, 1), (9, 1), (1, 9)])
def test_names_on_the_map_are_those_of_the_largest_classes_and_never_overlap(classes, stretch):
    chance = np.random.default_rng(classes)
    codes = np.concatenate([np.arange(classes), chance.integers(0, classes, 4000)]).astype(np.int32)
    middles = chance.normal(size=(classes, 2)) * 10
    positions = ((middles[codes] + chance.normal(size=(len(codes), 2))) * stretch).astype(np.float32)
    drawn = figures.scatter(positions, codes, [f"a long class name {code}" for code in range(classes)])[0]["layout"]
    assert len(drawn["annotations"]) == min(classes, figures.TAGGED)
    shown, ranges = [tag for tag in drawn["annotations"] if tag["visible"]], [drawn[axis]["range"] for axis in ("xaxis", "yaxis")]
    scale = min(side / (high - low) for side, (low, high) in zip(figures.PLACE, ranges, strict=True))
    boxes = [(scale * tag["x"], scale * tag["y"], figures.width(tag["text"])) for tag in shown]
    assert boxes
    for index, (x, y, wide) in enumerate(boxes):
        for a, b, w in boxes[:index]:
            assert abs(x - a) >= 0.999 * (wide + w) / 2 or abs(y - b) >= 0.999 * figures.LINE
    largest = np.bincount(codes).argmax()
    assert shown[0]["x"] == pytest.approx(float(np.median(positions[codes == largest, 0])))


def test_long_names_on_the_map_can_be_told_apart():
    assert figures.short(["setosa", "a very long name of a class"]) == ["setosa", "a very long name …"]
    alike = figures.short([f"a very long name of class {code}" for code in range(3)])
    assert len(set(alike)) == 3 and all(len(name) <= 18 for name in alike)


@pytest.mark.parametrize("stretch", [(1, 1, 1), (30, 1, 1), (1, 1, 0), (0, 0, 0)])
def test_all_of_a_deep_map_is_seen_however_it_is_turned(stretch):
    positions = (np.random.default_rng(0).normal(size=(300, 3)) * stretch + (5, -7, 100)).astype(np.float32)
    layout = figures.scatter(positions, np.zeros(300, int), ["a"])[0]["layout"]
    scene, eye = layout["scene"], np.array(list(layout["scene"]["camera"]["eye"].values()))
    ranges = np.array([scene[axis]["range"] for axis in ("xaxis", "yaxis", "zaxis")])
    edges = ranges[:, 1] - ranges[:, 0]
    assert scene["aspectmode"] == "cube" and np.allclose(edges, edges[0]) and edges[0] > 0
    inside = (positions - ranges.mean(axis=1)) / edges  # in the cube of edge 1 that Plotly draws
    radius = np.linalg.norm(inside, axis=1).max()
    narrowest = np.arctan(0.75 * np.tan(np.pi / 8))  # half of what is seen across; it is 45° from top to bottom
    assert radius <= 0.5 and radius / np.linalg.norm(eye) < np.sin(narrowest)
    assert layout["meta"]["camera"] == scene["camera"]  # what the button Whole map comes back to


def test_the_ring_is_drawn_in_front_of_the_points_of_a_deep_map():
    figure, _ = figures.scatter(np.eye(3, dtype=np.float32), np.zeros(3, int), ["a"])
    *points, ring = (trace["marker"] for trace in figure["data"])
    assert all(marker["opacity"] < 1 for marker in points) and ring["opacity"] < 1  # else depth decides, not order
    assert ring["size"] > 2 * max(marker["size"] for marker in points) and ring["symbol"] == "circle-open"


def test_axes_have_one_scale_and_hold_every_point():
    positions = np.array([[0, 0], [10, 1]], np.float32)
    layout = figures.scatter(positions, np.zeros(2, int), ["a"])[0]["layout"]
    assert layout["yaxis"]["scaleanchor"] == "x"
    assert layout["xaxis"]["range"][0] < 0 and layout["xaxis"]["range"][1] > 10
    assert not layout["xaxis"]["visible"] and not layout["yaxis"]["visible"]


@pytest.mark.parametrize("positions", [np.zeros((1, 2)), np.zeros((3, 2)), np.empty((0, 2))])
def test_points_in_one_place_get_a_range(positions):
    layout = figures.scatter(positions.astype(np.float32), np.zeros(len(positions), int), ["a"])[0]["layout"]
    assert layout["xaxis"]["range"][0] < layout["xaxis"]["range"][1]


def test_points_get_smaller_and_lighter_with_their_number():
    sizes = [figures._marker(count) for count in (1, 100, 5_000, 100_000)]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1][0] >= 2 and sizes[-1][1] >= 0.5


def test_the_palette_repeats_no_colour_before_its_end_and_is_readable_on_both_themes():
    colours = figures.palette(36)
    assert len(set(colours)) == 36 and figures.palette(37)[36] == colours[0]
    assert figures.NOISE not in colours
    for colour in colours:
        assert contrast(colour, "#ffffff") >= 2 and contrast(colour, "#171c24") >= 2


def test_classes_beyond_twelve_change_their_shape():
    assert [figures.shape(index) for index in (0, 11, 12, 24, 36, 48)] == [
        "circle",
        "circle",
        "diamond",
        "square",
        "cross",
        "circle",
    ]


def test_numbers_are_drawn_in_equal_steps():
    codes, names, colours = figures.steps(np.array([0.0, 1.0, 7.9, 8.0, np.nan], np.float32))
    assert codes.tolist() == [0, 1, 7, 7, -1]
    assert len(names) == len(colours) == 8 and names[0] == "0 – 1"
    assert figures.steps(np.full(3, 5.0))[0].tolist() == [0, 0, 0]
    assert figures.steps(np.array([np.nan]))[1] == []


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_second_shapes_have_names_that_flat_and_deep_maps_know(dimensions):
    shapes = np.arange(10) % len(figures.MARKS)
    figure, order = figures.scatter(np.zeros((10, dimensions)), np.zeros(10, int), ["a"], look=figures.Look(shapes=shapes))
    known = {"circle", "diamond", "square", "cross", "x"}  # of the few that Plotly draws in space
    assert set(figure["data"][1]["marker"]["symbol"]) == known
    assert figure["data"][1]["marker"]["symbol"] == [figures.SYMBOLS[shapes[row]] for row in order[1]]


def test_steps_of_a_scale_have_no_names_on_the_map():
    positions, values = np.random.default_rng(0).normal(size=(90, 2)), np.arange(90.0)
    codes, names, colours = figures.steps(values)
    assert figures.scatter(positions, codes, names, colours=colours)[0]["layout"]["annotations"] == []
    assert len(figures.scatter(positions, codes, names)[0]["layout"]["annotations"]) == len(names)
