/* What each neuron's lesion alone makes of one image: probabilities with it at zero, and at its mean. */
(function () {
  "use strict";
  const pad = window.yourDigit, { core, softmax } = pad.parts.networks;

  /* Probabilities of an image as recorded (`base`), under a lesion of one layer. */
  function under(net, base, lesion) {
    const asked = core.asks(net, lesion), from = asked.findIndex((dosed) => dosed.count);
    const layer = net.layers[from], next = core.reader(net, from), values = base.values[from].slice();
    core.dose(values, layer, asked[from]);
    const read = core.apply(next, values, layer.units, new Float64Array(next.units));
    return softmax(core.onward(net, from, read, asked, (l) => new Float64Array(core.reader(net, l).units)));
  }

  /* Every neuron of a multilayer network: layer (from 1), number, activation, its mean, and probabilities. */
  function all({ net }, base) {
    return net.layers.flatMap(({ name, units, constants }, place) =>
      Array.from({ length: units }, (_, unit) => ({
        layer: place + 1,
        unit,
        activation: base.values[place][unit],
        mean: constants.mean[unit],
        zero: under(net, base, { [name]: { [unit]: 0 } }),
        held: under(net, base, { [name]: { [unit]: "mean" } }),
      }))
    );
  }

  pad.parts.lesions = { all };
})();
