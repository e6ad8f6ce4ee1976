/* A reader's network as rows of operations, one row a layer: convolutions, linear maps and what stands between them. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes part of the worker's. What each layer puts out is kept for all images, so that a
     lesion computes what follows it, and nothing before. */
  function operations({ gelu }, core) {
    /* What `units` rows of weights make of rows of `size` numbers, one a place: four at a time, so that each number is
       fetched once for them. */
    function products(from, places, size, { w, b, units }, out) {
      for (let p = 0; p < places; p++) {
        const start = p * size;
        let u = 0;
        for (; u + 3 < units; u += 4) {
          const i = u * size, j = i + size, k = j + size, l = k + size;
          let one = b[u], two = b[u + 1], three = b[u + 2], four = b[u + 3];
          for (let n = 0; n < size; n++) {
            const a = from[start + n];
            one += a * w[i + n];
            two += a * w[j + n];
            three += a * w[k + n];
            four += a * w[l + n];
          }
          const at = u * places + p;
          out[at] = one;
          out[at + places] = two;
          out[at + 2 * places] = three;
          out[at + 3 * places] = four;
        }
        for (; u < units; u++) {
          let sum = b[u];
          for (let n = 0, i = u * size; n < size; n++) sum += from[start + n] * w[i + n];
          out[u * places + p] = sum;
        }
      }
    }

    /* Where the numbers that each place's window covers lie in a map: -1 in the padding. */
    function windows({ given: [, height, width], shape: [, rows, columns], kernel, stride, padding, dilation }) {
      const out = [];
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++)
          for (let r = 0; r < kernel[0]; r++)
            for (let c = 0; c < kernel[1]; c++) {
              const row = y * stride[0] - padding[0] + r * dilation[0], column = x * stride[1] - padding[1] + c * dilation[1];
              out.push(row >= 0 && row < height && column >= 0 && column < width ? row * width + column : -1);
            }
      return Int32Array.from(out);
    }

    const each = (act) => () => (v) => {
      act(v);
      return v;
    };

    /* Each a function from what is said of it, and the numbers that come next, to one from an image's numbers to others. */
    const MAKE = {
      linear({ inputs, units }, next) {
        const map = { w: next(units * inputs), b: next(units), units }, out = new Float64Array(units);
        return (v) => {
          products(v, 1, inputs, map, out);
          return out;
        };
      },
      convolution(fact, next) {
        const { given: [channels, height, width], shape: [units, rows, columns], kernel } = fact;
        const covered = kernel[0] * kernel[1], size = channels * covered, places = rows * columns, area = height * width;
        const map = { w: next(units * size), b: next(units), units }, where = windows(fact);
        const patches = new Float64Array(places * size), out = new Float64Array(units * places);
        return (v) => {
          for (let p = 0, to = 0; p < places; p++) {
            for (let c = 0, first = 0; c < channels; c++, first += area) {
              for (let k = p * covered; k < (p + 1) * covered; k++) patches[to++] = where[k] < 0 ? 0 : v[first + where[k]];
            }
          }
          products(patches, places, size, map, out);
          return out;
        };
      },
      pool(fact) {
        const { given: [channels, height, width], shape: [, rows, columns], kernel } = fact;
        const covered = kernel[0] * kernel[1], places = rows * columns, where = windows(fact), out = new Float64Array(channels * places);
        return (v) => {
          for (let c = 0, to = 0; c < channels; c++) {
            for (let p = 0, k = 0; p < places; p++) {
              let most = -Infinity;
              for (const stop = k + covered; k < stop; k++) {
                if (where[k] >= 0 && v[c * height * width + where[k]] > most) most = v[c * height * width + where[k]];
              }
              out[to++] = most;
            }
          }
          return out;
        };
      },
      scale({ units, area }, next) {
        const rate = next(units), shift = next(units);
        return (v) => {
          for (let u = 0, at = 0; u < units; u++) for (let p = 0; p < area; p++, at++) v[at] = v[at] * rate[u] + shift[u];
          return v;
        };
      },
      norm({ size, eps }, next) {
        const weight = next(size), bias = next(size);
        return (v) => {
          let mean = 0, square = 0;
          for (let k = 0; k < size; k++) mean += v[k] / size;
          for (let k = 0; k < size; k++) square += (v[k] - mean) ** 2 / size;
          const rate = 1 / Math.sqrt(square + eps);
          for (let k = 0; k < size; k++) v[k] = (v[k] - mean) * rate * weight[k] + bias[k];
          return v;
        };
      },
      relu: each((v) => {
        for (let at = 0; at < v.length; at++) if (v[at] < 0) v[at] = 0;
      }),
      gelu: each((v) => gelu(v, v.length)),
      tanh: each((v) => {
        for (let at = 0; at < v.length; at++) v[at] = Math.tanh(v[at]);
      }),
    };

    /* The network, from what a payload says and its numbers: in order of use, then what units can be held at. */
    function read({ pixels, classes, shades, layers: told, rest, constants }, values) {
      let at = 0;
      const next = (count) => Float64Array.from(values.subarray(at, (at += count)));
      const row = (operations) => {
        const made = operations.map((fact) => MAKE[fact.kind](fact, next));
        return (v) => made.reduce((now, operation) => operation(now), v);
      };
      const layers = told.map(({ name, units, area, operations }) => ({ name, units, area, size: units * area, constants: {}, run: row(operations) }));
      const output = { units: classes, run: row(rest) };
      for (const { name, byPosition } of constants) {
        for (const { units, area, size, constants: own } of layers) {
          const given = next(byPosition ? size : units);
          own[name] = byPosition ? given : Float64Array.from({ length: size }, (_, k) => given[Math.floor(k / area)]);
        }
      }
      return { front: "operations", pixels, shade: shades && Float64Array.from(shades), layers, output };
    }

    /* All images, some at a time: `read` the next ones, in the end `done` is what `late` starts from. */
    function prepare({ pixels: n, shade, layers }, pixels, count) {
      const kept = layers.map(({ size }) => new Float32Array(count * size)), image = new Float64Array(n);
      return {
        read(start, end) {
          for (let i = start; i < end; i++) {
            let now = image;
            for (let p = 0, at = i * n; p < n; p++, at++) image[p] = shade ? shade[pixels[at]] : pixels[at];
            layers.forEach(({ run, size }, l) => kept[l].set((now = run(now)), i * size));
          }
        },
        done: () => ({ kept, count }),
      };
    }

    /* The class that the lesioned network reads in each image: from the first lesioned layer on, or the last layer. */
    function late({ layers, output }, { kept, count }, lesion) {
      const asked = core.asks({ layers }, lesion), found = asked.findIndex((dosed) => dosed.count);
      const first = found < 0 ? layers.length - 1 : found, { size } = layers[first], read = new Uint8Array(count), room = new Float64Array(size);
      for (let i = 0; i < count; i++) {
        let now = room;
        now.set(kept[first].subarray(i * size, (i + 1) * size));
        for (let l = first; l < layers.length; l++) {
          if (l > first) now = layers[l].run(now);
          core.dose(now, layers[l], asked[l]);
        }
        core.highest(output.run(now), output.units, read, i);
      }
      return read;
    }

    return { read, prepare, late };
  }

  bench.sources.operations = operations;
  bench.fronts = { operations: "network,core" };
})();
