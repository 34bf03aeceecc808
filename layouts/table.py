"""The tab with all rows: what stands above the grid, and the grid itself."""

from __future__ import annotations

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from layouts import ids

ROW_HEIGHT = 28
BLOCK = 100  # rows that are asked for at once
KEPT = 20  # blocks that the browser keeps
OPTIONS = {
    "suppressFieldDotNotation": True,
    "rowSelection": {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False, "enableClickSelection": False},
    "selectionColumnDef": {"pinned": "left", "width": 40, "suppressHeaderMenuButton": True},
    # Dash's component would mirror filters, order and selection, and now and then set back what it had mirrored before.
    **dict.fromkeys(("onGridReady", "onSelectionChanged", "onCellClicked")),
    "rowClassRules": {"row-pinned": "tablePinned(params)"},
    "popupParent": {"function": "tablePopups()"},
    "cacheBlockSize": BLOCK,
    "maxBlocksInCache": KEPT,
    "infiniteInitialRowCount": 1,
    "blockLoadDebounceMillis": 40,
    "maxConcurrentDatasourceRequests": 3,
    "rowHeight": ROW_HEIGHT,
    "headerHeight": 32,
    "ensureDomOrder": True,  # for those who hear the page
    "localeText": {"noRowsToShow": "There are no rows.", "noMatchingRows": "No row passes the filters.", "loadingOoo": "…"},
}
COLUMN = {"sortable": True, "resizable": True, "cellDataType": False, "minWidth": 60}


def part() -> Component:
    """How many rows are shown, what can be done with them, and the place of the grid."""
    actions = (
        (ids.TABLE_FOLDED, "Pixels", "Show the columns of the pixels too", True),
        (ids.TABLE_ONLY, "Selected only", "Show the selected rows alone", True),
    )
    buttons = [_switch(*one) for one in actions]
    everything = html.Button("Select what is shown", id=ids.TABLE_SELECT, className="button", disabled=True)
    words = html.P("The rows appear here once a file is open.", id=ids.TABLE_COUNT, className="small", role="status")
    tools = html.Div([words, *buttons, everything], id=ids.TABLE_TOOLS, className="table-tools")
    return html.Div([tools, html.Div(id=ids.TABLE_PLACE, className="table-place")], className="part part-table")


def grid() -> Component:
    """The grid; its columns and rows come from the page's script."""
    return dag.AgGrid(
        id=ids.table_grid(), columnDefs=[], defaultColDef=COLUMN, dashGridOptions=OPTIONS, rowModelType="infinite",
        getRowId="params.data.id", dangerously_allow_code=False, enableEnterpriseModules=False, className="table-grid",
    )  # fmt: skip


def _switch(name: str, words: str, title: str, off: bool) -> Component:
    return html.Button(words, id=name, className="button", title=title, disabled=off, **{"aria-pressed": "false"})
