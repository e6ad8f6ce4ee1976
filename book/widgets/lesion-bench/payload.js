/* What the bench computes with: test images, loaded once, and an epoch's network with what it does on them. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { core } = bench.parts;
  const SLICE = 1000;
  let images = null;
  const epochs = new Map();

  function bytes(text) {
    const binary = atob(text), out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  }

  async function inflated(compressed) {
    const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* Pixels of all images, then their labels. */
  function digits() {
    images = images || bench.take("images").then(async (text) => {
      const all = await inflated(bytes(text)), count = all.length / (core.PIXELS + 1);
      return { pixels: all.subarray(0, count * core.PIXELS), labels: all.slice(count * core.PIXELS), count };
    });
    return images;
  }

  const breath = () => new Promise((resolve) => setTimeout(resolve));

  async function computed(epoch) {
    const given = bench.take(bench.place.dataset.network + "/epoch-" + epoch);
    const [{ network: facts, values: text }, { pixels, labels, count }] = await Promise.all([given, digits()]);
    const values = new Float32Array(bytes(text).buffer);
    const net = core.network(facts, values);
    const first = new Float32Array(count * net.layers[0].units);
    for (let start = 0; start < count; start += SLICE) {
      core.firstLayer(net, pixels, first, start, Math.min(count, start + SLICE));
      await breath();
    }
    const base = core.record(net, first);
    return { epoch, facts, values, net, base, labels, untouched: core.predict(net, base, {}) };
  }

  /* Everything about one epoch; the same object at every call. */
  function at(epoch) {
    if (!epochs.has(epoch)) {
      const made = computed(epoch);
      epochs.set(epoch, made);
      made.catch(() => epochs.delete(epoch));
    }
    return epochs.get(epoch);
  }

  bench.parts.payload = { at, bytes };
})();
