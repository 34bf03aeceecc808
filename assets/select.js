/* The selection: rows that a lasso or box went around (around.js), or that were found; it stays while the map is the same one. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const keep = () => dash.no_update;
  const held = { data: null, rows: null, mode: "pan", view: null, heard: new WeakSet() };

  const graph = () => document.querySelector("#map .js-plotly-plot");
  const flat = (data) => Boolean(data && data.map && data.view.x);

  /* base64 of int32, in pieces: an argument list has its limits */
  function coded(rows) {
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }

  /* numbers of the selected points of each trace, or nothing for all when there is no selection */
  function points(traces) {
    const rows = explorer.alone() || held.rows; // samples that are shown alone go before the selection
    if (!rows) return traces.map(() => null);
    const inside = new Uint8Array(held.data.total);
    for (const row of rows) inside[row] = 1;
    return traces.map((rows) => Array.from(rows.keys()).filter((at) => inside[rows[at]]));
  }

  /* The map as it should look: selected points, no outline left, what dragging does, and where it was looked at. */
  async function mark(view) {
    const drawn = graph();
    if (!flat(held.data) || !explorer.stands(held.data)) return; // a newer figure is marked when it stands
    const traces = explorer.order(held.data).slice(0, -1); // the ring is no point
    const layout = { selections: [], dragmode: held.mode, ...view, ...explorer.written(drawn, held.data) };
    await window.Plotly.update(drawn, { selectedpoints: points(traces) }, layout, traces.map((_, t) => t));
    document.getElementById("map-area").dataset.selected = String(held.rows ? held.rows.length : 0);
    explorer.tagged(drawn);
  }

  const LATEST = 3000; // milliseconds until the map is marked, card or not

  /* Rows, sorted or not, become the selection; none end it. The map is marked when their card stands: drawing takes longer. */
  function choose(rows) {
    if (!held.data || (!rows.length && !held.rows)) return;
    held.rows = rows.length ? rows : null;
    const { dataset, map } = held.data;
    dash.set_props("selection", { data: held.rows ? { dataset, map, rows: coded(rows), marked: flat(held.data) } : null });
    clearTimeout(held.due);
    held.due = setTimeout(mark, held.rows ? LATEST : 0);
    held.waits = Boolean(held.rows);
  }

  /* The card of the selection stands. */
  explorer.told = function () {
    if (held.waits) {
      clearTimeout(held.due);
      held.due = setTimeout(mark, 50);
      held.waits = false;
    }
    return keep();
  };

  function listen(drawn) {
    if (held.heard.has(drawn)) return;
    held.heard.add(drawn);
    drawn.on("plotly_relayout", (change) => {
      const { xaxis, yaxis } = drawn._fullLayout;
      if (xaxis && Object.keys(change).some((name) => name.startsWith("xaxis.range"))) {
        held.view = { "xaxis.range": xaxis.range.slice(), "yaxis.range": yaxis.range.slice() };
      }
    });
  }

  async function again(data, view) {
    if (!(await explorer.stood(data))) return;
    const drawn = graph();
    listen(drawn);
    if (held.rows || explorer.alone() || held.mode !== "pan" || view) await mark(view);
    else explorer.tagged(drawn);
  }

  /* A new figure of the same map shows the same selection; another map, or none, ends it. */
  explorer.keep = function (data) {
    const before = held.data;
    const same = Boolean(before && flat(data) && data.map === before.map && data.dataset === before.dataset);
    const had = held.rows;
    held.data = data;
    if (!same) Object.assign(held, { rows: null, view: null });
    if (flat(data)) again(data, same ? held.view : null);
    if (had && !same) dash.set_props("selection", { data: null });
  };

  /* What dragging does. */
  explorer.drag = function (mode) {
    held.mode = explorer.dragging(mode);
    if (graph() && flat(held.data)) window.Plotly.relayout(graph(), { dragmode: held.mode });
    return keep();
  };

  /* Only a finished flat map has points to go around. */
  explorer.draggable = function (data) {
    document.getElementById("drag-tools").disabled = !flat(data);
  };

  /* Move the middle of a flat map to a row, as near as it was; false when the row is not drawn. */
  explorer.centre = function (row) {
    const at = held.data && explorer.place(row, held.data);
    if (!at || !flat(held.data)) return Boolean(at);
    const drawn = graph();
    const around = (axis, middle) => [0, 1].map((end) => middle + axis.range[end] - (axis.range[0] + axis.range[1]) / 2);
    const { xaxis, yaxis } = drawn._fullLayout;
    window.Plotly.relayout(drawn, { "xaxis.range": around(xaxis, at[0]), "yaxis.range": around(yaxis, at[1]) });
    return true;
  };

  /* The same, only when the row lies outside of what is seen. */
  explorer.reveal = function (row) {
    const at = held.data && flat(held.data) && explorer.place(row, held.data);
    if (!at) return;
    const { xaxis, yaxis } = graph()._fullLayout;
    const seen = (axis, value) => value >= Math.min(...axis.range) && value <= Math.max(...axis.range);
    if (!seen(xaxis, at[0]) || !seen(yaxis, at[1])) explorer.centre(row);
  };

  /* The rows of a group, or of one of its labels, become the selection. */
  async function members({ clusters, cluster, label }) {
    const asked = new URLSearchParams(label === undefined ? { cluster } : { cluster, label });
    const { dataset } = held.data;
    const answer = await fetch("/members/" + dataset + "/" + clusters + "?" + asked).catch(() => null);
    const rows = answer && answer.status === 200 ? new Int32Array(await answer.arrayBuffer()) : null;
    if (rows && held.data && held.data.dataset === dataset) choose(rows);
  }

  document.addEventListener("click", (event) => {
    const shown = event.target.closest("button.chosen");
    if (shown) dash.set_props("pinned", { data: Number(shown.dataset.row) });
    const group = event.target.closest("button.members");
    if (group) members(group.dataset);
    if (event.target.closest("#clear-selection")) choose(new Int32Array(0));
  });

  document.addEventListener("keydown", (event) => {
    const writes = event.isComposing || (explorer.typing(event.target) && !event.target.closest("select")); // Escape is about that
    if (event.key === "Escape" && !event.defaultPrevented && !writes) choose(new Int32Array(0));
  });

  explorer.choose = choose;
  explorer.chosen = () => ({ data: flat(held.data) && explorer.stands(held.data) ? held.data : null, rows: held.rows });
  explorer.mark = mark;
})();
