import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from layouts import figures, standalone
from tests.pipeline import samples

HOSTILE = '</script><img src=x onerror="document.title=1"><script>document.title=1</script>'
POINT = """() => {
    const graph = document.getElementById("map"), trace = graph._fullData[0], { xaxis, yaxis } = graph._fullLayout;
    const { x, y } = graph.getBoundingClientRect();
    return [x + xaxis._offset + xaxis.d2p(trace.x[0]), y + yaxis._offset + yaxis.d2p(trace.y[0])];
}"""


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_map_opens_from_a_file_and_shows_text_as_text(chromium, tmp_path, dimensions):
    positions = np.random.default_rng(0).normal(size=(60, dimensions)).astype(np.float32)
    figure, order = figures.scatter(positions, np.arange(60) % 2, [HOSTILE, "b"])
    shown = standalone.labelled(figure, order, ["none", HOSTILE, "b"], [(HOSTILE, [f"{HOSTILE} {row}" for row in range(60)])])
    file = tmp_path / "map.html"
    file.write_text(standalone.page(HOSTILE, HOSTILE, shown), encoding="utf-8")
    page, said, asked = chromium.new_page(), [], []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.locator(".main-svg").first.wait_for(timeout=60_000)
    if dimensions == 2:
        page.mouse.move(*page.evaluate(POINT))
        page.locator(".hovertext").wait_for(timeout=30_000)
        assert HOSTILE[:20] in page.locator(".hovertext").text_content()
    assert page.locator("text=WebGL is not supported").count() == 0
    assert page.title() == HOSTILE and page.locator("h1").text_content() == HOSTILE and page.locator("img[src=x]").count() == 0
    assert not said and [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    page.close()


def test_the_picture_of_a_point_is_seen(chromium, tmp_path):
    rows = np.zeros((9, 12), np.float32)
    rows[4] = 1  # the picture in the middle of the sheet is white, all others are black
    data = replace(samples.dataset(rows), picture=(3, 4))
    positions = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    file = tmp_path / "map.html"
    file.write_text(standalone.whole(data, positions, (np.zeros(9, int), ["a"], None), "none", "words"), encoding="utf-8")
    page = chromium.new_page()
    page.goto(file.as_uri())
    page.locator(".main-svg").first.wait_for(timeout=60_000)
    assert page.locator("#picture").is_hidden()
    for row, shade in ((4, 255), (3, 0), (8, 0)):
        page.locator("#find").fill(str(row))
        page.locator("#find").press("Enter")
        picture = page.get_by_role("img", name=f"Picture of row {row}", exact=True)
        seen = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("L"))[4:-4, 4:-4]
        assert (seen == shade).all(), row
    page.mouse.move(*page.evaluate(POINT))
    page.get_by_role("img", name="Picture of row 0", exact=True).wait_for(timeout=30_000)
    page.close()
