/* The network on all test images, whole or lesioned: functions without state, the same for the page and its worker. */
(function () {
  "use strict";

  /* One self-contained function, so that its source can be sent to a worker made from a Blob. */
  function core() {
    const PIXELS = 784, UNITS = { relu1: 32, relu2: 16 }, CLASSES = 10;
    const N1 = UNITS.relu1, N2 = UNITS.relu2;

    function transposed(matrix, rows, columns) {
      const out = new Float64Array(matrix.length);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
      return out;
    }

    /* Weights as PyTorch keeps them, layer by layer, then the mean activations of both layers. */
    function network(values) {
      let at = 0;
      const next = (count) => values.subarray(at, (at += count));
      const w1 = transposed(next(N1 * PIXELS), N1, PIXELS), b1 = next(N1);
      const w2 = transposed(next(N2 * N1), N2, N1), b2 = next(N2);
      const w3 = transposed(next(CLASSES * N2), CLASSES, N2), b3 = next(CLASSES);
      return { w1, b1, w2, b2, w3, b3, means: { relu1: next(N1), relu2: next(N2) } };
    }

    /* Layer 1 of the images from `start` to `end`, into `relu1`; blank pixels, four of five, cost nothing. */
    function firstLayer(net, pixels, relu1, start, end) {
      const shade = Float64Array.from({ length: 256 }, (_, byte) => Math.fround(byte / 255));
      const sum = new Float64Array(N1);
      for (let i = start; i < end; i++) {
        sum.set(net.b1);
        for (let p = 0, at = i * PIXELS; p < PIXELS; p++, at++) {
          if (!pixels[at]) continue;
          const x = shade[pixels[at]], row = p * N1;
          for (let j = 0; j < N1; j++) sum[j] += x * net.w1[row + j];
        }
        for (let j = 0; j < N1; j++) relu1[i * N1 + j] = sum[j] > 0 ? sum[j] : 0;
      }
    }

    /* What later layers do untouched: lesions start from here. */
    function record(net, relu1) {
      const count = relu1.length / N1;
      const before2 = new Float64Array(count * N2), relu2 = new Float64Array(count * N2);
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < N2; k++) before2[i * N2 + k] = net.b2[k];
        for (let j = 0; j < N1; j++) {
          const a = relu1[i * N1 + j];
          if (a) for (let k = 0; k < N2; k++) before2[i * N2 + k] += a * net.w2[j * N2 + k];
        }
        for (let k = 0; k < N2; k++) relu2[i * N2 + k] = Math.max(0, before2[i * N2 + k]);
      }
      return { relu1, before2, relu2 };
    }

    /* Doses as factors and offsets in flat arrays: unit becomes `factor * activation + offset`. */
    function doses(net, lesion, layer) {
      const names = Object.keys(lesion[layer] || {});
      const value = (name) => lesion[layer][name];
      return {
        count: names.length,
        units: Uint8Array.from(names, Number),
        factors: Float64Array.from(names, (name) => (value(name) === "mean" ? 0 : value(name))),
        offsets: Float64Array.from(names, (name) => (value(name) === "mean" ? net.means[layer][name] : 0)),
      };
    }

    /* The digit that the lesioned network reads in each image. */
    function predict(net, base, lesion) {
      const first = doses(net, lesion, "relu1"), second = doses(net, lesion, "relu2");
      const count = base.relu1.length / N1, read = new Uint8Array(count);
      const h = new Float64Array(N2), logits = new Float64Array(CLASSES);
      const source = first.count ? base.before2 : base.relu2;
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < N2; k++) h[k] = source[i * N2 + k];
        for (let u = 0; u < first.count; u++) {
          const unit = first.units[u], a = base.relu1[i * N1 + unit];
          const change = first.factors[u] * a + first.offsets[u] - a, row = unit * N2;
          if (change) for (let k = 0; k < N2; k++) h[k] += change * net.w2[row + k];
        }
        if (first.count) for (let k = 0; k < N2; k++) if (h[k] < 0) h[k] = 0;
        for (let u = 0; u < second.count; u++) h[second.units[u]] = second.factors[u] * h[second.units[u]] + second.offsets[u];
        for (let c = 0; c < CLASSES; c++) logits[c] = net.b3[c];
        for (let k = 0; k < N2; k++) {
          const a = h[k], row = k * CLASSES;
          if (a) for (let c = 0; c < CLASSES; c++) logits[c] += a * net.w3[row + c];
        }
        let best = 0;
        for (let c = 1; c < CLASSES; c++) if (logits[c] > logits[best]) best = c;
        read[i] = best;
      }
      return read;
    }

    /* Images by true digit (rows) and digit read. */
    function tally(read, labels) {
      const counts = new Int32Array(CLASSES * CLASSES);
      for (let i = 0; i < read.length; i++) counts[labels[i] * CLASSES + read[i]]++;
      return counts;
    }

    /* Counts as fractions: of all images, of each digit's, and each digit's by what they are read as. */
    function fractions(counts) {
      const digits = Array.from({ length: CLASSES }, (_, d) => d);
      const rows = digits.map((d) => Array.from(counts.subarray(d * CLASSES, (d + 1) * CLASSES)));
      const sizes = rows.map((row) => row.reduce((a, b) => a + b, 0));
      const right = digits.reduce((sum, d) => sum + rows[d][d], 0);
      return {
        accuracy: right / sizes.reduce((a, b) => a + b, 0),
        classAccuracy: digits.map((d) => rows[d][d] / sizes[d]),
        confusion: rows.map((row, d) => row.map((count) => count / sizes[d])),
      };
    }

    return { UNITS, CLASSES, PIXELS, network, firstLayer, record, predict, tally, fractions };
  }

  window.lesionBench.parts.core = core();
  window.lesionBench.parts.coreSource = core.toString();
})();
