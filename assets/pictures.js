/* A picture that is larger than it is shown is drawn smoothly; a small one, a row of numbers, keeps its square pixels. */
(function () {
  const LARGE = 96; // pixels: no picture of a sample is shown larger

  document.addEventListener(
    "load",
    (event) => {
      const picture = event.target;
      if (!(picture instanceof HTMLImageElement) || !picture.matches(".picture, .tip img")) return;
      picture.toggleAttribute("data-smooth", Math.max(picture.naturalWidth, picture.naturalHeight) > LARGE);
    },
    true, // an image's loading does not bubble
  );
})();
