/* Light or dark. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});

  /* A browser may keep nothing for us: then the choice lasts as long as the page. */
  function kept(value) {
    try {
      if (value) localStorage.setItem("theme", value);
      return localStorage.getItem("theme");
    } catch (error) {
      return value || null;
    }
  }

  /* Light or dark: the system's choice until a person makes one. */
  explorer.theme = function (clicks) {
    const root = document.documentElement;
    const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    let theme = kept() || system;
    if (clicks) {
      theme = root.dataset.theme === "dark" ? "light" : "dark";
      kept(theme);
    }
    root.dataset.theme = theme;
    root.dataset.bsTheme = theme;
    return theme === "dark" ? "Use the light theme" : "Use the dark theme";
  };

  const early = kept();
  const dark = early ? early === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
