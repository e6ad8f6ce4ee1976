/* Convolutions of images, most of which is blank paper: only what differs from it is convolved. */
(function () {
  "use strict";

  /* Self-contained: its source becomes part of the worker's. */
  function convolve() {
    const MOST = 256; // channels of a layer
    /* A convolution's sums lie in rows of `wide` places with a margin, so that no input need ask where the edge is. */
    const wide = ({ from, kernel }) => from.side + kernel - 1;
    const sums = (layer) => new Float64Array(wide(layer) * wide(layer) * layer.units);

    /* Add to `run` sums from `at` on what four inputs give: a sum is fetched and stored once for them. */
    function four(out, at, w, run, a, b, c, d, i, j, k, l) {
      for (let n = 0; n < run; n++) out[at + n] += a * w[i + n] + b * w[j + n] + c * w[k + n] + d * w[l + n];
    }

    function single(out, at, w, run, a, i) {
      for (let n = 0; n < run; n++) out[at + n] += a * w[i + n];
    }

    const differ = new Float64Array(MOST + 3), starts = new Int32Array(MOST + 3);

    /* Add what the channels from `first` to `last` of `map` spread, where they differ from `ground`. */
    function scatter(layer, first, last, map, ground, out) {
      const { from: { side, area }, kernel, units, w } = layer, run = kernel * units, row = wide(layer) * units;
      for (let y = 0, p = 0; y < side; y++) {
        for (let x = 0; x < side; x++, p++) {
          let count = 0;
          for (let c = first, at = first * area + p; c < last; c++, at += area) {
            const a = map[at] - ground[at];
            if (!a) continue;
            differ[count] = a;
            starts[count++] = c * kernel * run;
          }
          const at = y * row + x * units;
          let g = 0;
          for (; g + 1 < count; g += 4) {
            for (let n = count; n < g + 4; n++) differ[n] = 0;
            const a = differ[g], b = differ[g + 1], c = differ[g + 2], d = differ[g + 3];
            const i = starts[g], j = starts[g + 1], l = starts[g + 2], m = starts[g + 3];
            for (let k = 0, more = 0; k < kernel; k++, more += run) {
              four(out, at + k * row, w, run, a, b, c, d, i + more, j + more, l + more, m + more);
            }
          }
          for (; g < count; g++) {
            for (let k = 0; k < kernel; k++) single(out, at + k * row, w, run, differ[g], starts[g] + k * run);
          }
        }
      }
    }

    /* Where the sums that count begin, and how long a row is: with the margin, and without. */
    const margined = (layer) => {
      const row = wide(layer) * layer.units;
      return { row, start: (layer.kernel - 1 - layer.padding) * (row + layer.units) };
    };
    const bare = ({ full, units }) => ({ row: full * units, start: 0 });

    /* The maximum of 2 x 2 sums, rectified: maps, channel by channel, into `out`. */
    function pool({ units, area, side, b }, all, { row, start }, out) {
      for (let y = 0, p = 0; y < side; y++) {
        for (let x = 0; x < side; x++, p++) {
          const at = start + 2 * y * row + 2 * x * units;
          for (let o = 0; o < units; o++) {
            const one = at + o, two = one + row;
            const above = all[one] > all[one + units] ? all[one] : all[one + units];
            const below = all[two] > all[two + units] ? all[two] : all[two + units];
            const most = (above > below ? above : below) + b[o];
            out[o * area + p] = most > 0 ? most : 0;
          }
        }
      }
    }

    /* Both convolutions as a function of an image; blank paper, most of it, is convolved once for all. */
    function front(net) {
      const [first, second] = net.layers, { shade, pixels: count } = net, paper = new Float64Array(count).fill(shade[0]);
      const nothing = new Float64Array(first.units * first.area), within = [margined(first), margined(second)];
      const blank = { sums: sums(first), map: nothing.slice(), next: sums(second) };
      scatter(first, 0, 1, paper, new Float64Array(count), blank.sums);
      pool(first, blank.sums, within[0], blank.map);
      scatter(second, 0, first.units, blank.map, nothing, blank.next);
      const picture = paper.slice(), one = blank.sums.slice(), map = blank.map.slice(), two = blank.next.slice();
      const layer1 = (pixels, image) => {
        for (let p = 0; p < count; p++) picture[p] = shade[pixels[image * count + p]];
        one.set(blank.sums);
        scatter(first, 0, 1, picture, paper, one);
        pool(first, one, within[0], map);
        return map;
      };
      const layer2 = (pixels, image, out) => {
        layer1(pixels, image);
        two.set(blank.next);
        scatter(second, 0, first.units, map, blank.map, two);
        pool(second, two, within[1], out);
      };
      return { layer1, layer2, nothing };
    }

    return { sums, scatter, pool, margined, bare, front };
  }

  window.lesionBench.sources.convolve = convolve;
})();
