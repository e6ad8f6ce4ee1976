/* A network on all test images, whole or lesioned: functions without state, the same for the page and its worker. */
(function () {
  "use strict";

  /* One self-contained function, so that its source can be sent to a worker made from a Blob.

     A network is hidden layers, each a linear map and steps after it, and a linear map to the logits. A lesion acts at
     the end of a layer, on what the next linear map reads, and starts from what was recorded there. Only `firstLayer`
     sees pixels: another kind of front needs another `firstLayer`, and nothing else. */
  function core() {
    const PIXELS = 784, CLASSES = 10;
    const TOGETHER = 200; // images of a pass: what is computed of them stays in the processor's nearest memory

    /* What is done with a layer's numbers after its linear map: in place, `n` of each image in a row. */
    const STEPS = {
      relu: () => (v) => {
        for (let at = 0; at < v.length; at++) if (v[at] < 0) v[at] = 0;
      },
      norm: ({ eps }, n, weight, bias) => (v) => {
        for (let row = 0; row < v.length; row += n) {
          let mean = 0, square = 0;
          for (let k = 0; k < n; k++) mean += v[row + k];
          mean /= n;
          for (let k = 0; k < n; k++) square += (v[row + k] - mean) * (v[row + k] - mean);
          const rate = 1 / Math.sqrt(square / n + eps);
          for (let k = 0; k < n; k++) v[row + k] = (v[row + k] - mean) * rate * weight[k] + bias[k];
        }
      },
    };

    function transposed(matrix, rows, columns) {
      const out = new Float64Array(matrix.length);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
      return out;
    }

    /* From what a payload says and its numbers: weights in order of use, as PyTorch keeps them, then mean activations.
       All arrays are of one type from here on: loops over two types are twice as slow. */
    function network(facts, values) {
      let at = 0, inputs = PIXELS;
      const next = (count) => Float64Array.from(values.subarray(at, (at += count)));
      const linear = (units) => ({ units, w: transposed(next(units * inputs), units, inputs), b: next(units) });
      const layers = facts.layers.map(({ name, units, steps }) => {
        const layer = { name, ...linear(units) };
        const own = ({ kind }) => (kind === "norm" ? [next(units), next(units)] : []);
        layer.steps = steps.map((step) => STEPS[step.kind](step, units, ...own(step)));
        inputs = units;
        return layer;
      });
      const output = linear(CLASSES);
      for (const layer of layers) layer.means = next(layer.units);
      return { shift: facts.shift, scale: facts.scale, layers, output };
    }

    const reader = (net, layer) => net.layers[layer + 1] || net.output;

    /* What a byte is to the network, rounded as PyTorch rounds it. */
    const shades = ({ shift, scale }) =>
      Float64Array.from({ length: 256 }, (_, byte) =>
        Math.fround(Math.fround(Math.fround(byte / 255) - Math.fround(shift)) / Math.fround(scale))
      );

    /* Layer 1 of the images from `start` to `end`, into `out`; blank pixels, four of five, are counted once for all. */
    function firstLayer(net, pixels, out, start, end) {
      const { units, w, b, steps } = net.layers[0];
      const shade = shades(net), ground = b.slice(), sum = new Float64Array(units);
      for (let p = 0; p < PIXELS && shade[0]; p++) for (let j = 0; j < units; j++) ground[j] += shade[0] * w[p * units + j];
      for (let i = start; i < end; i++) {
        sum.set(ground);
        for (let p = 0, at = i * PIXELS; p < PIXELS; p++, at++) {
          if (!pixels[at]) continue;
          const x = shade[pixels[at]] - shade[0], row = p * units;
          for (let j = 0; j < units; j++) sum[j] += x * w[row + j];
        }
        for (const step of steps) step(sum);
        out.set(sum, i * units);
      }
    }

    /* What a linear map makes of `inputs` numbers of each image, into `out`. */
    function apply({ units, w, b }, from, inputs, out) {
      for (let i = 0; i < from.length / inputs; i++) {
        const to = i * units;
        for (let k = 0; k < units; k++) out[to + k] = b[k];
        for (let j = 0; j < inputs; j++) {
          const a = from[i * inputs + j], row = j * units;
          if (a) for (let k = 0; k < units; k++) out[to + k] += a * w[row + k];
        }
      }
      return out;
    }

    /* What each layer says untouched (`values`), and what the map that reads it makes of that (`read`). */
    function record(net, first) {
      const values = [Float64Array.from(first)], read = [];
      net.layers.forEach(({ units }, l) => {
        const next = reader(net, l);
        read[l] = apply(next, values[l], units, new Float64Array((values[l].length / units) * next.units));
        if (next === net.output) return;
        values[l + 1] = read[l].slice();
        for (const step of next.steps) step(values[l + 1]);
      });
      return { count: first.length / net.layers[0].units, values, read };
    }

    /* Doses as factors and offsets in flat arrays: unit becomes `factor * activation + offset`. */
    function doses(layer, given = {}) {
      const names = Object.keys(given);
      return {
        count: names.length,
        units: Uint8Array.from(names, Number),
        factors: Float64Array.from(names, (name) => (given[name] === "mean" ? 0 : given[name])),
        offsets: Float64Array.from(names, (name) => (given[name] === "mean" ? layer.means[name] : 0)),
      };
    }

    /* Add to what reads a layer what its doses change, for the images from `start`. */
    function change(now, values, start, { units }, next, dosed) {
      const n = next.units, { w } = next;
      for (let u = 0; u < dosed.count; u++) {
        const unit = dosed.units[u], row = unit * n, factor = dosed.factors[u] - 1, offset = dosed.offsets[u];
        for (let at = 0, i = start; at < now.length; at += n, i++) {
          const difference = factor * values[i * units + unit] + offset;
          if (difference) for (let k = 0; k < n; k++) now[at + k] += difference * w[row + k];
        }
      }
    }

    /* Dose a layer's own numbers. */
    function dose(now, { units }, dosed) {
      for (let u = 0; u < dosed.count; u++) {
        const factor = dosed.factors[u], offset = dosed.offsets[u];
        for (let at = dosed.units[u]; at < now.length; at += units) now[at] = factor * now[at] + offset;
      }
    }

    function highest(logits, read, start) {
      for (let at = 0, i = start; at < logits.length; at += CLASSES, i++) {
        let best = 0;
        for (let c = 1; c < CLASSES; c++) if (logits[at + c] > logits[at + best]) best = c;
        read[i] = best;
      }
    }

    /* The digit that the lesioned network reads in each image: from the first lesioned layer on, nothing before. */
    function predict(net, base, lesion) {
      const { layers } = net, { count } = base, read = new Uint8Array(count);
      const asked = layers.map((layer) => doses(layer, lesion[layer.name]));
      const from = Math.max(0, asked.findIndex((dosed) => dosed.count));
      const rooms = layers.map((_, l) => new Float64Array(TOGETHER * reader(net, l).units));
      for (let start = 0; start < count; start += TOGETHER) {
        const size = Math.min(TOGETHER, count - start), room = (l) => rooms[l].subarray(0, size * reader(net, l).units);
        const n = reader(net, from).units;
        let now = room(from);
        now.set(base.read[from].subarray(start * n, (start + size) * n));
        change(now, base.values[from], start, layers[from], reader(net, from), asked[from]);
        for (let l = from + 1; l < layers.length; l++) {
          for (const step of layers[l].steps) step(now);
          dose(now, layers[l], asked[l]);
          now = apply(reader(net, l), now, layers[l].units, room(l));
        }
        highest(now, read, start);
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

    return { CLASSES, PIXELS, network, firstLayer, record, predict, tally, fractions };
  }

  window.lesionBench.parts.core = core();
  window.lesionBench.parts.coreSource = core.toString();
})();
