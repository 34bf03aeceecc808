/* The search: rows by number, label or text, in a list below the field; one of them is pinned, or all are selected.
   Before anything is typed, the list holds the names of the rows, where they have names. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const WAIT = 250; // milliseconds after the last letter
  const held = { dataset: null, turn: 0, timer: null, words: "", shown: null, active: -1 };

  const element = (name) => document.getElementById(name);
  const options = () => [...document.querySelectorAll("#found-list [role=option]")];

  function open(yes) {
    element("found").hidden = !yes;
    element("find").setAttribute("aria-expanded", String(yes));
    if (!yes) activate(-1);
  }

  function activate(at) {
    const all = options();
    held.active = at;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const field = element("find");
    if (!all[at]) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", all[at].id);
    return all[at].scrollIntoView({ block: "nearest" });
  }

  function part(text, kind) {
    const made = document.createElement("span");
    made.textContent = text;
    made.className = kind;
    return made;
  }

  function option([row, label, text], at) {
    const made = document.createElement("div");
    made.id = "found-" + at;
    made.className = "option";
    made.setAttribute("role", "option");
    made.dataset.row = String(row);
    const number = "Row " + row.toLocaleString("en");
    if (held.words) made.append(part(number, ""), part(label, ""), part(text, "small"));
    else made.append(part(text, "name"), ...(label ? [part(label, "small")] : []), part(number, "small number"));
    return made;
  }

  function said(found, words) {
    if (!found) return "The search got no answer. Try again.";
    if (!found.total) return "No row, label or text holds “" + words + "”.";
    const count = found.total.toLocaleString("en") + (words ? " row" : " name") + (found.total === 1 ? "" : "s");
    return found.total > found.rows.length ? count + "; the first " + found.rows.length + ":" : count;
  }

  function show(found, words) {
    held.shown = found;
    element("found-list").replaceChildren(...(found ? found.rows.map(option) : []));
    element("found-words").textContent = said(found, words);
    const all = element("found-all");
    all.hidden = !(words && found && found.total);
    all.textContent = found && found.total > 1 ? "Show all " + found.total.toLocaleString("en") : "Select it";
    activate(-1);
    open(Boolean(words || (found && found.total))); // where rows have no names there is nothing to list
  }

  const address = (words) => "/find/" + held.dataset + "?q=" + encodeURIComponent(words);

  /* The newest question alone is answered; true when the answer stands. */
  async function ask() {
    clearTimeout(held.timer);
    const words = element("find").value.trim();
    const turn = ++held.turn;
    held.words = words;
    if (!held.dataset) return false;
    const answer = await fetch(address(words)).catch(() => null);
    const found = answer && answer.status === 200 ? await answer.json() : null;
    if (turn !== held.turn || (!words && document.activeElement !== element("find"))) return false;
    show(found, words);
    return true;
  }

  function choose(row) {
    open(false);
    dash.set_props("pinned", { data: row });
    if (explorer.centre(row)) return;
    element("found-words").textContent = "Row " + row.toLocaleString("en") + " is not drawn on this map; its card is on the right.";
    element("found-list").replaceChildren();
    element("found-all").hidden = true;
    open(true);
  }

  async function all() {
    const turn = held.turn;
    const answer = await fetch(address(held.words) + "&all=1").catch(() => null);
    const rows = answer && answer.status === 200 ? new Int32Array(await answer.arrayBuffer()) : null;
    if (turn !== held.turn) return; // of another dataset, or other words
    if (!rows) return show(null, held.words);
    explorer.choose(rows);
    return open(false);
  }

  async function enter() {
    const fresh = held.shown && held.words === element("find").value.trim();
    if (!fresh && !(await ask())) return;
    const chosen = options()[held.words ? Math.max(held.active, 0) : held.active]; // of all names none is meant
    if (fresh && chosen) choose(Number(chosen.dataset.row));
  }

  function step(by) {
    const count = options().length;
    if (!count) return;
    if (element("found").hidden) open(true);
    activate(held.active < 0 && by < 0 ? count - 1 : (held.active + by + count) % count);
  }

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: enter,
    Escape: () => (element("found").hidden ? element("find").blur() : open(false)),
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !explorer.typing(event.target)) {
        event.preventDefault();
        element("find").focus();
      } else if (event.target.closest(".find") && (event.key === "Escape" || event.target.id === "find") && keys[event.key]) {
        event.preventDefault(); // Escape ends the list before it ends the selection
        keys[event.key]();
      }
    },
    true,
  );

  document.addEventListener("input", (event) => {
    if (event.target.id !== "find") return;
    clearTimeout(held.timer);
    held.timer = setTimeout(ask, WAIT);
  });

  document.addEventListener("focusin", (event) => {
    if (event.target.id === "find") {
      if (!held.words) ask();
      else if (held.shown) open(true);
    }
    if (!event.target.closest(".find")) close();
  });

  function close() {
    const list = element("found");
    if (list && !list.hidden) open(false);
  }

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("#found-list [role=option]");
    if (chosen) choose(Number(chosen.dataset.row));
    else if (event.target.closest("#found-all")) all();
    else if (!event.target.closest(".find")) close();
  });

  /* Another dataset: what was found is not in it. */
  explorer.search = function (dataset) {
    Object.assign(held, { dataset, shown: null, words: "", turn: held.turn + 1 });
    const field = element("find");
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", "found-list");
    dash.set_props("find", { value: "" });
    open(false);
    return dash.no_update;
  };
})();
