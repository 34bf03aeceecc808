import numpy as np
import pytest

from layouts import figures, standalone

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
