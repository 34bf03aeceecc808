/* Names of classes on a flat map: those that have room where they stand, the largest class first; nearer, more have. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const heard = new WeakSet();
  const OURS = "class "; // what such a name is called in the figure, with the number of its trace

  const inside = (box, area) => box.x > 0 && box.y > 0 && box.x < area.width && box.y < area.height;
  const plain = (text) => text.replace(/&\w+;/g, "&"); // as wide as it is written

  const box = (tag, { xaxis, yaxis }) => ({ x: xaxis.l2p(tag.x), y: yaxis.l2p(tag.y), ...explorer.half(plain(tag.text), tag.font.size) });

  /* Which names have room, in the order in which they may choose; a class that is hidden has none. */
  function visible(tags, drawn) {
    const full = drawn._fullLayout;
    const area = { width: full.xaxis._length, height: full.yaxis._length };
    const taken = [];
    return tags.map((tag) => {
      const place = box(tag, full);
      const hidden = drawn.data[Number(tag.name.slice(OURS.length))]?.visible === "legendonly";
      if (hidden || !inside(place, area) || taken.some((other) => explorer.meets(other, place))) return false;
      return Boolean(taken.push(place));
    });
  }

  function place(drawn) {
    const tags = drawn.layout.annotations || [];
    if (!drawn._fullLayout.xaxis || !tags.length || !tags.every(({ name }) => (name || "").startsWith(OURS))) return;
    const change = {};
    visible(tags, drawn).forEach((shown, at) => {
      if (shown !== (tags[at].visible !== false)) change["annotations[" + at + "].visible"] = shown;
    });
    if (Object.keys(change).length) window.Plotly.relayout(drawn, change);
  }

  /* Find room for the names of a figure now, and whenever it is looked at otherwise. */
  explorer.tagged = function (drawn) {
    place(drawn);
    if (heard.has(drawn)) return;
    heard.add(drawn);
    drawn.on("plotly_restyle", () => place(drawn));
    drawn.on("plotly_relayout", (change) => {
      if (!Object.keys(change).every((name) => name.startsWith("annotations"))) place(drawn);
    });
  };
})();
