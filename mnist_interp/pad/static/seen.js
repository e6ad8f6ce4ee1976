/* The image that the networks see, beside the drawing. */
(function () {
  "use strict";
  const { sight, ink } = window.yourDigit.parts;
  const SAYS = {
    true: "28 × 28 pixels, scaled and centered as MNIST was made.",
    false: "28 × 28 pixels, as large as you drew it and where you drew it.",
  };

  function make(root) {
    const canvas = root.querySelector(".yd-seen canvas"), words = root.querySelector(".yd-seen .yd-small"); // the cover has none

    /* Show it, and return its 784 numbers; null of an empty pad. */
    return (drawn, centered) => {
      const pixels = sight.of(drawn, centered);
      ink.gray(canvas, pixels);
      canvas.setAttribute("aria-label", pixels ? "Your drawing in 28 by 28 pixels" : "Nothing is drawn");
      if (words) words.textContent = SAYS[centered];
      return pixels;
    };
  }

  window.yourDigit.parts.seen = { make };
})();
