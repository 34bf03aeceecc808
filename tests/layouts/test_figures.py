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


def test_names_stand_on_flat_maps_of_few_classes_only():
    positions, codes = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32), np.arange(80) % 40
    names = [f"<b>{code}</b>" for code in range(40)]
    few = figures.scatter(positions[:, :2], codes % 4, names[:4])[0]["layout"]["annotations"]
    assert [tag["text"] for tag in few] == [f"&lt;b&gt;{code}&lt;/b&gt;" for code in range(4)]
    assert few[1]["x"] == pytest.approx(np.median(positions[codes % 4 == 1, 0]))
    assert not figures.scatter(positions[:, :2], codes, names)[0]["layout"]["annotations"]
    assert not figures.scatter(positions, codes % 4, names[:4])[0]["layout"]["annotations"]
    assert not figures.scatter(positions[:, :2], codes % 4, names[:4], tagged=False)[0]["layout"]["annotations"]


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
