/* The image that the networks see, beside the drawing. */
(function () {
  "use strict";
  const pad = window.yourDigit, { raster, ink } = pad.parts;
  const SAYS = {
    true: "28 × 28 pixels, scaled and centered as MNIST was made.",
    false: "28 × 28 pixels, where and as large as you drew it.",
  };

  function make(root) {
    const canvas = root.querySelector(".yd-seen canvas"), words = root.querySelector(".yd-seen .yd-small");

    /* Show it, and return its 784 numbers; null of an empty pad. */
    return (drawn, centered) => {
      const pixels = centered ? pad.center(drawn, raster.WIDTH) : pad.parts.asDrawn(drawn, raster.WIDTH);
      const empty = !pixels.some((one) => one > 0);
      ink.gray(canvas, pixels);
      canvas.setAttribute("aria-label", empty ? "Nothing is drawn" : "Your drawing in 28 by 28 pixels");
      words.textContent = SAYS[centered];
      return empty ? null : pixels;
    };
  }

  pad.parts.seen = { make };
})();
