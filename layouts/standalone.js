/* The page of one map: draws it, and finds points by row number or by the words at them. */
const figure = JSON.parse(document.getElementById("figure").textContent);
const map = document.getElementById("map");
const said = document.getElementById("said");
const field = document.getElementById("find");
const ring = figure.data.length; // the trace behind all others marks what was found
const signs = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };
const search = { words: null, found: [], at: 0 };

figure.layout.font = { family: "system-ui, sans-serif", color: getComputedStyle(document.body).color };
Plotly.newPlot("map", [...figure.data, figure.mark], figure.layout, { responsive: true, displaylogo: false, scrollZoom: true });

/* The picture of a point, out of the sheet that holds them trace by trace. */
function look({ trace, point }) {
  const { address, columns, lines, tile } = figure.pictures;
  const at = figure.rows.slice(0, trace).reduce((sum, rows) => sum + rows.length, point);
  const share = (number, of) => (of > 1 ? (100 * number) / (of - 1) : 0) + "%";
  const shown = document.getElementById("picture");
  const wide = Math.max(...tile);
  shown.style.width = (128 * tile[0]) / wide + "px";
  shown.style.height = (128 * tile[1]) / wide + "px";
  shown.style.backgroundImage = `url(${address})`;
  shown.style.backgroundSize = `${100 * columns}% ${100 * lines}%`;
  shown.style.backgroundPosition = `${share(at % columns, columns)} ${share(Math.floor(at / columns), lines)}`;
  shown.setAttribute("aria-label", "Picture of row " + figure.rows[trace][point]);
  shown.hidden = false;
}

map.on("plotly_hover", ({ points: [at] }) => {
  if (figure.pictures && figure.rows[at.curveNumber]) look({ trace: at.curveNumber, point: at.pointNumber });
});

const plain = (text) => text.replace(/<[^>]*>/g, " ").replace(/&(lt|gt|quot|#x27|amp);/g, (sign) => signs[sign]);

/* Trace and number of every point that is meant: that of a row, or those at which the words stand. */
function find(words) {
  const number = /^(?:row\s+)?(\d+)$/.exec(words);
  const meant = [];
  figure.rows.forEach((rows, trace) => {
    rows.forEach((row, point) => {
      if (number ? row === Number(number[1]) : plain(figure.data[trace].text[point]).toLowerCase().includes(words)) {
        meant.push({ trace, point, row });
      }
    });
  });
  return meant.sort((a, b) => a.row - b.row);
}

/* The view moves so that a place is in its middle; it stays as wide as it is. */
function centred(place) {
  const layout = map._fullLayout;
  const middle = (axis) => (axis.range[0] + axis.range[1]) / 2;
  if (!layout.scene) {
    const moved = ["x", "y"].map((name) => {
      const axis = layout[name + "axis"];
      const by = place[name] - middle(axis);
      return [name + "axis.range", axis.range.map((end) => end + by)];
    });
    return Object.fromEntries(moved);
  }
  const camera = structuredClone(layout.scene._scene.getCamera());
  for (const name of ["x", "y", "z"]) {
    const axis = layout.scene[name + "axis"];
    const to = (place[name] - middle(axis)) / (axis.range[1] - axis.range[0]);
    camera.eye[name] += to - camera.center[name];
    camera.center[name] = to;
  }
  return { "scene.camera": camera };
}

async function show({ trace, point, row }) {
  if (figure.pictures) look({ trace, point });
  const place = Object.fromEntries(["x", "y", "z"].filter((n) => map._fullData[trace][n]).map((n) => [n, map._fullData[trace][n][point]]));
  await Plotly.restyle(map, Object.fromEntries(Object.entries(place).map(([name, value]) => [name, [[value]]])), [ring]);
  await Plotly.relayout(map, centred(place));
  map.dataset.found = String(row);
}

/* Enter finds, and goes on to the next of several. */
function go() {
  const words = field.value.trim().toLowerCase();
  if (!words) return;
  if (words === search.words) search.at = (search.at + 1) % Math.max(search.found.length, 1);
  else Object.assign(search, { words, found: find(words), at: 0 });
  const hit = search.found[search.at];
  said.textContent = !hit ? "Nothing is found." : `${search.at + 1} of ${search.found.length}: ${plain(figure.data[hit.trace].text[hit.point])}`;
  if (hit) show(hit);
}

field.addEventListener("keydown", (event) => event.key === "Enter" && go());
document.getElementById("go").addEventListener("click", go);
