"""The page holds every id, once, and nothing that the content policy forbids."""

import re
from pathlib import Path

import pytest

from layouts import ids, page

ASSETS = Path(__file__).parents[2] / "assets"
STYLES = sorted(path for path in ASSETS.glob("*.css") if "bootstrap" not in path.name)


def parts(component):
    yield component
    yield from (part for part in component._traverse() if hasattr(part, "_traverse"))


@pytest.fixture(scope="module")
def drawn():
    return list(parts(page.page()))


def test_every_single_id_stands_on_the_page_once(drawn):
    found = [str(part.id) for part in drawn if getattr(part, "id", None)]
    assert len(found) == len(set(found))
    constants = {value for name, value in vars(ids).items() if name.isupper()}
    assert constants <= set(found)


def test_every_stage_has_its_card_with_a_place_for_choice_and_controls(drawn):
    found = [part.id for part in drawn if getattr(part, "id", None)]
    for stage in ("embedding", "projection", "clustering"):
        assert all(name in found for name in (ids.step(stage), ids.summary(stage), ids.choice_place(stage), ids.panel(stage)))


def test_no_component_has_an_inline_style(drawn):
    assert not [part for part in drawn if getattr(part, "style", None)]


def test_pictures_of_the_page_come_from_itself(drawn):
    sources = [part.src for part in drawn if getattr(part, "src", None)]
    assert all(source.startswith("data:image/svg+xml,") for source in sources)


@pytest.mark.parametrize("path", [*STYLES, ASSETS / "00_bootstrap.min.css"], ids=lambda path: path.name)
def test_style_sheets_ask_for_nothing_from_outside(path):
    for address in re.findall(r"url\(([^)]*)\)|@import\s+(\S+)", path.read_text()):
        assert not re.match(r"['\"]?(https?:)?//", "".join(address))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_sheets_are_short(path):
    assert len(path.read_text().splitlines()) <= 300


def colours(theme):
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (ASSETS / "10_theme.css").read_text())
    return {name: (light, dark)[theme] for name, light, dark in found}


PAIRS = [
    *((words, ground) for words in ("ink", "soft") for ground in ("surface", "bg", "sunken")),
    ("ink", "raised"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("good", "good-soft"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
def test_words_can_be_read_in_both_themes(theme, pair):
    light, dark = sorted((luminance(colours(theme)[name]) for name in pair), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
