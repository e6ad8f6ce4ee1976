/* A network out of a payload: what its numbers are and how they lie, for the functions that compute with it. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* One self-contained function, so that its source can be sent to a worker made from a Blob. */
  function network() {
    /* The error function, to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
    function erf(x) {
      const t = 1 / (1 + 0.3275911 * Math.abs(x));
      const sum = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)));
      const rest = t * sum * Math.exp(-x * x);
      return x < 0 ? rest - 1 : 1 - rest;
    }

    function gelu(v, count) {
      for (let at = 0; at < count; at++) v[at] *= 0.5 * (1 + erf(v[at] * Math.SQRT1_2));
    }

    /* What is done with a layer's numbers after its linear map: in place, `n` of each image in a row. */
    const STEPS = {
      relu: () => (v) => {
        for (let at = 0; at < v.length; at++) if (v[at] < 0) v[at] = 0;
      },
      gelu: () => (v) => gelu(v, v.length),
      tanh: () => (v) => {
        for (let at = 0; at < v.length; at++) v[at] = Math.tanh(v[at]);
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

    const repeated = (numbers, times) =>
      Float64Array.from({ length: numbers.length * times }, (_, at) => numbers[Math.floor(at / times)]);

    /* Kernels as an input spreads them: turned around, all outputs of a place together, places of a row in one run. */
    function spread(kernels, outputs, inputs, kernel) {
      const out = new Float64Array(kernels.length), last = kernel - 1;
      let at = 0;
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++)
          for (let y = last; y >= 0; y--)
            for (let x = last; x >= 0; x--) out[((i * kernel + y) * kernel + x) * outputs + o] = kernels[at++];
      return out;
    }

    /* How images become tokens, the blocks that work on these, and the norm of what is read in the end. */
    function transformer({ tokens: { patch, width, count, eps }, layers }, next, linear) {
      const norm = (small) => STEPS.norm({ eps: small }, width, next(width), next(width));
      const start = next(width), positions = next(count * width), embed = linear(width, patch * patch);
      const block = ({ name, units, size, hidden, eps: small, sampled }) => {
        const norm1 = norm(small), w = next(3 * width * width), b = next(3 * width);
        const [query, key, value] = [0, 1, 2].map((k) => ({
          units: width, w: transposed(w.subarray(k * width * width, (k + 1) * width * width), width, width), b: b.subarray(k * width, (k + 1) * width),
        }));
        const mix = linear(width, width), norm2 = norm(small), up = linear(hidden, width), down = linear(width, hidden);
        return { name, units, size, area: count * size, sampled, norm1, query, key, value, mix, norm2, up, down };
      };
      const blocks = layers.filter(({ size }) => size).map(block);
      return { patch, width, count, start, positions, embed, blocks, norm: norm(eps) };
    }

    /* From what a payload says (with the number of `pixels` of an image and of `classes`) and its numbers: weights in order of use, as PyTorch keeps them, then what units can
       be held at, in the order of `facts.constants`, one number a unit or one a position. All arrays are of
       one type from here on: loops over two types are twice as slow.
       A unit has `area` numbers: a neuron one, a channel those of its map, side by side, a head what it brings to each
       token, these one after the other. A layer's `constants` are what a lesion can hold its units at, by the name of
       the dose. */
    function read(facts, values) {
      const { pixels, classes } = facts;
      let at = 0, from = { units: 1, side: Math.sqrt(pixels), area: pixels };
      const next = (count) => Float64Array.from(values.subarray(at, (at += count)));
      const linear = (units, inputs = from.units * from.area) => ({
        units, area: 1, w: transposed(next(units * inputs), units, inputs), b: next(units),
      });
      const convolution = ({ units, kernel, padding, sampled }) => {
        const full = from.side + 2 * padding - kernel + 1, side = Math.floor(full / 2);
        const w = spread(next(units * from.units * kernel * kernel), units, from.units, kernel);
        return { units, area: side * side, side, full, kernel, padding, sampled, from, w, b: next(units) };
      };
      const tokens = facts.tokens ? transformer(facts, next, linear) : null;
      if (tokens) from = { units: tokens.width, area: 1 };
      const layers = facts.layers.map((fact, l) => {
        if (fact.size) return tokens.blocks[l];
        const layer = { name: fact.name, ...(fact.kernel ? convolution(fact) : linear(fact.units)) };
        const own = ({ kind }) => (kind === "norm" ? [next(fact.units), next(fact.units)] : []);
        const steps = fact.steps.filter(({ kind }) => kind !== "pool"); // a convolution pools as it goes
        layer.steps = steps.map((step) => STEPS[step.kind](step, fact.units, ...own(step)));
        from = layer;
        return layer;
      });
      const output = linear(classes);
      for (const layer of layers) layer.constants = {};
      for (const { name, byPosition } of facts.constants) {
        for (const { units, area, size, constants } of layers) {
          constants[name] = byPosition || size ? next(units * area) : repeated(next(units), area);
        }
      }
      const front = tokens ? "transformer" : layers.some((layer) => layer.kernel) ? "maps" : "pixels";
      return { shade: shades(facts), pixels, layers, output, tokens, front };
    }

    /* What a byte is to the network, rounded as PyTorch rounds it, or as the payload lists it; null where images are
       numbers themselves. */
    const shades = ({ shift, scale, shades: listed }) =>
      listed !== undefined ? listed && Float64Array.from(listed) : Float64Array.from({ length: 256 }, (_, byte) =>
        Math.fround(Math.fround(Math.fround(byte / 255) - Math.fround(shift)) / Math.fround(scale))
      );

    return { erf, gelu, read };
  }

  bench.sources = { network };
  bench.parts.network = network();
})();
