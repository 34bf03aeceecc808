/* What the page cannot do without: a place to draw, and a cookie to be known again. Where one is missing, that is said. */
(function () {
  const root = document.documentElement;

  function draws() {
    try {
      return Boolean(document.createElement("canvas").getContext("webgl"));
    } catch (error) {
      return false;
    }
  }

  if (!draws()) root.dataset.drawing = "none";
  if (!navigator.cookieEnabled) root.dataset.cookies = "none";

  /* The graphics card may let go of a map: it sleeps, or too many pages want it. */
  document.addEventListener("webglcontextlost", (event) => event.target.closest("#map") && (root.dataset.drawing = "lost"), true);
})();
