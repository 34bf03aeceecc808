"""Groups are named, merged and made of a selection; some rows are shown alone; all of it goes back and forth."""

import pytest

from tests.browser.pages import (
    COLOURS,
    DRAWN,
    LONG,
    at_rest,
    choose,
    csv,
    explore,
    open_card,
    points,
    ready,
    understood,
)

ROWS = 90
SHOWN = "() => [...document.querySelectorAll('#legend .chip-name')].map((name) => name.textContent)"


def table() -> str:
    """Three far groups, with a kind and an amount beside."""
    lines = ["x,y,z,amount,kind"]
    lines += [f"{100 * (i % 3) + i % 7},{i % 5},{50 * (i % 3) + i % 4},{10 ** (i % 3)},{'abc'[i % 3]}" for i in range(ROWS)]
    return "\n".join(lines)


@pytest.fixture
def page(browse, app):
    page = browse()
    page.goto(app.address)
    ready(page)
    choose(page, csv("kinds.csv", table()))
    understood(page, "kinds.csv")
    explore(page)
    at_rest(page, ROWS)
    card = open_card(page, "clustering")
    field = card.locator("input[type=number]").first
    field.fill("3")
    field.press("Enter")
    page.locator("#clustering-summary", has_text=": 3 groups").wait_for(state="attached", timeout=LONG)
    page.locator("#group-scores b").first.wait_for(timeout=LONG)
    return page


def legend(page, names: list[str]) -> None:
    page.wait_for_function(f"(names) => ({SHOWN})().join() === names.join()", arg=names, timeout=LONG)


def drawn(page, count: int) -> None:
    page.wait_for_function(f"(count) => ({DRAWN})() === count", arg=count, timeout=LONG)


def test_groups_are_named_merged_and_named_again_by_undo(page, app):
    names = page.locator("#groups .name-field")
    names.nth(0).fill("first <b>")
    names.nth(0).press("Tab")
    legend(page, ["first <b>", "Cluster 1", "Cluster 2"])
    assert page.locator("#groups .name-field").nth(0).input_value() == "first <b>"
    ticks = page.locator("#groups .tick input")
    ticks.nth(1).check()
    ticks.nth(2).check()
    page.locator("#merge").click()
    legend(page, ["first <b>", "Cluster 1"])
    page.locator("#clustering-summary", has_text="changed by hand").wait_for(state="attached")
    page.locator("#group-scores b").first.wait_for(timeout=LONG)
    page.locator("#undo").click()
    legend(page, ["first <b>", "Cluster 1", "Cluster 2"])
    page.locator("#undo").click()
    legend(page, ["Cluster 0", "Cluster 1", "Cluster 2"])
    page.locator("#redo").click()
    legend(page, ["first <b>", "Cluster 1", "Cluster 2"])
    taken = points(page)
    assert (taken["cluster_name"] == "first <b>").sum() == (taken["cluster"] == 0).sum() == 30


def test_a_cell_of_the_table_beside_labels_selects_its_rows_which_become_a_label(page, app):
    page.locator("#beside-labels summary").click()
    cell = page.locator("#beside-labels .members").first
    count = int(cell.inner_text())
    cell.click()
    page.locator("#selected", has_text=f"{count} of {ROWS} rows").wait_for()
    page.locator("#hand-name").fill("mine")
    page.locator("#hand-label").click()
    legend(page, ["mine", "no label"])
    page.locator("#isolate").click()
    page.locator("#filters", has_text=f"{count} of {ROWS} rows shown").wait_for()
    drawn(page, count)
    page.reload()
    page.locator("#filters", has_text=f"{count} of {ROWS} rows shown").wait_for(timeout=LONG)
    legend(page, ["mine"])
    page.locator("#filters .chip").click()
    drawn(page, ROWS)
    taken = points(page)
    assert taken["label_by_hand"].notna().sum() == count


def test_rows_are_shown_alone_by_class_and_number_and_look_as_asked(page):
    page.locator(".filter > summary").click()
    page.locator("#filter-by").select_option(label="kind")
    page.locator("#filter-place .ticks input").nth(1).check()
    page.locator("#filter-place .ticks input").nth(2).check()
    page.locator("#filter-add").click()
    drawn(page, 60)
    page.locator(".filter > summary").click()  # it has closed itself
    page.locator("#filter-by").select_option(label="amount")
    page.locator("#filter-place input[type=number]").nth(1).fill("20")
    page.locator("#filter-add").click()
    drawn(page, 30)
    chips = page.locator("#filters .chip")
    assert chips.locator(".chip-name").all_inner_texts() == ["kind: b or c", "amount ≤ 20"]
    page.locator(".filter > summary").click()
    page.locator("#filter-place input[type=number]").nth(0).fill("99999")
    page.locator("#filter-place input[type=number]").nth(1).fill("")
    page.locator("#filter-add").click()
    page.locator(".problem", has_text="No row passes").wait_for()
    drawn(page, 30)
    page.keyboard.press("Escape")
    page.locator("#filters .link").click()
    drawn(page, ROWS)
    page.locator(".look > summary").click()
    page.locator(".look select").select_option(label="amount")
    page.locator("#legend .legend-words", has_text="Size, amount: 1 to 100").wait_for()
    sizes = page.evaluate("() => document.querySelector('#map .js-plotly-plot')._fullData[1].marker.size.length")
    assert sizes == page.evaluate(f"() => ({COLOURS})()[1][1]")
    page.locator("#colour").select_option(label="amount")
    page.locator("#legend .legend-words", has_text="amount:").first.wait_for()
