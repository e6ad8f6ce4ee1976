/* The drawing in a neuron's dossier: where its activation lies on the histogram. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad, { on, mark } = parts.overlay;
  const PANEL = "Histogram by class", STATE = "unit";

  const titled = ({ spec }) => spec && (spec.title && spec.title.text ? spec.title.text : spec.title) === PANEL;

  /* Where a share of the greatest activation lies: within its tenth, those that are silent in the middle of theirs. */
  function place(x, share) {
    const tenths = x.domain(), last = tenths[tenths.length - 1];
    const tenth = Math.min(last, Math.ceil(share * last)), within = tenth ? Math.min(1, share * last - tenth + 1) : 0.5;
    return x(tenth) + within * x.bandwidth();
  }

  function wire(root, line) {
    const figure = window.miFigures.dossier, state = figure.state;
    let units = null; // of the drawing, all neurons through: activation, and share of the greatest

    const marks = (scale, { width, height }) => {
      const own = units && units[state.values[STATE]];
      if (!own) return [];
      const at = place(scale("x"), own.share), left = at > width / 2;
      return [
        mark("path", { d: "M" + at + " 0V" + height, class: "yd-halo" }),
        mark("path", { d: "M" + at + " 0V" + height, class: "yd-line" }),
        mark("text", { x: at + (left ? -5 : 5), y: 12, "text-anchor": left ? "end" : "start" }, own.share > 1 ? "yours, beyond" : "yours"),
      ];
    };

    function say() {
      const own = units && units[state.values[STATE]];
      if (!own) return;
      const much = own.reach > 1e-9 ? ", " + Math.round(100 * own.share) + "% of its maximum over the test images" : "";
      line.say("Yours: layer " + own.layer + ", neuron " + own.unit + (own.value > 0 ? " responds with " + own.value.toFixed(2) + much + "." : " is silent."));
    }

    const draw = on(figure, figure.about.panels.findIndex(titled), marks);
    state.listen(say);

    return async (pixels) => {
      units = null;
      if (pixels) {
        await pad.computing();
        const { published } = await parts.networks.load(), { values } = published.record(pixels);
        const numbered = values.flatMap((layer, place) => Array.from(layer, (value, unit) => ({ layer: place + 1, unit, value })));
        units = numbered.map((one, k) => ({ ...one, reach: published.reach[k], share: one.value / Math.max(published.reach[k], 1e-9) }));
      }
      say();
      draw();
    };
  }

  parts.places.dossier = { wire, behind: (root, box) => root.querySelector(".mi-panels").before(box) };
})();
