/* Pictures in the theme's colors: ink on paper, and signed numbers; painted again when the theme changes. */
(function () {
  "use strict";
  const STEPS = 9, root = document.documentElement;
  const painters = new Map();

  const named = (name) => getComputedStyle(root).getPropertyValue("--mi-" + name).trim();
  const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) || 0);

  /* Fill a canvas, whose size is that of the image, by a function of place: red, green, blue, and opacity in [0, 1]. */
  function fill(canvas, color) {
    const context = canvas.getContext("2d", { willReadFrequently: true }), image = context.createImageData(canvas.width, canvas.height);
    for (let p = 0; p < canvas.width * canvas.height; p++) {
      const [r, g, b, a] = color(p);
      image.data.set([r, g, b, Math.round(255 * a)], 4 * p);
    }
    context.putImageData(image, 0, 0);
  }

  /* Paint now, and again in other colors when the theme changes. */
  function keepPainted(canvas, paint) {
    painters.set(canvas, paint);
    paint();
  }

  const gray = (canvas, pixels) => keepPainted(canvas, () => {
    const ink = rgb(named("ink"));
    fill(canvas, (p) => [...ink, pixels ? pixels[p] : 0]);
  });

  /* Signed numbers on the diverging scale, from -reach to reach. */
  const signed = (canvas, values, reach) => keepPainted(canvas, () => {
    const colors = Array.from({ length: STEPS }, (_, step) => rgb(named("div-" + step)));
    fill(canvas, (p) => {
      if (!values) return [0, 0, 0, 0];
      const place = (Math.min(1, Math.max(-1, values[p] / (reach || 1))) + 1) / 2 * (STEPS - 1);
      const below = Math.min(STEPS - 2, Math.floor(place)), share = place - below;
      return [...colors[below].map((part, k) => part + share * (colors[below + 1][k] - part)), 1];
    });
  });

  new MutationObserver(() => {
    for (const [canvas, paint] of painters) if (canvas.isConnected) paint(); else painters.delete(canvas);
  }).observe(root, { attributes: true, attributeFilter: ["data-theme"] });

  window.yourDigit.parts.ink = { gray, signed, keepPainted, named };
})();
