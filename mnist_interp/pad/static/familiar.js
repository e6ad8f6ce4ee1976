/* What a drawing is compared with: 2,000 training images, how near they are, and where they lie in layer 2's plane. */
(function () {
  "use strict";
  const pad = window.yourDigit, { payload } = pad.parts;
  const PIXELS = 784;

  /* The share of the training images, from 0 to 1, whose number is below this one. */
  function rank(quantiles, value) {
    const last = quantiles.length - 1;
    if (value <= quantiles[0]) return 0;
    if (value >= quantiles[last]) return 1;
    const above = quantiles.findIndex((one) => one > value), from = quantiles[above - 1];
    return (above - 1 + (value - from) / (quantiles[above] - from)) / last;
  }

  /* Places of the nearest images, the nearest first, with their distances. */
  function nearest({ count, pixels }, drawn, wanted) {
    const squares = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let p = 0, at = i * PIXELS; p < PIXELS; p++) sum += (drawn[p] - pixels[at + p] / 255) ** 2;
      squares[i] = sum;
    }
    const order = Array.from(squares.keys()).sort((a, b) => squares[a] - squares[b]).slice(0, wanted);
    return order.map((place) => ({ place, distance: Math.sqrt(squares[place]) }));
  }

  const placed = ({ axes, center }, activations) =>
    axes.map((axis) => axis.reduce((sum, weight, k) => sum + weight * (activations[k] - center[k]), 0));

  let loading = null;

  /* `near(drawn)`, `place(activations)` and the digits' means, and `cloud`: where the images are in the plane. */
  function load() {
    loading = loading || Promise.all([pad.take("images"), pad.parts.networks.load()]).then(async ([given, networks]) => {
      const images = await payload.images(given.images), { published } = networks, { plane, quantiles } = given;
      const image = (place) => Array.from(images.pixels.subarray(place * PIXELS, (place + 1) * PIXELS), (byte) => byte / 255);
      const cloud = Array.from(images.labels, (digit, place) => {
        const [x, y] = placed(plane, published.record(image(place)).values[1]);
        return { digit, x, y };
      });
      const near = (drawn) => {
        const found = nearest(images, drawn, given.nearest), ink = drawn.reduce((a, b) => a + b);
        const distance = found.reduce((sum, one) => sum + one.distance, 0) / found.length;
        const shown = found.map((one) => ({ ...one, digit: images.labels[one.place], image: image(one.place) }));
        return { shown, distance, farther: rank(quantiles.distance, distance), ink, darker: rank(quantiles.ink, ink) };
      };
      return { near, cloud, means: plane.means, place: (activations) => placed(plane, activations) };
    });
    loading.catch(() => (loading = null));
    return loading;
  }

  pad.parts.familiar = { load };
})();
