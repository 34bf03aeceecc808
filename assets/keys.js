/* Keys for the whole page: Ctrl+Z goes back a step, Ctrl+Shift+Z or Ctrl+Y forth; , and . go through the rows. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});
  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const taken = (target) => typing(target) || target.closest("table, .menu, .find, [role=menu], [role=listbox], [role=grid]");
  explorer.typing = typing; // whether keys belong to what is written there
  const rows = { ",": "previous", ".": "next" };
  const beside = { ArrowLeft: "previous", ArrowRight: "next" };

  function history(event) {
    const key = event.key.toLowerCase();
    return key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
  }

  /* The previous and the next row; arrows belong to choices side by side, and elsewhere move what they are on. */
  function row(event) {
    if (event.shiftKey || taken(event.target)) return "";
    const near = event.target.closest("#map-area, .sample-place");
    return rows[event.key] || (near && beside[event.key]) || "";
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.defaultPrevented || typing(event.target)) return;
    const way = event.ctrlKey || event.metaKey ? history(event) : row(event);
    if (!way) return;
    event.preventDefault();
    document.getElementById(way).click();
  });

  /* A click on the map brings the focus there, so that the arrows go on from the sample that it pins. */
  document.addEventListener("click", (event) => {
    const area = event.target.closest("#map-area");
    if (area) area.focus({ preventScroll: true });
  });
})();
