/* Whether the server answers, and whether it is still the one that this page came from.
   A request that got no answer is followed by a look every second until one does. */
(function () {
  const PATIENCE = 2000; // milliseconds before it is said
  const root = document.documentElement;
  const plain = window.fetch.bind(window);
  let since = 0; // when the first answer failed to come, by a clock that nobody sets; 0 while all is well
  let build = null; // of the app that made this page

  function heard(answer) {
    const now = answer.headers.get("X-Build");
    if (build && now && now !== build) root.dataset.build = "other";
    build = build || now;
    return answer;
  }

  async function look() {
    try {
      const answer = await plain("/health", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error("status " + answer.status);
      heard(answer);
      since = 0;
      root.dataset.connection = "";
    } catch (error) {
      if (performance.now() - since > PATIENCE) root.dataset.connection = "lost";
      setTimeout(look, 1000);
    }
  }

  window.fetch = async function (...request) {
    try {
      return heard(await plain(...request));
    } catch (error) {
      if (error.name !== "AbortError" && !since) {
        since = performance.now();
        look();
      }
      throw error;
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest(".reload")) window.location.reload();
  });
})();
