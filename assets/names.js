/* The pinned sample and its nearest ones alone on the map, by name; and the sample that is kept to be compared. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const held = { on: false, near: null, data: null, own: [], heard: new WeakSet() };

  const flat = (data) => Boolean(data && data.map && data.view.x);
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const size = (count) => (count > 51 ? 10 : count > 16 ? 11 : 12);
  const LINE = { showarrow: true, arrowhead: 0, arrowwidth: 1, arrowcolor: "rgba(140, 150, 165, 0.6)", standoff: 4 };
  const OURS = "sample"; // what these names are called beside those that a figure has of its own

  const titles = {
    true: "Write the names of this sample and of these on the map; all others turn grey (Escape ends it)",
    false: "A flat map at rest shows them by name; a 3-D map, and one that moves, do not",
  };

  /* Rows that are shown alone, or nothing. */
  explorer.alone = () => (held.on ? Int32Array.from(held.near.names, ([row]) => row) : null);

  function styled(row, name, lost) {
    const text = lost ? "<i>" + escaped(name) + "</i>" : escaped(name);
    return row === held.near.row ? "<b>" + text + "</b>" : text;
  }

  /* Names beside the samples, each with a line to its own; those that it lost in italics. What is not drawn has none. */
  function texts(drawn, data) {
    const { xaxis, yaxis } = drawn._fullLayout;
    const big = size(held.near.names.length);
    const known = held.near.names.map(([row, name, lost]) => ({ at: explorer.place(row, data), name, text: styled(row, name, lost) }));
    const shown = known.filter(({ at }) => at);
    const pixels = shown.map(({ at, name }) => ({ x: xaxis.l2p(at[0]), y: yaxis.l2p(at[1]), text: name, size: big }));
    const offsets = explorer.spread(pixels, { width: xaxis._length, height: yaxis._length });
    return shown.map(({ at, text }, i) => ({ x: at[0], y: at[1], ax: offsets[i][0], ay: offsets[i][1], text, name: OURS, font: { size: big }, ...LINE }));
  }

  /* What stands on the map in words: these names, or what stood there before them. */
  explorer.written = function (drawn, data) {
    const present = drawn.layout.annotations || [];
    const ours = present.some(({ name }) => name === OURS);
    if (!held.on) return ours ? { annotations: held.own } : {};
    if (!ours) held.own = structuredClone(present);
    listen(drawn);
    const annotations = texts(drawn, data);
    return annotations.length ? { annotations } : {};
  };

  /* Seen from nearer, there is more room for names. */
  function listen(drawn) {
    if (held.heard.has(drawn)) return;
    held.heard.add(drawn);
    drawn.on("plotly_relayout", (change) => {
      if (!held.on || change.annotations || !Object.keys(change).some((name) => name.startsWith("xaxis."))) return;
      window.Plotly.relayout(drawn, { annotations: texts(drawn, held.data) });
    });
  }

  /* The card is drawn anew for every sample: its button says again what is. */
  function tell() {
    document.getElementById("map-area").toggleAttribute("data-named", held.on);
    const button = document.querySelector("#card button.names");
    if (!button) return;
    const able = flat(held.data);
    button.setAttribute("aria-pressed", String(held.on));
    button.disabled = !able;
    button.title = titles[able];
  }

  function turn(on) {
    held.on = on;
    tell();
    return explorer.mark();
  }

  document.addEventListener("plain", ({ target }) => target.id === "card" && tell());

  /* Another pinned sample, or more of its neighbours, take the place of those before; no sample ends it. */
  explorer.names = function (near) {
    const was = held.on;
    Object.assign(held, { near, on: was && Boolean(near) && near.names.length > 1 });
    tell();
    if (was) explorer.mark();
    return near ? near.said : "";
  };

  /* So does another map; a new figure of the same one is marked once it stands. */
  explorer.named = function (data) {
    const same = Boolean(held.data && flat(data) && data.map === held.data.map);
    Object.assign(held, { data, on: held.on && same });
    tell();
  };

  /* Who lets go of the pinned sample ends comparing too. */
  explorer.compared = (pinned) => (pinned === null || pinned === undefined ? null : dash.no_update);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("names")) turn(!held.on);
    if (button.classList.contains("compare")) dash.set_props("compared", { data: button.dataset.row ? Number(button.dataset.row) : null });
    if (button.id === "replay" && held.on) turn(false); // names stand still, so would tell of the wrong points
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !held.on) return;
    event.preventDefault(); // the selection stays until the next one
    turn(false);
  });
})();
