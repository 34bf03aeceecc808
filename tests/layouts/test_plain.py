"""What the browser draws by itself: components as a tree of tags, attributes and texts."""

import json

import pytest
from dash import html

from layouts import ids
from layouts.plain import PLAIN, Field, plain, tree


def test_components_become_tags_attributes_and_texts():
    label = html.Label(["<b>", html.B(3)], htmlFor="x", className="small", hidden=False, title=None)
    assert json.loads(tree(label)) == [["label", {"for": "x", "class": "small"}, ["<b>", ["b", {}, ["3"]]]]]


def test_an_id_of_a_family_is_the_one_that_dash_would_write():
    (button,) = json.loads(tree(html.Button("6", id=ids.near_count(6), disabled=True, tabIndex=0, **{"aria-pressed": "true"})))
    assert button[1] == {"id": '{"count":6,"type":"near-count"}', "disabled": True, "tabindex": "0", "aria-pressed": "true"}


def test_fields_are_elements_without_children():
    box = {"type": "checkbox", "checked": True}
    assert json.loads(tree([Field(box)])) == [["input", box, []]]


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_nothing_is_no_node(nothing):
    assert plain(nothing) == {PLAIN: "[]"}
