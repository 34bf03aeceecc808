/* What Dash's slider lacks: a name for its thumb and its number, Enter to take the number, and a stepper. */
(function () {
  const FIELD = "dash-range-slider-input";

  function name(control) {
    for (const part of control.querySelectorAll(".dash-slider-thumb, ." + FIELD)) {
      if (!part.hasAttribute("aria-label")) part.setAttribute("aria-label", control.dataset.label);
    }
  }

  /* The number counts once the field is left, so Enter leaves it for a moment. */
  function take(field) {
    field.blur();
    field.focus();
  }

  function step(slider, direction) {
    const thumb = slider.querySelector(".dash-slider-thumb");
    const [now, low, high] = ["now", "min", "max"].map((part) => Number(thumb.getAttribute("aria-value" + part)));
    const next = Math.min(high, Math.max(low, now + direction * Number(slider.querySelector("." + FIELD).step || 1)));
    if (next !== now) window.dash_clientside.set_props(JSON.parse(slider.id), { value: next });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.classList.contains(FIELD)) take(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".stepped > [data-direction]");
    if (button) step(button.parentElement.querySelector(".dash-slider-container"), Number(button.dataset.direction));
  });
  new MutationObserver(() => document.querySelectorAll("[data-label]").forEach(name)).observe(document.documentElement, {
    childList: true,
    subtree: true,
  });
})();
