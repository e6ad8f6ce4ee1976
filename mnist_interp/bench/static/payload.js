/* What the bench computes with: test images, loaded once, and an epoch's network, which the worker reads them with. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { engine } = bench.parts;
  let images = null;
  const epochs = new Map(), listeners = [];

  function bytes(text) {
    const binary = atob(text), out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  }

  async function inflated(compressed) {
    const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* Labels of all images; the pixels, which come before them, go to the worker. */
  function digits() {
    images = images || bench.take("images").then(async ({ count, packed, floats }) => {
      const all = await inflated(bytes(packed)), end = all.length - count, labels = all.slice(end);
      const pixels = floats ? new Float32Array(all.slice(0, end).buffer) : all.slice(0, end);
      engine.tell({ kind: "images", pixels, labels }, [pixels.buffer]);
      return labels;
    });
    return images;
  }

  async function computed(epoch) {
    const given = bench.take(bench.place.dataset.network + "/epoch-" + epoch);
    const [{ network: facts, values }, labels] = await Promise.all([given, digits()]);
    const question = { kind: "prepare", epoch, facts, values: new Float32Array(bytes(values).buffer) };
    const { untouched, classes, milliseconds } = await engine.ask(question, (share) => {
      listeners.forEach((listen) => listen(epoch, share));
    });
    return { epoch, labels, classes, untouched, milliseconds };
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

  bench.parts.payload = { at, bytes, listen: (listener) => listeners.push(listener) };
})();
