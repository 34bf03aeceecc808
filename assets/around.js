/* Lasso and box: dragging draws an outline on the flat map, and the points inside it become the selection. Plotly's
   own tools visit and mark every point at each step of the mouse, which at 70,000 points takes seconds. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const SVG = "http://www.w3.org/2000/svg";
  const CLICK = 4; // pixels that a press may move and still be a click
  const held = { mode: "pan", corners: null };

  const area = () => document.getElementById("map-area");
  const graph = () => document.querySelector("#map .js-plotly-plot");

  /* The line over the map, drawn by nobody else. */
  function outline() {
    const found = area().querySelector("svg.outline");
    if (found) return found.firstChild;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "outline");
    svg.setAttribute("aria-hidden", "true");
    area().append(svg);
    return svg.appendChild(document.createElementNS(SVG, "path"));
  }

  function draw() {
    const around = held.corners && shape(held.corners);
    outline().setAttribute("d", around ? "M" + around.map((corner) => corner.join(" ")).join("L") + "Z" : "");
  }

  /* The corners of what was drawn: a lasso's own, or the four of a box. */
  function shape(corners) {
    if (held.mode === "lasso") return corners;
    const [[left, top], [right, low]] = [corners[0], corners[corners.length - 1]];
    return [[left, top], [right, top], [right, low], [left, low]];
  }

  function at(event) {
    const box = area().getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  const span = (values) => Math.max(...values) - Math.min(...values);

  /* Corners on the page as places of the map. */
  function places(corners) {
    const [box, { left, top }] = [area().getBoundingClientRect(), graph().getBoundingClientRect()];
    const { xaxis, yaxis } = graph()._fullLayout;
    return corners.map(([x, y]) => [xaxis.p2d(x + box.left - left - xaxis._offset), yaxis.p2d(y + box.top - top - yaxis._offset)]);
  }

  /* Whether a place lies inside, by the rule of crossings. */
  function inside(corners, x, y) {
    let within = false;
    for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
      const [[a, b], [c, d]] = [corners[i], corners[j]];
      if (b > y !== d > y && x < a + ((c - a) * (y - b)) / (d - b)) within = !within;
    }
    return within;
  }

  /* Rows of the points that are seen inside the corners. */
  function rows(corners, data) {
    const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const found = [];
    explorer.order(data).forEach((members, t) => {
      const { x, y, visible } = graph()._fullData[t];
      for (let i = 0; visible === true && i < members.length; i++) {
        if (x[i] < left || x[i] > right || y[i] < low || y[i] > high) continue;
        if (inside(corners, x[i], y[i])) found.push(members[i]);
      }
    });
    return found;
  }

  /* With Shift they are added to what is selected, with Alt taken out of it. */
  function joined(found, before, event) {
    if (event.shiftKey) return [...new Set([...before, ...found])];
    if (!event.altKey) return found;
    const out = new Set(found);
    return [...before].filter((row) => !out.has(row));
  }

  function finish(event) {
    const corners = held.corners;
    end();
    if (!corners || Math.max(...[0, 1].map((axis) => span(corners.map((corner) => corner[axis])))) < CLICK) return;
    const { data, rows: before } = explorer.chosen();
    if (!data) return; // another figure has come meanwhile
    explorer.choose(Int32Array.from(joined(rows(places(shape(corners)), data), before || [], event)));
  }

  function end() {
    held.corners = null;
    draw();
  }

  document.addEventListener(
    "pointerdown",
    (event) => {
      const meant = held.mode !== "pan" && event.isPrimary && event.button === 0 && graph() && graph().contains(event.target);
      if (!meant || event.target.closest(".modebar") || !explorer.chosen().data) return;
      held.corners = [at(event)];
    },
    true,
  );

  document.addEventListener(
    "pointermove",
    (event) => {
      if (!held.corners || !event.isPrimary) return;
      held.corners.push(at(event));
      draw();
    },
    true,
  );

  document.addEventListener("pointerup", (event) => held.corners && event.isPrimary && finish(event), true);
  document.addEventListener("pointercancel", end, true);
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !held.corners) return;
      event.preventDefault(); // an outline is given up before a selection ends
      end();
    },
    true,
  );

  /* What dragging does from now on; Plotly's name for it. */
  explorer.dragging = function (mode) {
    held.mode = mode;
    area().dataset.drag = mode;
    return mode === "pan" ? "pan" : false;
  };
})();
