/* The way a map took, watched again: its trail of frames, drawn inside the finished map's own extent. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const STEP = 70; // milliseconds a frame
  const fresh = !window.location.search.includes("w="); // a page that nobody has worked on yet
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const played = { first: !fresh, shown: null, turn: 0 };
  const ends = new WeakMap(); // of each drawn map: where its points belong

  const graph = () => document.querySelector("#map .js-plotly-plot");

  /* Middle and half extent of the finished map, and its positions, to come back to. */
  function finished(drawn, axes) {
    const traces = drawn._fullData.slice(0, -1);
    const places = Object.fromEntries(axes.map((axis) => [axis, traces.map((trace) => Float32Array.from(trace[axis] || []))]));
    const bounds = axes.map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (const part of places[axis]) for (const value of part) [low, high] = [Math.min(low, value), Math.max(high, value)];
      return [low, high];
    });
    const half = Math.max(...bounds.map(([low, high]) => (high - low) / 2)) || 1;
    return { places, half, middle: bounds.map(([low, high]) => (low + high) / 2) };
  }

  function frame(trail, number, order, axes, end) {
    const dims = axes.length;
    const from = number * trail.rows * dims;
    return Object.fromEntries(
      axes.map((axis, a) => [
        axis,
        order.map((rows) => Float32Array.from(rows, (row) => (trail.values[from + row * dims + a] / 32767) * end.half + end.middle[a])),
      ]),
    );
  }

  async function fetchTrail(map) {
    const answer = await fetch("/trail/" + map).catch(() => null);
    if (!answer || answer.status !== 200) return null;
    const head = (name) => Number(answer.headers.get(name));
    return { frames: head("X-Frames"), rows: head("X-Rows"), dims: head("X-Dimensions"), values: new Int16Array(await answer.arrayBuffer()) };
  }

  /* What plays is told on the map, so that others can wait for its end. */
  function tell(playing) {
    document.getElementById("map-area").toggleAttribute("data-playing", playing);
  }

  /* A play goes on until another begins, or another map is drawn. */
  async function play(data) {
    const turn = ++played.turn;
    const goesOn = () => played.turn === turn && played.shown === data;
    try {
      await show(data, goesOn);
    } finally {
      if (goesOn()) tell(false);
    }
  }

  async function show(data, goesOn) {
    const trail = await fetchTrail(data.map);
    if (!trail || !trail.frames || !(await explorer.stood(data)) || !goesOn()) return;
    const drawn = graph();
    const axes = ["x", "y", "z"].slice(0, trail.dims);
    const order = explorer.order(data).slice(0, -1);
    if (!ends.has(data)) ends.set(data, finished(drawn, axes));
    const end = ends.get(data);
    const traces = order.map((_, t) => t);
    for (let number = 0; number < trail.frames && goesOn(); number++) {
      await window.Plotly.restyle(drawn, frame(trail, number, order, axes, end), traces);
      await new Promise((done) => setTimeout(done, STEP));
    }
    if (goesOn()) await window.Plotly.restyle(drawn, end.places, traces);
  }

  /* Only a map whose way was kept can be watched again. */
  function offer(data) {
    const button = document.getElementById("replay");
    button.disabled = !(data && data.trail);
    button.title = button.disabled ? "The way of this map was not kept" : "Watch how this map came to be";
  }

  function start(plays, wait) {
    tell(plays);
    if (plays) setTimeout(() => play(played.shown), wait);
  }

  explorer.replay = function () {
    start(Boolean(played.shown && played.shown.trail), 0);
    return dash.no_update;
  };

  /* The first map that a fresh page shows is played without being asked. */
  explorer.replayable = function (data) {
    const first = !played.first && data && data.map && !calm.matches;
    played.shown = data;
    if (data && (data.live || data.map)) played.first = true;
    offer(data);
    start(Boolean(first && data.trail), 300);
  };
})();
