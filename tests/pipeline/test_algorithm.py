"""Parameters and algorithms: casting, limits, defaults, sentences."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.algorithm import Algorithm, Parameter, suggestion
from pipeline.results import Problem

K = Parameter("k", "integer", 10, "Groups", "How many.", low=2, high=lambda n, d: min(50, n))
RATE = Parameter("rate", "number", None, "Rate", "How fast.", low=10.0, high=1000.0, absent="auto")
FLAG = Parameter("on", "flag", True, "Switch", "On or off.")
CHOICE = Parameter("dimensions", "choice", 2, "Dimensions", "Flat or not.", choices=((2, "2-D"), (3, "3-D")))
SQUARES = Algorithm("squares", "Squares", lambda: None, (K, RATE, FLAG, CHOICE), ())


@pytest.mark.parametrize("value", [7, 7.0, "7", "7.0"])
def test_a_number_is_one_value_however_it_is_written(value):
    settled = K.settled(value, 100, 4)
    assert (settled, type(settled)) == (7, int)


@pytest.mark.parametrize(("parameter", "value"), [(K, 1), (K, 51), (K, 2.5), (K, "x"), (K, None), (K, 10**400), (RATE, math.inf)])
def test_what_is_not_allowed_is_said_with_the_label(parameter, value):
    with pytest.raises(Problem, match=parameter.label):
        parameter.settled(value, 100, 4)


def test_limits_and_defaults_follow_the_data():
    assert K.bounds(20, 4) == (2, 20)
    assert K.preset(5, 4) == 5
    assert K.preset(100, 4) == 10


def test_absent_is_a_value_with_a_name():
    assert RATE.settled(None, 9, 9) is None
    assert RATE.settled("auto", 9, 9) is None
    assert RATE.settled("10", 9, 9) == 10.0


def test_an_empty_range_leaves_only_the_absent_value():
    components = Parameter("pca", "integer", None, "Initial PCA", "How many.", low=2, high=lambda n, d: d, absent="none")
    assert components.settled(None, 9, 1) is None
    with pytest.raises(Problem, match="Initial PCA can only be none"):
        components.settled(2, 9, 1)


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("False", False), (True, True), (0, False), ("1", True)])
def test_flags_are_read_from_words(word, value):
    assert FLAG.settled(word, 9, 9) is value


def test_a_choice_keeps_its_own_type():
    assert CHOICE.settled("3", 9, 9) == 3
    with pytest.raises(Problem, match="one of 2, 3"):
        CHOICE.settled(4, 9, 9)


def test_settle_fills_defaults_and_refuses_unknown_names():
    assert SQUARES.settle({"k": "3"}, 100, 4) == {"k": 3, "rate": None, "on": True, "dimensions": 2}
    with pytest.raises(Problem, match="Did you mean dimensions"):
        SQUARES.settle({"dimension": 3}, 100, 4)


@given(st.integers(1, 300), st.one_of(st.integers(-100, 400), st.floats(), st.text(max_size=5), st.none(), st.booleans()))
def test_a_settled_value_is_allowed_and_settles_to_itself(n, value):
    try:
        settled = K.settled(value, n, 1)
    except Problem:
        return
    low, high = K.bounds(n, 1)
    assert low <= settled <= high
    assert K.settled(settled, n, 1) == settled


def test_suggestions_name_the_nearest_or_all():
    assert suggestion("tnse", ["tsne", "umap"]) == " Did you mean tsne?"
    assert suggestion("zzz", ["tsne", "umap"]) == " Did you mean tsne, umap?"
    assert suggestion("zzz", []) == ""


def test_a_missing_package_is_named_with_its_install_line():
    assert Algorithm("a", "A", print, (), (), needs="numpy").missing() == ""
    assert "pip install no_such_package" in Algorithm("a", "A", print, (), (), needs="no_such_package").missing()
