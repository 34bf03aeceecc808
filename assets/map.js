/* The live map: rows of the drawn points, frames while a run moves them, the tip, the pin and the legend. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const keep = () => dash.no_update;
  const held = { coded: null, order: [], traceOf: null, frame: 0, job: null, drawn: null, busy: false, pinned: [], view: null };

  const PENDING = ".dash-graph--pending"; // a figure that is being drawn

  const graph = () => document.querySelector("#map .js-plotly-plot");

  /* Whether the figure of this data is the one that is seen: the rows come first, and drawing takes a while. */
  function stands(data) {
    const drawn = graph();
    return Boolean(data && drawn && drawn._fullData && drawn.layout.selectionrevision === data.figure && !drawn.closest(PENDING));
  }

  /* Wait for it; false when another one takes its place, or when it does not come. */
  async function stood(data) {
    for (let turn = 0; turn < 100 && held.drawn === data; turn++) {
      if (stands(data)) return true;
      await new Promise((done) => setTimeout(done, 50));
    }
    return false;
  }

  /* rows of each trace: one list of whole numbers, cut by lengths */
  function order(data) {
    if (!data || data === held.coded) return held.order;
    const bytes = Uint8Array.from(atob(data.rows), (c) => c.charCodeAt(0));
    const rows = new Int32Array(bytes.buffer);
    let from = 0;
    held.view = data.view;
    held.order = data.lengths.map((length) => rows.subarray(from, (from += length)));
    held.coded = data;
    return held.order;
  }

  function rowOf(event, data) {
    const point = stands(data) && event && event.points && event.points[0];
    const rows = point && order(data)[point.curveNumber];
    return rows && point.pointNumber < rows.length ? rows[point.pointNumber] : null;
  }

  function place(row, data) {
    const drawn = graph();
    const traces = order(data);
    for (let t = 0; stands(data) && t < traces.length; t++) {
      const at = traces[t].indexOf(row);
      if (at >= 0) {
        const trace = drawn._fullData[t];
        return trace.z ? [trace.x[at], trace.y[at], trace.z[at]] : [trace.x[at], trace.y[at]];
      }
    }
    return null;
  }

  /* A ring around the pinned sample, and around the one it is compared with: the last trace of every figure. */
  function ring(rows, data) {
    if (!stands(data)) return;
    const drawn = graph();
    const places = rows.map((row) => place(row, data)).filter(Boolean);
    const last = drawn.data.length - 1;
    const axes = drawn.data[last].type === "scatter3d" ? ["x", "y", "z"] : ["x", "y"];
    const update = Object.fromEntries(axes.map((axis, a) => [axis, [places.map((at) => at[a])]]));
    window.Plotly.restyle(drawn, update, [last]);
  }

  explorer.ring = function (pinned, compared) {
    held.pinned = [...new Set([pinned, compared])].filter((row) => row !== null && row !== undefined);
    if (held.drawn) setTimeout(() => ring(held.pinned, held.drawn), 60);
    return keep();
  };

  /* What a figure does not know stands again once it is there: the ring, and the classes that are hidden. */
  async function restored(data) {
    if (!(await stood(data))) return;
    if (held.pinned.length) ring(held.pinned, data);
    const hidden = [...document.querySelectorAll('#legend [aria-pressed="false"][data-trace]')].map((chip) => Number(chip.dataset.trace));
    const known = hidden.filter((trace) => trace < data.lengths.length - 1);
    if (known.length) window.Plotly.restyle(graph(), { visible: "legendonly" }, known);
  }

  /* A new figure is on its way: every part of the page that goes with the map hears of it here, once. */
  explorer.arrived = function (data) {
    held.drawn = data; // what frames move until a newer one takes its place
    if (data) restored(data);
    for (const hear of [explorer.tip, explorer.named, explorer.replayable, explorer.draggable, explorer.keep]) hear(data);
    return keep();
  };

  function split(values, dims, data) {
    const axes = ["x", "y", "z"].slice(0, dims);
    const update = Object.fromEntries(axes.map((axis) => [axis, []]));
    const traces = order(data);
    for (const rows of traces) {
      axes.forEach((axis, a) => {
        const made = new Float32Array(rows.length);
        for (let i = 0; i < rows.length; i++) made[i] = values[rows[i] * dims + a] / 32767;
        update[axis].push(made);
      });
    }
    return [update, traces.map((_, t) => t)];
  }

  async function fetchFrame(job, after) {
    const answer = await fetch("/frame/" + job + "?after=" + after);
    if (answer.status !== 200) return null;
    const body = await answer.arrayBuffer();
    return { number: Number(answer.headers.get("X-Frame")), dims: Number(answer.headers.get("X-Dimensions")), values: new Int16Array(body) };
  }

  /* One frame in flight; a frame that comes after the run has ended is dropped. */
  explorer.frame = async function (record, state) {
    const data = held.drawn;
    if (!record || !data || ![state.live, data.live].every((live) => live === record.key) || record.state !== "running") return;
    if (held.job !== record.key) Object.assign(held, { job: record.key, frame: 0 });
    if (held.busy || record.frame <= held.frame) return;
    held.busy = true;
    try {
      const frame = await fetchFrame(record.key, held.frame);
      const figure = graph();
      if (frame && figure && held.drawn === data && stands(data)) {
        held.frame = frame.number;
        const [update, traces] = split(frame.values, frame.dims, data);
        await window.Plotly.restyle(figure, update, traces);
        if (held.pinned.length) ring(held.pinned, data);
        document.getElementById("map-area").dataset.frames = String(Number(document.getElementById("map-area").dataset.frames || 0) + 1);
      }
    } finally {
      held.busy = false;
    }
  };

  /* Pin by click; the arrows go through the rows; the cross, and another dataset, let go. */
  explorer.pin = function (click, previous, next, unpin, dataset, data, pinned) {
    const trigger = (dash.callback_context.triggered[0] || { prop_id: "" }).prop_id.split(".")[0];
    if (trigger === "map") {
      const row = rowOf(click, data);
      return row === null ? keep() : row;
    }
    if (trigger === "unpin" || trigger === "dataset") return null;
    const step = trigger === "next" ? 1 : trigger === "previous" ? -1 : 0;
    if (!step || !data || !data.total) return keep();
    return pinned === null || pinned === undefined ? 0 : (pinned + step + data.total) % data.total;
  };

  const now = () => Date.now(); // so that the same press twice is heard twice
  const pressed = {
    answer: (id) => dash.set_props("answered", { data: { notice: id.notice, option: id.option, at: now() } }),
    near: (id) => dash.set_props("pinned", { data: id.row }),
    "near-count": (id) => dash.set_props("near-count", { data: id.count }),
    propose: (id) => dash.set_props({ type: "setting", stage: "clustering", algorithm: "kmeans", name: "n_clusters" }, { value: id.count }),
  };

  /* A message that is closed is closed on the server too. */
  function close(place) {
    dash.set_props(place, { children: [] });
    dash.set_props("closed", { data: Date.now() });
  }

  /* Groups whose tick is set. */
  const ticked = () => [...document.querySelectorAll("#groups .tick input:checked")].map((tick) => JSON.parse(tick.id).code);

  const written = {
    role: (id, value) => dash.set_props("role-given", { data: { index: id.index, value, at: now() } }),
    "group-name": (id, value) => dash.set_props("renamed", { data: { code: id.code, value, at: now() } }),
  };

  /* Fields that callbacks draw: the role of a column, the name of a group. */
  document.addEventListener("change", ({ target }) => {
    const id = target.id && target.id.startsWith("{") ? JSON.parse(target.id) : {};
    if (written[id.type]) written[id.type](id, target.value);
  });

  /* Buttons that callbacks draw: a neighbour is pinned, a proposal is taken, a message is closed. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("close")) close(button.closest(".toasts > [id]").id);
    if (button.id === "whole") whole();
    if (button.dataset.trace && button.closest("#legend")) turn(button, Number(button.dataset.trace));
    if (button.id === "merge") dash.set_props("merged", { data: { codes: ticked(), at: now() } });
    const id = button.id.startsWith("{") ? JSON.parse(button.id) : {};
    if (pressed[id.type]) pressed[id.type](id);
  });

  /* The whole map again, after zooming and turning. */
  function whole() {
    const drawn = graph();
    if (!drawn || !drawn.layout) return;
    const flat = !drawn._fullLayout.scene;
    const view = flat
      ? { "xaxis.range": held.view.x.slice(), "yaxis.range": held.view.y.slice() }
      : { "scene.camera": structuredClone(drawn.layout.meta.camera) };
    window.Plotly.relayout(drawn, view);
  }

  /* A class is hidden and shown by its chip. */
  function turn(chip, trace) {
    const drawn = graph();
    if (!drawn || !drawn.data[trace]) return;
    const hide = drawn.data[trace].visible !== false && drawn.data[trace].visible !== "legendonly";
    window.Plotly.restyle(drawn, { visible: hide ? "legendonly" : true }, [trace]);
    chip.setAttribute("aria-pressed", hide ? "false" : "true");
  }

  explorer.stands = stands;
  explorer.stood = stood;
  explorer.rowOf = rowOf;
  explorer.place = place;
  explorer.order = order;
})();
