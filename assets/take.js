/* Pictures of the map to take away: made here, of what is seen, with a line that says what it is. */
(function () {
  const SCALE = 2; // of a PNG, for screens and print
  const CAPTION = 40; // pixels below the map for the caption
  const LEGEND = 170; // and beside it for the names of the classes
  const kinds = { "take-png": "png", "take-svg": "svg" };

  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const graph = () => document.querySelector("#map .js-plotly-plot");

  /* Names of the traces, as the legend of the page shows them; hidden classes are left out. */
  function names() {
    const chips = document.querySelectorAll("#legend button[data-trace]");
    return new Map([...chips].map((chip) => [Number(chip.dataset.trace), chip.querySelector(".chip-name").textContent]));
  }

  function traces(drawn, vector) {
    const named = names();
    return drawn.data.map((trace, index) => {
      const shown = named.has(index) && trace.visible !== "legendonly";
      const made = { ...trace, name: escaped(named.get(index) || ""), showlegend: shown };
      if (trace.visible === "legendonly") made.visible = false;
      if (vector && trace.type === "scattergl") made.type = "scatter";
      return made;
    });
  }

  function layout(drawn, caption) {
    const style = getComputedStyle(document.body);
    const font = { family: style.fontFamily, color: style.color };
    const line = { text: escaped(caption), showarrow: false, xref: "paper", yref: "paper", x: 0, y: 0, xanchor: "left", yanchor: "top" };
    const below = { ...line, yshift: -10, font: { size: 12 } };
    const surface = getComputedStyle(document.querySelector(".map")).backgroundColor;
    return {
      ...drawn.layout,
      font,
      annotations: [...(drawn.layout.annotations || []), below],
      margin: { l: 16, r: 16, t: 16, b: CAPTION },
      paper_bgcolor: surface,
      selections: [],
      showlegend: true,
      legend: { itemsizing: "constant", x: 1.01, y: 1, xanchor: "left" },
    };
  }

  async function picture(kind, caption, vector) {
    const drawn = graph();
    const { width, height } = drawn.getBoundingClientRect();
    const figure = { data: traces(drawn, kind === "svg" && vector), layout: layout(drawn, caption) };
    const size = { width: Math.round(width) + LEGEND, height: Math.round(height) + CAPTION };
    return window.Plotly.toImage(figure, { format: kind, ...size, scale: kind === "png" ? SCALE : 1, imageDataOnly: true });
  }

  const bytes = (data) => Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));

  function save(content, type, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async function take(button, kind) {
    const menu = document.getElementById("take-away");
    const { caption, file } = menu.dataset;
    button.classList.add("busy");
    try {
      const made = await picture(kind, caption, button.dataset.vector);
      if (kind === "png") save(bytes(made), "image/png", file + ".png");
      else save(made, "image/svg+xml", file + ".svg");
      menu.open = false;
    } catch (error) {
      button.querySelector(".small").textContent = "The picture could not be made. Reload the page and try again.";
    } finally {
      button.classList.remove("busy");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#take-png, #take-svg");
    if (button && graph()) take(button, kinds[button.id]);
  });
})();
