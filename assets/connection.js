/* Whether the server answers. A request that got no answer is followed by a look every second until one does. */
(function () {
  const PATIENCE = 2000; // milliseconds before it is said
  const root = document.documentElement;
  const plain = window.fetch.bind(window);
  let since = 0; // when the first answer failed to come; 0 while all is well

  async function look() {
    try {
      const answer = await plain("/health", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error("status " + answer.status);
      since = 0;
      root.dataset.connection = "";
    } catch (error) {
      if (Date.now() - since > PATIENCE) root.dataset.connection = "lost";
      setTimeout(look, 1000);
    }
  }

  window.fetch = async function (...request) {
    try {
      return await plain(...request);
    } catch (error) {
      if (error.name !== "AbortError" && !since) {
        since = Date.now();
        look();
      }
      throw error;
    }
  };
})();
