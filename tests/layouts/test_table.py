"""The table's part of the page: quiet before there is something, and nothing in it that runs foreign words."""

from __future__ import annotations

import json

from layouts import ids, table
from tests.layouts.test_page import parts


def test_the_part_is_quiet_before_there_is_a_table() -> None:
    drawn = {part.id: part for part in parts(table.part()) if getattr(part, "id", None)}
    assert "once a file is open" in drawn[ids.TABLE_COUNT].children and drawn[ids.TABLE_COUNT].role == "status"
    assert all(drawn[name].disabled for name in (ids.TABLE_ONLY, ids.TABLE_SELECT, ids.TABLE_FOLDED))
    assert not getattr(drawn[ids.TABLE_PLACE], "children", None)


def test_only_what_is_seen_is_sent_and_nothing_is_run() -> None:
    grid = table.grid()
    assert grid.rowModelType == "infinite" and grid.columnDefs == [] and not hasattr(grid, "rowData")
    assert grid.dangerously_allow_code is False and grid.enableEnterpriseModules is False
    assert grid.dashGridOptions["suppressFieldDotNotation"] is True and "suppressColumnVirtualisation" not in grid.dashGridOptions
    assert not hasattr(grid, "style")


def test_the_component_mirrors_nothing() -> None:
    options = table.grid().dashGridOptions
    assert [options[name] for name in ("onGridReady", "onSelectionChanged", "onCellClicked")] == [None] * 3


def test_the_expressions_of_the_grid_are_ours() -> None:
    grid = json.dumps(table.grid().to_plotly_json(), default=str)
    assert grid.count("params") == 2 and "params.data.id" in grid and "tablePinned(params)" in grid
