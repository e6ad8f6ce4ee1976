/* A drawing as the networks see it: 28 x 28, centered or where it was drawn, each pixel a whole number of 255ths. */
(function () {
  "use strict";
  const pad = window.yourDigit, { raster: { WIDTH } } = pad.parts;

  /* 784 numbers in [0, 1]; null where there is no ink. */
  function of(ink, centered) {
    const seen = (centered ? pad.center : pad.parts.asDrawn)(ink, WIDTH).map((one) => Math.round(255 * one) / 255);
    return seen.some((one) => one > 0) ? seen : null;
  }

  pad.parts.sight = { of };
})();
