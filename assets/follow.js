/* Following runs: while something is under way the server is asked how far it is, and the answer is shown.
   All of it goes past Dash's callbacks, each of which would make every component of the page look at the state anew. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const STEP = 300; // milliseconds between two questions
  const PATIENCE = 5000; // and that an answer may take
  const held = { state: null, records: {}, timer: null, busy: false };

  const element = (name) => document.getElementById(name);

  function write(place, words) {
    if (place.textContent !== words) place.textContent = words;
  }

  /* The run in the Map card, what is read and grouped, and what is read aloud. Nobody else writes there. */
  function say() {
    const { state, records } = held;
    const record = (lane) => (records[lane] && records[lane].key === (state.jobs || {})[lane] ? records[lane] : null);
    const words = (lane) => (record(lane) || { words: "" }).words;
    const [runs, stopped, run] = [Boolean(state.jobs && state.jobs.explore), Boolean(state.stopped), record("explore")];
    write(element("run-status"), run ? run.words : stopped ? element("run-status").dataset.stopped : state.said || "");
    element("run-progress").value = (run && run.fraction) || 0;
    for (const name of ["run-progress", "stop"]) element(name).hidden = !runs;
    for (const name of ["keep", "discard"]) element(name).hidden = !stopped;
    write(element("data-status"), words("open"));
    element("reading").value = (record("open") && record("open").fraction) || 0;
    for (const name of ["reading", "stop-reading"]) element(name).hidden = !(state.jobs && state.jobs.open);
    write(element("groups-status"), words("group"));
    write(element("news"), state.said || (run ? run.doing : ""));
  }

  async function ask(state) {
    const answer = await fetch("/follow", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ workspace: state.id, version: state.version }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status >= 500) throw new Error("no answer"); // it is asked again
    const found = await answer.json();
    return answer.ok ? found : { records: {}, refused: found.problem };
  }

  function take(found, state) {
    held.records = found.records;
    const same = held.state === state; // else what was asked is no longer what is shown
    if (found.refused && same) dash.set_props("workspace", { data: { ...state, jobs: {}, problem: found.refused } });
    if (found.workspace) dash.set_props("changed", { data: found.workspace });
    if (found.start) dash.set_props("start", { data: found.start });
    say();
    explorer.frame(found.records.explore, held.state);
  }

  /* Ask once. A refusal is told, and ends the asking. */
  async function follow() {
    if (!held.state || held.busy) return;
    held.busy = true;
    try {
      take(await ask(held.state), held.state);
    } catch (error) {
      // no answer: connection.js says so, and the next one is asked for
    } finally {
      held.busy = false;
    }
  }

  /* The workspace that the page shows from now on; the clock runs only while something is under way in it. */
  explorer.watch = function (state) {
    held.state = state;
    say();
    const busy = Object.keys(state.jobs || {}).length > 0;
    if (busy && !held.timer) held.timer = setInterval(follow, STEP);
    if (!busy) held.timer = clearInterval(held.timer) || null;
  };

  /* An idle page asks once when somebody comes back to it: another tab may have gone on meanwhile. */
  window.addEventListener("focus", follow);
})();
