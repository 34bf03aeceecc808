/* Keys for the whole page: Ctrl+Z goes back a step, Ctrl+Shift+Z or Ctrl+Y forth. */
(function () {
  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || typing(event.target)) return;
    const key = event.key.toLowerCase();
    const way = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
    if (!way) return;
    event.preventDefault();
    document.getElementById(way).click();
  });
})();
