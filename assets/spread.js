/* Names beside their points on a flat map: each as near as it can be, none over another or over a named point. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const FIRST = 13; // pixels from a point to a name that stands right above it
  const STEP = 9; // and from one ring of other places to the next
  const RINGS = 34;
  const DOT = 4; // half the width of what is kept free around a point
  const pen = document.createElement("canvas").getContext("2d");

  const meets = (a, b) => Math.abs(a.x - b.x) < a.w + b.w && Math.abs(a.y - b.y) < a.h + b.h;

  /* Half of how wide and high a name is, with what is kept free around it. */
  function half(text, size, weight = "") {
    pen.font = weight + size + "px " + getComputedStyle(document.body).fontFamily;
    return { w: pen.measureText(text).width / 2 + 2, h: size / 2 + 2 };
  }

  const inside = (box, area) => box.x - box.w > 0 && box.y - box.h > 0 && box.x + box.w < area.width && box.y + box.h < area.height;

  /* Places around a point, the nearest first: above, then rings of more and more of them. */
  const around = [[0, -FIRST], [0, FIRST]];
  for (let ring = 1; ring < RINGS; ring++) {
    const count = 8 + 2 * ring;
    for (let i = 0; i < count; i++) {
      const angle = (2 * Math.PI * (i + (ring % 2) / 2)) / count - Math.PI / 2;
      around.push([1.6 * (FIRST + ring * STEP) * Math.cos(angle), (FIRST + ring * STEP) * Math.sin(angle)]);
    }
  }

  /* Offsets in pixels of the names ({x, y, text, size}, in pixels too); the first have the first choice. */
  explorer.spread = function (names, area) {
    const taken = names.map(({ x, y }) => ({ x, y, w: DOT, h: DOT }));
    return names.map(({ x, y, text, size }) => {
      const extent = half(text, size, "600 ");
      const free = ([right, down]) => {
        const box = { x: x + right, y: y + down, ...extent };
        return inside(box, area) && !taken.some((other) => meets(box, other));
      };
      const place = around.find(free) || around[0]; // where all is full, names lie over one another
      taken.push({ x: x + place[0], y: y + place[1], ...extent });
      return place;
    });
  };

  explorer.meets = meets;
  explorer.half = half;
})();
