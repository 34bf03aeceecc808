/* The table: which rows it shows in which order, the values of those that are seen, and what is selected and pinned in it. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const WAIT = 120; // milliseconds that ticks are gathered for
  const SETTLED = 50; // until the grid is as high as its rows
  const TICKS = "ag-Grid-SelectionColumn";
  const opened = { api: null, address: "", query: "", dataset: null, columns: [], total: 0, turn: 0, words: "" }; // what is looked at
  const shown = { asked: "", order: null, all: null, rows: null, only: false }; // which rows, as they stand below one another
  const page = { grouped: null, filters: [], coded: null, inside: null, count: 0, pinned: null, own: null, sought: null, timer: null };
  const held = { ...opened, ...shown, ...page }; // and what the rest of the page shows

  const element = (name) => document.getElementById(name);
  const chosen = (row) => Boolean(held.inside && held.inside[row]);
  const several = (count) => count.toLocaleString("en") + (count === 1 ? " row" : " rows");

  async function ask(address, body) {
    const question = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(address, body ? question : {});
    if (answer.ok) return answer;
    throw new Error((await answer.json()).problem);
  }

  /* Above the grid: how many rows there are, and what can be done with them. */
  function say(problem) {
    const { rows, total, pinned } = held;
    const count = rows && rows.length < total ? rows.length.toLocaleString("en") + " of " + several(total) : several(total);
    const missing = rows && pinned !== null && rows.length < total && !rows.includes(pinned);
    element("table-count").textContent = problem || count + (missing ? " · row " + pinned.toLocaleString("en") + " is not among them" : "");
    element("table-only").disabled = !held.count;
    element("table-only").setAttribute("aria-pressed", String(held.only));
    element("table-select").disabled = !(rows && rows.length && held.grouped && held.grouped.map);
    element("table-folded").disabled = !held.columns.some((column) => column.folded);
  }

  /* Of the rows that pass the filters those that are to be shown. */
  function narrow() {
    held.rows = held.all && held.only ? held.all.filter(chosen) : held.all;
    say();
  }

  function top() {
    if (held.api.getDisplayedRowCount()) held.api.ensureIndexVisible(0, "top");
  }

  /* The rows for these filters and this order are asked for once, however many blocks are. */
  function ordered({ sortModel, filterModel }) {
    const body = { sort: sortModel.map(({ colId, sort }) => ({ colId, sort })), filter: filterModel, only: held.filters };
    const asked = JSON.stringify([held.address, held.query, body]);
    if (held.asked === asked) return;
    if (held.asked) top();
    held.asked = asked;
    held.order = ask(held.address + "/rows" + held.query, body).then(async (answer) => {
      const rows = new Int32Array(await answer.arrayBuffer());
      if (held.asked !== asked) return;
      held.all = rows;
      narrow();
    });
  }

  const seen = () => held.api.getAllDisplayedColumns().map((column) => column.getColId()).filter((name) => name !== TICKS);

  /* One block of rows; an answer that comes after other data were opened, or other rows asked for, is dropped. */
  async function block(params, overtaken) {
    await held.order;
    if (overtaken()) return params.failCallback();
    const rows = Array.from(held.rows.subarray(params.startRow, params.endRow));
    const columns = seen();
    const found = rows.length ? await (await ask(held.address + "/values" + held.query, { columns, rows })).json() : {};
    if (overtaken()) return params.failCallback();
    const made = rows.map((row, at) => {
      const data = { id: String(row), number: row };
      for (const name of columns) data[name] = found[name][at];
      return data;
    });
    params.successCallback(made, held.rows.length);
    mark();
    setTimeout(seek, SETTLED);
  }

  const source = {
    getRows(params) {
      ordered(params);
      const asked = held.asked;
      block(params, () => held.asked !== asked).catch((error) => {
        params.failCallback();
        if (held.asked !== asked) return;
        held.asked = "";
        say(error.message);
      });
    },
  };

  const worded = { filter: "agTextColumnFilter", filterParams: { filterOptions: ["contains", "equals", "startsWith", "blank", "notBlank"] } };
  const numbered = {
    type: "rightAligned",
    filter: "agNumberColumnFilter",
    filterParams: { filterOptions: ["equals", "lessThan", "greaterThan", "inRange", "blank", "notBlank"] },
  };

  function definition({ id, name, kind, folded }) {
    const look = kind === "number" ? numbered : worded;
    const filterParams = { ...look.filterParams, maxNumConditions: 1, debounceMs: 300 };
    const wide = Math.min(Math.max(100, 68 + 8 * name.length), 240);
    const place = { initialHide: folded, initialWidth: wide, pinned: id === "row" ? "left" : null };
    return { ...look, ...place, filterParams, colId: id, field: id, headerName: name };
  }

  /* Ticks where rows are selected, of the blocks that are held. */
  function mark() {
    const nodes = { true: [], false: [] };
    held.api.forEachNode((node) => {
      if (node.data && chosen(node.data.number) !== Boolean(node.isSelected())) nodes[!node.isSelected()].push(node);
    });
    for (const newValue of [true, false]) {
      if (nodes[newValue].length) held.api.setNodesSelected({ nodes: nodes[newValue], newValue });
    }
  }

  function again() {
    narrow();
    top();
    held.api.purgeInfiniteCache();
  }

  /* A row that a person ticks is selected on the map too; several at once are one selection. */
  function ticked(event) {
    if (event.source === "api" || !event.node.data) return;
    held.inside = held.inside || new Uint8Array(held.total);
    held.inside[event.node.data.number] = event.node.isSelected() ? 1 : 0;
    clearTimeout(held.timer);
    held.timer = setTimeout(choose, WAIT);
  }

  function choose() {
    const rows = [];
    held.inside.forEach((yes, row) => yes && rows.push(row));
    if (held.grouped.map) return explorer.choose(Int32Array.from(rows));
    take(null); // the selection belongs to a map
    mark();
    return say("Rows can be selected once there is a map.");
  }

  function pin(event) {
    if (!event.data || (event.column && event.column.getColId() === TICKS)) return;
    held.own = event.data.number;
    dash.set_props("pinned", { data: held.own });
    explorer.reveal(held.own);
  }

  async function ready() {
    held.words = element("table-count").textContent; // what is said while there are no data
    held.api = await window.dash_ag_grid.getApiAsync("table-grid");
    held.api.setGridAriaProperty("label", "All rows of the data");
    held.api.addEventListener("cellClicked", pin);
    held.api.addEventListener("cellKeyDown", (event) => event.event.key === "Enter" && pin(event));
    held.api.addEventListener("rowSelected", ticked);
  }

  /* Other data, map or clusters: other columns. The filters and the order stay while the data do. False when it was overtaken. */
  async function show(address, query, dataset) {
    const turn = ++held.turn;
    const found = await (await ask(address + query)).json();
    if (turn !== held.turn) return false;
    const other = dataset !== held.dataset;
    if (other) held.api.updateGridOptions({ columnDefs: [], datasource: null });
    Object.assign(held, { address, query, dataset, columns: found.columns, total: found.total, asked: "" });
    if (other) Object.assign(held, shown);
    take(held.coded);
    held.api.setGridOption("columnDefs", found.columns.map(definition));
    if (other) held.api.setGridOption("datasource", source);
    else held.api.refreshInfiniteCache();
    if (other) element("table-folded").setAttribute("aria-pressed", "false");
    return true;
  }

  /* The selection of the page, as base64 of int32. */
  function take(coded) {
    held.coded = coded;
    const bytes = Uint8Array.from(atob(coded || ""), (letter) => letter.charCodeAt(0));
    const rows = new Int32Array(bytes.buffer);
    held.count = rows.length;
    held.inside = new Uint8Array(held.total);
    for (const row of rows) held.inside[row] = 1;
    if (!held.count) held.only = false;
  }

  /* Bring the row that was pinned elsewhere into view, once it is known where it stands. */
  function seek() {
    const at = held.rows && held.sought !== null ? held.rows.indexOf(held.sought) : -1;
    if (at >= 0) held.api.ensureIndexVisible(at, "middle");
    if (held.rows) held.sought = null;
  }

  /* The pinned row is seen, wherever it was pinned; its mark goes with it. */
  function ring(pinned) {
    const before = held.pinned;
    held.pinned = pinned;
    const nodes = [before, pinned].map((row) => row !== null && held.api.getRowNode(String(row))).filter(Boolean);
    if (nodes.length) held.api.redrawRows({ rowNodes: nodes });
    held.sought = pinned === held.own ? null : pinned;
    held.own = null;
    seek();
  }

  /* No data are open any more. */
  function close() {
    held.turn++;
    held.api.updateGridOptions({ columnDefs: [], datasource: null });
    Object.assign(held, shown, { address: "", query: "", dataset: null, columns: [], total: 0 });
    say(held.words);
  }

  async function update({ grouped, filters, coded, pinned }) {
    held.grouped = grouped;
    if (!held.api) await (held.mounted = held.mounted || ready());
    const address = grouped && grouped.dataset ? ["/table", grouped.dataset, grouped.map || "-", grouped.clusters || "-"].join("/") : "";
    if (!address) return close();
    const query = grouped.labels ? "?labels=" + grouped.labels : "";
    const narrower = JSON.stringify(filters) !== JSON.stringify(held.filters);
    held.filters = filters;
    if (address !== held.address || query !== held.query) {
      if (!(await show(address, query, grouped.dataset))) return;
    } else if (narrower) held.api.purgeInfiniteCache();
    if (coded !== held.coded) {
      const only = held.only;
      take(coded);
      only ? again() : mark();
    }
    if (pinned !== held.pinned) ring(pinned);
    say();
  }

  /* What the rest of the page shows is followed while the tab is taken, and caught up with when it is taken again. */
  explorer.table = function (tab, place, grouped, selection, pinned, drawn) {
    if (tab !== "table" || !place) return dash.no_update;
    const ours = selection && grouped && selection.dataset === grouped.dataset;
    const state = { grouped, filters: (drawn && drawn.filters) || [], coded: ours ? selection.rows : null, pinned: pinned ?? null };
    update(state).catch((error) => say(error.message));
    return dash.no_update;
  };

  const pressed = {
    "table-only": () => {
      held.only = !held.only;
      again();
    },
    "table-select": () => explorer.choose(held.rows.slice()),
    "table-folded": (button) => {
      const yes = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(yes));
      held.api.setColumnsVisible(held.columns.filter((column) => column.folded).map((column) => column.id), yes);
      held.api.refreshInfiniteCache();
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#table-tools button");
    if (button && pressed[button.id]) pressed[button.id](button);
  });

  /* Escape closes the filter that is open, and not the selection too. */
  document.addEventListener("keydown", (event) => event.key === "Escape" && event.target.closest(".ag-popup") && event.preventDefault(), true);

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.tablePinned = (params) => Boolean(params.data) && params.data.number === held.pinned;
  functions.tablePopups = () => document.body;
})();
