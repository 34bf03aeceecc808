/* State of the page: which answer is newer, and what changed in it. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const keep = () => dash.no_update;
  let arrive;
  explorer.entered = new Promise((resolve) => (arrive = resolve)); // kept once the page has a workspace
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  /* The workspace as last changed: a late answer never overtakes a newer one. */
  explorer.newer = function (changed, current) {
    if (!changed) return keep();
    if (current && current.id === changed.id && current.version >= changed.version) return keep();
    if (document.getElementById("unexpected").firstChild) dash.set_props("unexpected", { children: [] }); // it is over
    return changed;
  };

  const parts = {
    dataset: (state) => state.dataset,
    drawn: (state, results) => ({
      dataset: state.dataset,
      map: state.live ? null : results.projection || null,
      live: state.live,
      clusters: (state.colour === "hand" ? results.labels : ["cluster", "strength"].includes(state.colour) && results.clustering) || null,
      by: ["label", "cluster"].includes(state.colour) ? null : state.colour,
      filters: state.filters || [],
      look: state.look || {},
      beside: (["cluster", "strength"].includes((state.look || {}).second) && results.clustering) || null, // groups that the look needs
    }),
    grouped: (state, results) => ({
      dataset: state.dataset,
      map: results.projection || null,
      clusters: results.clustering || null,
      labels: results.labels || null,
      measured: Boolean(results["quality.preservation"]), // from then on neighbours in the original space are known
    }),
    judged: (state, results) => ({
      dataset: state.dataset,
      clusters: results.clustering || null,
      agreement: results["quality.agreement"] || null,
      curve: results["quality.distances"] || results["quality.sweep"] || results["quality.proposal"] || null,
    }),
    clustered: (state, results) => ({ dataset: state.dataset, clusters: results.clustering || null, labels: results.labels || null }),
    restored: (state) => state.at || null,
    said: (state) => ({ problem: state.problem || "", ways: state.ways || null, said: state.said || "" }),
    results: (state, results) => results,
  };

  const reached = {}; // what the page has shown so far
  const controls = {
    colour: () => document.getElementById("colour").value,
    dimensions: () => Number((document.querySelector("#dimensions input:checked") || {}).value),
  };

  /* Controls that show the workspace and change it too. They are set past the callbacks: a circle of
     callbacks runs only when nothing else does, and so would wait for every worker. */
  function mirror(state) {
    for (const id of Object.keys(controls)) {
      if (controls[id]() !== state[id]) dash.set_props(id, { value: state[id] });
    }
    if (state.dataset !== reached.opened) dash.set_props("samples", { value: "" }); // so that any can be taken again
    reached.opened = state.dataset;
    const zone = document.querySelector('[data-upload="data"]');
    if (zone && state.refused) zone.dataset.state = "failed";
    progress(state);
    const search = "?w=" + state.id;
    if (window.location.search !== search) window.history.replaceState(null, "", search);
  }

  /* A step that is done closes to one line when the next one has something to work on. */
  function progress(state) {
    const results = state.results || {};
    const now = { data: Boolean(state.dataset), embedding: Boolean(results.embedding), projection: Boolean(results.projection) };
    now.clustering = Boolean(results.clustering);
    for (const stage of Object.keys(now)) {
      const card = document.getElementById(stage + "-step");
      if (card) card.classList.toggle("done", now[stage]);
    }
    if (now.projection && !reached.projection) {
      const data = document.getElementById("data-step");
      const busy = data.matches(":hover, :focus-within") || (state.jobs || {}).open; // never under somebody's hand
      if (!busy) data.open = false;
      document.getElementById("clustering-step").open = true;
    }
    if (now.clustering && !reached.clustering) dash.set_props("tabs", { value: "clusters" });
    now.filters = (state.filters || []).length;
    if (now.filters > reached.filters) document.querySelector(".menu.filter").open = false; // to see what it did
    Object.assign(reached, now);
  }

  /* The name in the header opens the Data card; a menu closes when something else is pressed. */
  document.addEventListener("click", (event) => {
    if (event.target.closest("#dataset-menu")) {
      const card = document.getElementById("data-step");
      card.open = true;
      card.scrollIntoView({ block: "nearest" });
      card.querySelector("summary").focus();
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("details.menu[open]");
    if (event.key !== "Escape" || !open) return;
    event.preventDefault(); // a menu closes before a selection ends
    open.open = false;
    open.querySelector("summary").focus();
  });

  /* The parts of the workspace, each passed on only when it differs from what stands there. */
  explorer.split = function (state, ...standing) {
    const names = Object.keys(parts);
    if (!state) return names.map(keep);
    mirror(state);
    explorer.watch(state);
    arrive();
    return names.map((name, at) => {
      const value = parts[name](state, state.results || {});
      return same(value, standing[at]) ? keep() : value;
    });
  };

  const lanes = { open: "start-open", explore: "start-explore", group: "start-group" };

  /* A job is started in its lane, past the callbacks: nothing waits there for a worker. */
  explorer.start = function (start) {
    if (start && lanes[start.lane]) dash.set_props(lanes[start.lane], { data: { job: start.job } });
    return keep();
  };
})();
