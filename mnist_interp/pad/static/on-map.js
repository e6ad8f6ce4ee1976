/* The drawing on the map of layer 2: which of the images drawn there lie nearest to it in the layer. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad, { on, mark } = parts.overlay;
  const NEAREST = 6, BYTES = 65535;
  const NETWORKS = { baseline: "published", normalized: "normalized" };

  /* Numbers of a layer, an image's in a row, out of their payload. */
  function layer({ most, values }, images) {
    const bytes = parts.payload.bytes(values), all = new Uint16Array(bytes.buffer);
    return { units: all.length / images, values: Float64Array.from(all, (one) => (one * most) / BYTES) };
  }

  function wire(root, line) {
    const figure = window.miFigures.honesty, state = figure.state, { mi } = window;
    const dots = figure.about.panels[0].data.map(mi.columns).find(({ image }) => image);
    const drawn = new Set(dots.image);
    let near = null; // of each network, the places of the nearest images in the test set, with their digits

    const chosen = () => near && near[NETWORKS[state.values.network]];

    const marks = (scale) => {
      const images = new Set((chosen() || []).map(({ image }) => image)), { network, map } = state.values;
      const here = Object.keys(dots.image).filter((k) => images.has(dots.image[k]) && dots.network[k] === network && dots.map[k] === map);
      return here.flatMap((k) => {
        const at = { cx: scale("x")(dots.x[k]), cy: scale("y")(dots.y[k]) };
        return [mark("circle", { ...at, r: 10, class: "yd-halo" }), mark("circle", { ...at, r: 10, class: "yd-line" })];
      });
    };

    function say() {
      if (!chosen()) return;
      const digits = chosen().map(({ digit }) => digit).join(", ");
      line.say("Yours isn’t on this map, which was made without it. Circled: the " + NEAREST + " images here nearest to it in layer 2: " + digits + ".");
    }

    /* The nearest of the images that the map shows, the nearest first. */
    function nearest({ images, labels, layers }, name, own) {
      const { units, values } = layer(layers[name], images.length);
      const found = images.flatMap((image, row) => {
        if (!drawn.has(image)) return [];
        let square = 0;
        for (let k = 0; k < units; k++) square += (values[row * units + k] - own[k]) ** 2;
        return [{ image, digit: labels[row], square }];
      });
      return found.sort((a, b) => a.square - b.square).slice(0, NEAREST);
    }

    const draw = on(figure, 0, marks);
    state.listen(say);

    return async (pixels) => {
      near = null;
      if (pixels) {
        await pad.computing();
        const [networks, given] = await Promise.all([parts.networks.load(), pad.take("mapped")]);
        const last = (name) => networks[name].record(pixels).values[networks[name].net.layers.length - 1];
        near = Object.fromEntries(Object.values(NETWORKS).map((name) => [name, nearest(given, name, last(name))]));
      }
      say();
      draw();
    };
  }

  parts.places.map = { wire, behind: (root, box) => root.querySelector('.mi-panel[data-panel="0"]').append(box) };
})();
