/* The vision transformer: from 784 pixels to ten logits, as torch computes it. */
(function () {
  "use strict";
  const SIDE = 28;

  /* Rows of `inputs` numbers to rows of as many as the weights have rows; weights as PyTorch keeps them. */
  function linear(rows, count, weight, bias) {
    const outputs = bias.length, inputs = weight.length / outputs, out = new Float64Array(count * outputs);
    for (let r = 0; r < count; r++)
      for (let o = 0; o < outputs; o++) {
        let sum = bias[o];
        for (let i = 0, w = o * inputs, at = r * inputs; i < inputs; i++) sum += weight[w + i] * rows[at + i];
        out[r * outputs + o] = sum;
      }
    return out;
  }

  function norm(rows, count, weight, bias, eps) {
    const width = weight.length, out = new Float64Array(rows.length);
    for (let at = 0; at < count * width; at += width) {
      let mean = 0, square = 0;
      for (let k = 0; k < width; k++) mean += rows[at + k] / width;
      for (let k = 0; k < width; k++) square += (rows[at + k] - mean) ** 2 / width;
      for (let k = 0; k < width; k++) out[at + k] = ((rows[at + k] - mean) / Math.sqrt(square + eps)) * weight[k] + bias[k];
    }
    return out;
  }

  /* Abramowitz and Stegun 7.1.26: within 2e-7. */
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(x) * (1 - sum * Math.exp(-x * x));
  }
  const gelu = (x) => (x / 2) * (1 + erf(x / Math.SQRT2));

  function softmax(numbers) {
    const most = Math.max(...numbers), shares = Array.from(numbers, (one) => Math.exp(one - most));
    const sum = shares.reduce((a, b) => a + b);
    return shares.map((share) => share / sum);
  }

  /* What the heads bring to each token, side by side; `read` has each token's query, key and value in a row. */
  function attend(read, count, width, heads) {
    const size = width / heads, out = new Float64Array(count * width);
    for (let h = 0; h < heads; h++)
      for (let q = 0; q < count; q++) {
        const scores = Array.from({ length: count }, (_, k) => {
          let sum = 0;
          for (let d = h * size; d < (h + 1) * size; d++) sum += read[q * 3 * width + d] * read[(k * 3 + 1) * width + d];
          return sum / Math.sqrt(size);
        });
        softmax(scores).forEach((share, k) => {
          for (let d = h * size; d < (h + 1) * size; d++) out[q * width + d] += share * read[(k * 3 + 2) * width + d];
        });
      }
    return out;
  }

  /* A class token and the patches, row by row, each with what its place adds. */
  function tokens(pixels, patch, { start, positions, weight, bias }) {
    const width = bias.length, across = SIDE / patch, cut = new Float64Array(SIDE * SIDE);
    for (let p = 0; p < across * across; p++)
      for (let y = 0; y < patch; y++)
        for (let x = 0; x < patch; x++) {
          const row = Math.floor(p / across) * patch + y, column = (p % across) * patch + x;
          cut[(p * patch + y) * patch + x] = pixels[row * SIDE + column];
        }
    const all = new Float64Array(positions.length);
    all.set(start);
    all.set(linear(cut, across * across, weight, bias), width);
    return all.map((value, at) => value + positions[at]);
  }

  const plus = (one, other) => one.map((value, at) => value + other[at]);

  /* The logits as a function of 784 pixels. `shapes` says the names of the weights in `values`, in order. */
  function make({ facts: { patch, heads, blocks, eps }, shapes }, values) {
    const weights = {};
    let at = 0;
    for (const [name, shape] of Object.entries(shapes)) weights[name] = values.subarray(at, (at += shape.reduce((a, b) => a * b, 1)));
    const applied = (rows, count, name) => linear(rows, count, weights[name + ".weight"], weights[name + ".bias"]);
    const normed = (rows, count, name) => norm(rows, count, weights[name + ".weight"], weights[name + ".bias"], eps);
    const named = { start: "start", positions: "positions", weight: "embed.weight", bias: "embed.bias" };
    const embedding = Object.fromEntries(Object.entries(named).map(([key, name]) => [key, weights["tokens." + name]]));
    const width = embedding.bias.length, count = embedding.positions.length / width;

    function block(rows, name) {
      const read = linear(normed(rows, count, name + ".norm1"), count, weights[name + ".attention.in_proj_weight"], weights[name + ".attention.in_proj_bias"]);
      const looked = plus(rows, applied(attend(read, count, width, heads), count, name + ".attention.out_proj"));
      const inner = applied(normed(looked, count, name + ".norm2"), count, name + ".linear1").map(gelu);
      return plus(looked, applied(inner, count, name + ".linear2"));
    }

    return (pixels) => {
      let rows = tokens(pixels, patch, embedding);
      for (let b = 1; b <= blocks; b++) rows = block(rows, "block" + b);
      const last = applied(normed(rows.subarray(0, width), 1, "norm"), 1, "linear3").map((value) => Math.max(0, value));
      return applied(last, 1, "output");
    };
  }

  window.yourDigit.parts.transformer = { make, softmax };
})();
