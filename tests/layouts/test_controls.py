"""Controls are drawn from what the algorithms declare."""

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html

from layouts import controls, ids
from pipeline import clustering, embedding, projection
from pipeline.algorithm import Parameter
from pipeline.results import Problem

STAGES = {"embedding": embedding.ALGORITHMS, "projection": projection.ALGORITHMS, "clustering": clustering.ALGORITHMS}
ALL = [(stage, entry) for stage, entries in STAGES.items() for entry in entries]


def parts(component):
    yield component
    for child in component._traverse():
        if hasattr(child, "_traverse"):
            yield child


def texts(component):
    for part in parts(component):
        children = part.children if hasattr(part, "children") else None
        yield from [text for text in (children if isinstance(children, list) else [children]) if isinstance(text, str)]


def values(panel):
    """What the controls of a panel say, the way callbacks read it."""
    found, absent = {}, {}
    for part in parts(panel):
        name = getattr(part, "id", None)
        if isinstance(name, dict) and name["type"] in ("setting", "absent"):
            (absent if name["type"] == "absent" else found)[name["name"]] = part.value
    return {name: None if absent.get(name) else value for name, value in found.items()}


@pytest.mark.parametrize(("stage", "entry"), ALL, ids=lambda x: getattr(x, "name", x))
@pytest.mark.parametrize("shape", [(1797, 64), (20, 3), (70_000, 784)])
def test_a_panel_says_the_defaults_and_helps_with_each_setting(stage, entry, shape):
    if entry.refuses(*shape):
        pytest.skip("such data is refused in words")
    panel = controls.panel(stage, entry, *shape)
    assert entry.settle(values(panel), *shape) == entry.settle({}, *shape)
    words = set(texts(panel))
    for parameter in entry.parameters:
        assert parameter.help in words and parameter.label in words
    assert entry.explain in words


def test_a_panel_says_given_values_and_leaves_out_what_is_set_elsewhere():
    tsne = next(entry for entry in projection.ALGORITHMS if entry.name == "tsne")
    panel = controls.panel("projection", tsne, 1797, 64, {"perplexity": 12.0, "learning_rate": 200.0}, without=("dimensions",))
    said = values(panel)
    assert said["perplexity"] == 12 and said["learning_rate"] == 200 and "dimensions" not in said


def test_data_that_an_algorithm_refuses_is_refused_in_words():
    tsne = next(entry for entry in projection.ALGORITHMS if entry.name == "tsne")
    assert any("PCA" in text for text in texts(controls.panel("projection", tsne, 3, 2)))


@pytest.mark.parametrize("n", [2, 3, 7, 20])
@pytest.mark.parametrize(("stage", "entry"), ALL, ids=lambda x: getattr(x, "name", x))
def test_what_a_slider_shows_is_allowed(stage, entry, n):
    if entry.refuses(n, 2):
        return
    for part in parts(controls.panel(stage, entry, n, 2)):
        if isinstance(part, dcc.Slider):
            assert part.min < part.max and part.min <= part.value <= part.max and part.step > 0


def number(**more):
    return Parameter("x", "number", 1.0, "X", "Help.", **more)


def test_two_limits_make_a_slider_and_one_makes_a_number():
    assert any(isinstance(part, dcc.Slider) for part in parts(controls.control("s", "a", number(low=0, high=2), 9, 9, 1)))
    open_ended = [part for part in parts(controls.control("s", "a", number(low=0), 9, 9, 1)) if isinstance(part, dbc.Input)]
    assert open_ended[0].min == 0 and open_ended[0].type == "number"


def test_an_optional_setting_has_a_switch_and_a_slider_with_an_allowed_value():
    parameter = number(low=10, high=1000, absent="auto", logarithmic=True)
    drawn = {part.id["type"]: part for part in parts(controls.control("s", "a", parameter, 9, 9, None)) if hasattr(part, "id")}
    assert drawn["absent"].value is True and drawn["absent"].label == "auto"
    assert drawn["setting"].value == 100
    assert parameter.settled(drawn["setting"].value, 9, 9) == 100


def test_few_short_choices_stand_side_by_side_and_many_in_a_list():
    few = Parameter("x", "choice", 2, "X", "Help.", choices=((2, "2-D"), (3, "3-D")))
    many = Parameter("x", "choice", "a", "X", "Help.", choices=tuple((letter, letter) for letter in "abcd"))
    assert any(isinstance(part, dbc.RadioItems) for part in parts(controls.control("s", "a", few, 9, 9, 2)))
    assert any(isinstance(part, dbc.Select) for part in parts(controls.control("s", "a", many, 9, 9, "a")))


def test_every_field_outside_a_slider_has_a_label():
    for stage, entry in ALL:
        panel = controls.panel(stage, entry, 1797, 64)
        labelled = {part.htmlFor for part in parts(panel) if isinstance(part, html.Label)}
        for part in parts(panel):
            if isinstance(part, dbc.Select | dbc.Input):
                assert controls.dom_id(part.id) in labelled


def test_the_number_of_groups_has_a_stepper():
    kmeans = next(entry for entry in clustering.ALGORITHMS if entry.name == "kmeans")
    ways = [getattr(part, "data-direction", None) for part in parts(controls.panel("clustering", kmeans, 100, 4))]
    assert ways.count("1") == ways.count("-1") == 1


def test_a_missing_package_disables_its_choice(monkeypatch):
    entries = [entry for entry in projection.ALGORITHMS if entry.name in ("pca", "umap")]
    monkeypatch.setattr(type(entries[1]), "missing", lambda self: "pip install umap-learn" if self.name == "umap" else "")
    drawn = controls.chooser("projection", entries, "pca")
    radios = next(part for part in parts(drawn) if isinstance(part, dbc.RadioItems))
    assert radios.id == ids.choice("projection")
    assert [option["disabled"] for option in radios.options] == [False, True]
    assert "pip install umap-learn" in list(texts(drawn))


def test_a_value_outside_the_limits_is_still_refused_by_its_parameter():
    with pytest.raises(Problem, match="between 0 and 2"):
        number(low=0, high=2).settled(3, 9, 9)
