"""Picture files: a zip is two clicks from its map, and a person sees the pictures themselves."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.pages import LONG, at_rest, choose, explore, pin, points, ready, understood
from tests.pipeline.loading.drawn import pixels, saved, zipped

WIDE = (160, 120)  # of every picture: more than the 64 pixels that the map is made from


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Sixty photographs in three folders, each near a pattern of its own, by their paths; and the zip of them."""
    chance = np.random.default_rng(0)
    patterns = [pixels(*WIDE, seed=seed).astype(int) for seed in (1, 2, 3)]
    noisy = [(patterns[i % 3] + chance.normal(0, 25, (*WIDE[::-1], 1))).clip(0, 255).astype(np.uint8) for i in range(60)]
    files = {f"pets/{('cats', 'dogs', 'birds')[i % 3]}/{i:02d}.jpg": picture for i, picture in enumerate(noisy)}
    file = tmp_path_factory.mktemp("zip") / "pets.zip"
    content = {name: saved(picture, "JPEG", quality=92) for name, picture in files.items()}
    return zipped(file, {**content, "pets/.DS_Store": b"x", "pets/cats/none.jpg": b""}), files


def is_the_original(page, image, files, name: str) -> None:
    """The picture on the page has the width and height, and nearly the pixels, of this file."""
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == list(WIDE)
    looks = image.evaluate("image => [getComputedStyle(image).imageRendering, getComputedStyle(image).objectFit]")
    assert looks == ["auto", "contain"]  # smooth, and not squeezed into a square
    answer = page.request.get(image.evaluate("image => image.src"))
    assert answer.headers["content-type"] == "image/jpeg"
    away = {other: np.abs(np.asarray(Image.open(io.BytesIO(answer.body()))).astype(int) - files[other]).mean() for other in files}
    assert min(away, key=away.get) == name and away[name] < 10


def test_a_zip_of_pictures_is_two_clicks_from_its_map(browse, app, photos):
    file, files = photos
    page = browse()
    page.goto(app.address)
    ready(page)
    choose(page, file)
    explore(page)
    preview = understood(page, "pets.zip")
    at_rest(page, 60)
    said = preview.locator(".notices").inner_text()
    assert "60 pictures, all read as 64 × 48 pixels in colour." in said and "“pets/cats/none.jpg” (empty, 0 bytes)" in said
    assert "1 hidden or system file" in said
    page.locator("#legend .chip-name", has_text="birds").wait_for(timeout=LONG)
    table = points(page)
    page.keyboard.press("Escape")
    row = pin(page, table[["map_x", "map_y"]].to_numpy(), 7)
    name = table["file"][row]
    is_the_original(page, page.locator("#card .pinned img.picture"), files, name)
    tip = int(page.locator("#tip").get_attribute("data-row"))
    is_the_original(page, page.locator("#tip img"), files, table["file"][tip])
    assert name in page.locator("#card .pinned").inner_text()


def test_a_folder_that_is_dropped_is_answered(browse, app):
    page = browse()
    page.goto(app.address)
    ready(page)
    page.evaluate("""() => {
        const drop = new Event("drop", { bubbles: true, cancelable: true });
        const entry = { isDirectory: true };
        drop.dataTransfer = { items: [{ webkitGetAsEntry: () => entry }], files: [new File([], "pets")] };
        document.getElementById("upload-data").dispatchEvent(drop);
    }""")
    page.locator(".problem", has_text="Zip the folder and drop the zip.").wait_for(timeout=LONG)
