"""What plain.js draws: texts as texts, and changes made where they are."""

import json

import pytest

from tests.browser.conftest import ROOT

SCRIPT = (ROOT / "assets" / "plain.js").read_text()
FOLD = ["details", {}, [["summary", {}, ["more"]], ["p", {}, ["inside"]]]]


@pytest.fixture
def place(chromium):
    """An empty place that plain.js looks after, and what draws into it."""
    page = chromium.new_page()
    page.set_content('<main data-plain="[]"></main>')
    page.evaluate(SCRIPT)

    def draw(*nodes):
        page.evaluate("(tree) => document.querySelector('main').setAttribute('data-plain', tree)", json.dumps(nodes))
        return page.locator("main")

    yield draw
    page.close()


def field(value, **more):
    return ["input", {"type": "text", "value": value, **more}, []]


def test_texts_are_texts(place):
    hostile = "<img src=x onerror=\"document.title='run'\">"
    drawn = place("before ", ["b", {"title": hostile}, [hostile]], hostile)
    assert drawn.text_content() == f"before {hostile}{hostile}" and drawn.locator("img").count() == 0
    assert drawn.locator("b").get_attribute("title") == hostile and drawn.page.title() == ""


def test_the_focus_and_an_open_fold_stay(place):
    drawn = place(["button", {"class": "a"}, ["one"]], FOLD)
    drawn.locator("button").focus()
    drawn.locator("summary").click()
    drawn.locator("button").focus()
    drawn = place(["button", {"class": "b"}, ["two"]], FOLD, ["p", {}, ["three"]])
    assert drawn.page.evaluate("document.activeElement.className") == "b"
    assert drawn.locator("details p").is_visible() and drawn.text_content() == "twomoreinsidethree"
    drawn = place(["button", {}, ["two"]])
    assert drawn.locator("button").is_enabled() and drawn.locator("button").get_attribute("class") is None
    assert drawn.locator("*").count() == 1


def test_a_field_that_is_written_in_stays_and_others_follow(place):
    drawn = place(field("a"), field("b"))
    drawn.locator("input").nth(0).fill("mine")
    drawn.locator("input").nth(1).fill("yours")
    drawn.locator("input").nth(0).focus()
    place(field("A"), field("B"))
    assert [one.input_value() for one in drawn.locator("input").all()] == ["mine", "B"]


def test_ticks_stay_for_the_same_groups_and_go_with_them(place):
    tick = ["input", {"type": "checkbox"}, []]
    drawn = place(["ul", {"data-made": "1"}, [tick, "a"]])
    drawn.locator("input").check()
    place(["ul", {"data-made": "1"}, [tick, "b"]])
    assert drawn.locator("input").is_checked() and drawn.text_content() == "b"
    place(["ul", {"data-made": "2"}, [tick, "b"]])
    assert not drawn.locator("input").is_checked()


def test_a_choice_is_what_the_server_says(place):
    def choice(chosen):
        marks = {name: {"selected": "selected"} if name == chosen else {} for name in "abc"}
        return ["select", {}, [["option", {"value": name, **mark}, [name]] for name, mark in marks.items()]]

    drawn = place(choice("b"))
    assert drawn.locator("select").input_value() == "b"
    drawn.locator("select").select_option("c")
    place(choice("b"), "refused")
    assert drawn.locator("select").input_value() == "b"


def test_a_place_that_comes_later_is_drawn_and_tells_of_it(place):
    drawn = place()
    drawn.evaluate("""(main) => {
        document.addEventListener("plain", ({ target }) => (window.told = target.id));
        const later = document.createElement("div");
        later.id = "later";
        later.dataset.plain = '["here"]';
        main.after(later);
    }""")
    drawn.page.wait_for_function("() => window.told === 'later'")
    assert drawn.page.locator("#later").text_content() == "here"
