/* The tip at the pointer: picture or first values of the sample under it, at once and as plain text. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const WAIT = 60; // milliseconds until the figure is looked for
  const known = new Map(); // "dataset/row" -> facts, a few hundred
  const heard = new WeakSet();
  let held = null; // the figure: its dataset, and the rows of its points
  let wanted = null;

  async function facts(dataset, row) {
    const address = dataset + "/" + row;
    if (!known.has(address)) {
      const answer = await fetch("/row/" + address);
      if (answer.status !== 200) return null;
      if (known.size > 400) known.clear();
      known.set(address, await answer.json());
    }
    return known.get(address);
  }

  function line(name, value) {
    const made = document.createElement("div");
    const term = document.createElement("span");
    term.textContent = name;
    const text = document.createElement("b");
    text.textContent = value;
    made.append(term, text);
    return made;
  }

  function fill(tip, dataset, row, found) {
    const parts = [];
    if (found.picture) {
      const picture = document.createElement("img");
      picture.src = "/picture/" + dataset + "/" + row + ".png";
      picture.alt = "Picture of row " + row;
      parts.push(picture);
    }
    const title = document.createElement("div");
    title.className = "tip-title";
    title.textContent = "Row " + row.toLocaleString("en") + (found.label ? " · " + found.label : "");
    parts.push(title);
    for (const [name, value] of found.picture ? [] : found.values) parts.push(line(name, value));
    tip.replaceChildren(...parts);
    tip.dataset.row = String(row);
  }

  function show(tip, box) {
    const area = document.getElementById("map-area").getBoundingClientRect();
    const right = (box.x0 + box.x1) / 2 > area.width / 2;
    const low = (box.y0 + box.y1) / 2 > area.height / 2;
    tip.hidden = false;
    tip.style.left = (right ? box.x0 - tip.offsetWidth - 12 : box.x1 + 12) + "px";
    tip.style.top = (low ? box.y0 - tip.offsetHeight - 4 : box.y1 + 4) + "px";
  }

  async function point(event) {
    const tip = document.getElementById("tip");
    const [data, row] = [held, explorer.rowOf(event, held)];
    wanted = row;
    if (row === null) return hide();
    const found = await facts(data.dataset, row); // of the map that is seen, whatever has been opened meanwhile
    if (!found || wanted !== row) return;
    fill(tip, data.dataset, row, found);
    show(tip, event.points[0].bbox);
  }

  function hide() {
    wanted = null;
    document.getElementById("tip").hidden = true;
  }

  /* The map tells us of the pointer, and Dash no more: it would tell every component of the page of each point. */
  function listen() {
    const drawn = document.querySelector("#map .js-plotly-plot");
    if (!drawn || !drawn.on || drawn.closest(".dash-graph--pending")) return setTimeout(listen, WAIT);
    if (heard.has(drawn)) return;
    heard.add(drawn);
    for (const [name, hear] of [["plotly_hover", point], ["plotly_unhover", hide]]) {
      drawn.removeAllListeners(name);
      drawn.on(name, hear);
    }
  }

  /* A new figure: the tip is of its rows from now on. */
  explorer.tip = function (data) {
    held = data;
    hide();
    setTimeout(listen, WAIT);
  };
})();
