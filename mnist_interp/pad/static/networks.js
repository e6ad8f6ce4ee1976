/* The four networks as functions of 784 pixels, out of their payload; the bench's arithmetic reads single images here. */
(function () {
  "use strict";
  const pad = window.yourDigit, { sources } = window.lesionBench;
  const network = sources.network(), core = sources.core(), convolve = sources.convolve();
  const transformer = sources.transformer(network, core), { payload } = pad.parts;

  /* The bench knows pixels as bytes, and looks up what a byte is to the network. Here each pixel has an entry of its
     own, its place + 1, and a blank one entry 0. */
  function lookUp({ shift, scale, pixels: count }) {
    const shade = new Float64Array(count + 1), entries = new Uint16Array(count), { fround } = Math;
    const prepared = (ink) => fround(fround(fround(ink) - fround(shift)) / fround(scale));
    shade[0] = prepared(0);
    const set = (pixels) => {
      for (let p = 0; p < count; p++) {
        entries[p] = pixels[p] ? p + 1 : 0;
        shade[p + 1] = prepared(pixels[p]);
      }
    };
    return { shade, entries, set };
  }

  /* A multilayer or a convolutional network: what each layer does on an image, in the bench's form. */
  function layered(net, { entries, set }) {
    const maps = net.layers.filter(({ kernel }) => kernel).length, front = maps ? convolve.front(net) : null, first = maps ? maps - 1 : 0;
    const record = (pixels) => {
      set(pixels);
      const layer = net.layers[first], out = new Float64Array(layer.units * layer.area), next = core.reader(net, first);
      if (front) front.layer2(entries, 0, out);
      else core.firstLayer(net, entries, out, 0, 1);
      return core.record(net, first, { count: 1, values: out, read: core.apply(next, out, out.length, new Float64Array(next.units)) });
    };
    return { record, logits: (pixels) => record(pixels).read[net.layers.length - 1] };
  }

  function attending(net, { shade, entries, set }) {
    return {
      logits: (pixels) => {
        set(pixels);
        return transformer.logits(net, Float64Array.from(entries, (entry) => shade[entry]));
      },
    };
  }

  /* A network of the payload as a function of pixels, with what the payload says beside it. */
  function made({ network: facts, values, ...more }) {
    const table = lookUp(facts), net = { ...network.read(facts, payload.floats(values)), shade: table.shade };
    return { net, ...more, ...(net.tokens ? attending : layered)(net, table) };
  }

  function softmax(numbers) {
    const most = Math.max(...numbers), shares = Array.from(numbers, (one) => Math.exp(one - most));
    const sum = shares.reduce((a, b) => a + b);
    return shares.map((share) => share / sum);
  }

  let loading = null;

  /* All networks by name, loaded once. */
  function load() {
    loading = loading || pad.take("networks").then((given) => {
      const all = Object.fromEntries(Object.entries(given).map(([name, one]) => [name, made(one)]));
      const probabilities = (pixels) =>
        Object.fromEntries(Object.entries(all).map(([name, { logits }]) => [name, softmax(logits(pixels))]));
      return { ...all, probabilities };
    });
    loading.catch(() => (loading = null));
    return loading;
  }

  pad.parts.networks = { load, core, softmax };
})();
