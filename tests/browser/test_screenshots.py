"""The pictures of the README, taken of the real page: made when one is missing, or when SCREENSHOTS is set."""

import gzip
import os

import numpy as np
import pytest

from tests.browser.conftest import ROOT, running
from tests.browser.pages import LONG, at_rest, choose, explore, open_card, pin, points, ready, understood
from tests.data import DATA

FOLDER = ROOT / "docs" / "screenshots"
LOOKS = {"light": ((1440, 900), "light"), "dark": ((1440, 900), "dark"), "phone": ((390, 844), "light")}
ROWS = 4000


def digits(folder):
    """Handwritten digits in the form that generate_data.py writes, and their labels."""
    images, labels = (DATA / "mnist" / f"train-{part}-ubyte.gz" for part in ("images-idx3", "labels-idx1"))
    rows = np.random.default_rng(0).choice(60_000, ROWS, replace=False)
    pixels = np.frombuffer(gzip.decompress(images.read_bytes()), np.uint8, offset=16).reshape(-1, 784)[rows]
    names = np.frombuffer(gzip.decompress(labels.read_bytes()), np.uint8, offset=8)[rows]
    data, beside = folder / f"mnist_{ROWS}_input.csv", folder / f"mnist_{ROWS}_labels.csv"
    np.savetxt(data, pixels, "%d", ",", header=",".join(str(i) for i in range(784)), comments="")
    beside.write_text("\n".join(["0", *(f"Digit {name}" for name in names)]) + "\n")
    return data, beside


@pytest.mark.slow
def test_pictures_of_the_page(browse, tmp_path):
    if not os.environ.get("SCREENSHOTS") and all((FOLDER / f"{name}.png").exists() for name in LOOKS):
        pytest.skip("the pictures are there; SCREENSHOTS=1 takes them anew")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running(tmp_path / "cache") as app:
        first = browse()
        first.goto(app.address)
        ready(first)
        count = 1797
        if (DATA / "mnist").is_dir():
            data, labels = digits(tmp_path)
            choose(first, data)
            understood(first, data.name)
            choose(first, labels, "labels")
            first.locator("#dataset-menu", has_text="10 classes").wait_for(timeout=LONG)
            explore(first)
            count = ROWS
        at_rest(first, count)
        open_card(first, "clustering")
        first.locator("#group").click()
        first.locator("#groups .gallery li").first.wait_for(timeout=LONG)
        first.locator("#colour").select_option("label")
        first.locator("#legend .chip-name", has_text="Digit 3").wait_for()
        row = pin(first, points(first)[["map_x", "map_y"]].to_numpy(), 1204)
        for name, (size, scheme) in LOOKS.items():
            first.set_viewport_size({"width": size[0], "height": size[1]})
            first.emulate_media(color_scheme=scheme)
            first.evaluate("name => Object.assign(document.documentElement.dataset, { theme: name, bsTheme: name })", scheme)
            first.mouse.move(2, 2)
            first.locator("#tip").wait_for(state="hidden")
            first.evaluate("() => new Promise(done => setTimeout(done, 800))")  # the map follows the size of its place
            first.screenshot(path=FOLDER / f"{name}.png")
        assert row >= 0
