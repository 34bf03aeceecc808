"""The table of all rows: sorted and filtered as asked, one with the map's selection and with the sample on the right."""

import numpy as np
import pytest

from tests.browser import pages
from tests.browser.pages import choose, csv, pin, pinned, points, ready, take, understood
from tests.browser.test_selecting import lassoed, marked, told

CELLS = """(name) => {
    const cells = [...document.querySelectorAll(`.table-grid .ag-row [col-id="${name}"]`)];
    const at = (cell) => Number(cell.closest(".ag-row").getAttribute("row-index"));
    return cells.sort((one, other) => at(one) - at(other)).map((cell) => cell.innerText);
}"""
CARD = """() => Object.fromEntries([...document.querySelectorAll("#card .pinned dt")].map((name) => [
    name.textContent, name.nextElementSibling.textContent,
]))"""
ROW = """(row) => {
    const names = Object.fromEntries([...document.querySelectorAll(".table-grid .ag-header-cell")].map((head) => [
        head.getAttribute("col-id"), head.querySelector(".ag-header-cell-text")?.textContent,
    ]));
    const cells = [...document.querySelectorAll(`.table-grid .ag-row[row-id="${row}"] .ag-cell`)];
    return Object.fromEntries(cells.map((cell) => [names[cell.getAttribute("col-id")], cell.innerText]));
}"""


@pytest.fixture
def digits(browse, app):
    """A page with the digits at rest, and what its points are."""
    page = pages.digits(browse, app)
    found = points(page)
    return page, found


def counted(page, words: str) -> None:
    """Wait until this is said above the table."""
    page.locator("#table-count", has_text=words).wait_for()


def begins(page, rows) -> None:
    """Wait until the first rows of the table are these."""
    first = [str(row) for row in rows[:6]]
    page.wait_for_function(f"([name, first]) => ({CELLS})(name).slice(0, 6).join() === first.join()", arg=["row", first])


def filtered(page, column: str, words: str) -> None:
    """Type words into the filter of a column."""
    page.locator(f".table-grid .ag-header-cell[col-id={column}] .ag-header-cell-filter-button").click()
    page.locator(".ag-popup input:focus").wait_for()
    page.keyboard.type(words)


def test_rows_are_sorted_filtered_and_pinned(digits):
    page, found = digits
    take(page, "#tabs", "Table")
    counted(page, "1,797 rows")
    begins(page, range(6))
    page.locator(".table-grid .ag-header-cell[col-id=x] .ag-header-cell-text").click()
    begins(page, found.sort_values("map_x", kind="stable").index)
    filtered(page, "label", "DIGIT 3")
    threes = found[found.label == "Digit 3"].sort_values("map_x", kind="stable").index
    counted(page, f"{len(threes)} of 1,797 rows")
    begins(page, threes)
    page.keyboard.press("Escape")
    page.locator("#table-folded").click()
    page.locator(f'.table-grid .ag-row[row-id="{threes[2]}"] [col-id=x]').click()
    page.locator(f'.table-grid .row-pinned[row-id="{threes[2]}"]').first.wait_for()
    page.locator("#card .pinned h2", has_text=f"Row {threes[2]:,}").wait_for()
    shown, card = page.evaluate(ROW, str(threes[2])), page.evaluate(CARD)
    assert float(shown["map_x"]) == pytest.approx(found.map_x[threes[2]], rel=1e-5)
    both = set(shown) & set(card)
    assert len(both) > 3 and {name: shown[name] for name in both} == {name: card[name] for name in both}
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#card .pinned h2", has_text=f"Row {threes[3]:,}").wait_for()


def test_the_table_and_the_map_mark_the_same_rows(digits):
    page, found = digits
    positions = found[["map_x", "map_y"]].to_numpy()
    first = pin(page, positions, 1500)
    take(page, "#tabs", "Table")
    page.locator(f'.table-grid .row-pinned[row-id="{first}"]').first.wait_for()  # brought into view
    inside = np.flatnonzero(lassoed(page, found))
    page.locator("#table-only:not([disabled])").click()
    counted(page, f"{len(inside):,} of 1,797 rows")
    begins(page, inside)
    page.wait_for_function("() => !document.querySelector('.table-grid .ag-row:not(.ag-row-selected)')")
    page.keyboard.press("Escape")
    counted(page, "1,797 rows")
    page.locator(".table-grid .ag-row-selected").wait_for(state="detached")
    page.locator("#table-select").focus()
    for key in ("Tab", "ArrowDown", "ArrowRight", "Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    marked(page, 2)
    told(page, 2)
    filtered(page, "label", "digit 7")
    sevens = found.index[found.label == "Digit 7"]
    counted(page, f"{len(sevens)} of 1,797 rows")
    page.keyboard.press("Escape")
    told(page, 2)  # Escape ended the filter's menu alone
    page.locator("#table-select").click()
    marked(page, len(sevens))
    page.locator("#unpin").click()
    page.locator("#card .pinned").wait_for(state="detached")
    row = pin(page, positions, int(sevens[-1]))
    page.locator(f'.table-grid .row-pinned[row-id="{row}"]').first.wait_for()
    assert pinned(page) == row


def test_any_names_and_texts_are_shown_as_they_are_and_other_data_begin_anew(browse, app):
    page = browse((390, 844), scheme="dark")
    page.goto(app.address)
    ready(page)
    head = "__proto__,a.b,<b>x</b>,constructor"
    lines = [f"{at},w{at % 7},{at / 3},<img src=x onerror=alert(1)>" for at in range(60)]
    choose(page, csv("odd.csv", "\n".join([head, *lines])))
    understood(page, "odd.csv")
    take(page, "#tabs", "Table")
    counted(page, "60 rows")
    page.wait_for_function(f"() => ({CELLS})('c1').length > 3")
    assert page.locator(".table-grid .ag-header-cell-text").all_inner_texts()[1:4] == ["row", "__proto__", "a.b"]
    assert page.evaluate(CELLS, "c1")[:3] == ["w0", "w1", "w2"]
    filtered(page, "c1", "w3")
    counted(page, "9 of 60 rows")
    page.keyboard.press("Escape")
    choose(page, csv("other.csv", "u,v,w\n" + "\n".join(f"{at},{at},{at}" for at in range(30))))
    understood(page, "other.csv")
    take(page, "#tabs", "Table")
    counted(page, "30 rows")
    page.wait_for_function(f"() => ({CELLS})('c0').slice(0, 3).join() === '0,1,2'")
    assert page.evaluate("() => document.documentElement.scrollWidth <= 390")
