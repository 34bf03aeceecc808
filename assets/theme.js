/* Light or dark. */
(function () {
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const explorer = (dash.explorer = dash.explorer || {});

  /* Light or dark: the system's choice until a person makes one. */
  explorer.theme = function (clicks) {
    const root = document.documentElement;
    const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    let theme = localStorage.getItem("theme") || system;
    if (clicks) {
      theme = root.dataset.theme === "dark" ? "light" : "dark";
      localStorage.setItem("theme", theme);
    }
    root.dataset.theme = theme;
    root.dataset.bsTheme = theme;
    return theme === "dark" ? "Use the light theme" : "Use the dark theme";
  };

  const early = localStorage.getItem("theme");
  const dark = early ? early === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
