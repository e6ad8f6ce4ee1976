/* Two convolutions in front of the linear maps: what their channels send on, for all images and for a sample. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes part of the worker's.

     A channel of layer 2 is recorded by what it sends to the linear map behind it, so its lesion is a sum, as a
     neuron's is. So is a channel of layer 1, by what it adds to the convolution behind it, before the maximum is taken:
     that is a hundred times as much, kept for the images of a sample alone. */
  function maps({ PIXELS }, core) {
    const MOST = 32; // channels that are read
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
      const [first, second] = net.layers, { shade } = net, paper = new Float64Array(PIXELS).fill(shade[0]);
      const nothing = new Float64Array(first.units * first.area), within = [margined(first), margined(second)];
      const blank = { sums: sums(first), map: nothing.slice(), next: sums(second) };
      scatter(first, 0, 1, paper, new Float64Array(PIXELS), blank.sums);
      pool(first, blank.sums, within[0], blank.map);
      scatter(second, 0, first.units, blank.map, nothing, blank.next);
      const picture = paper.slice(), one = blank.sums.slice(), map = blank.map.slice(), two = blank.next.slice();
      const layer1 = (pixels, image) => {
        for (let p = 0; p < PIXELS; p++) picture[p] = shade[pixels[image * PIXELS + p]];
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

    /* What each channel sends to the linear map that reads it, into `out`. */
    function send({ units, area }, { units: n, w }, map, out) {
      out.fill(0);
      for (let c = 0, p = 0, at = 0; c < units; c++, at += n) {
        for (let stop = p + area; p < stop; p++) {
          const a = map[p], row = p * n;
          if (a) for (let k = 0; k < n; k++) out[at + k] += a * w[row + k];
        }
      }
    }

    /* All images, some at a time: `read` the next ones, in the end `done` is what `core.predict` starts from. */
    function prepare(net, pixels, count) {
      const layer = net.layers[1], next = core.reader(net, 1), n = next.units, both = front(net);
      const map = new Float64Array(layer.units * layer.area), sent = new Float32Array(count * layer.units * n);
      const read = new Float64Array(count * n), each = new Float64Array(layer.units * n);
      layer.held = new Float64Array(layer.units * n);
      send(layer, next, layer.means, layer.held);
      return {
        read(start, end) {
          for (let i = start; i < end; i++) {
            both.layer2(pixels, i, map);
            send(layer, next, map, each);
            sent.set(each, i * each.length);
            for (let k = 0; k < n; k++) {
              read[i * n + k] = next.b[k];
              for (let at = k; at < each.length; at += n) read[i * n + k] += each[at];
            }
          }
        },
        done: () => core.record(net, 1, { count, read, sent }),
      };
    }

    /* What each channel of layer 1 adds to the second convolution, for the images of a sample and for its mean map. */
    function sample(net, pixels, images) {
      const [first, second] = net.layers, both = front(net), all = sums(second), { row, start } = margined(second);
      const width = second.full * second.units, size = second.full * width;
      const sent = new Float32Array(images.length * first.units * size), whole = new Float64Array(images.length * size);
      const add = (map, out, at) => {
        for (let c = 0; c < first.units; c++) {
          all.fill(0);
          scatter(second, c, c + 1, map, both.nothing, all);
          for (let y = 0, from = start; y < second.full; y++, from += row) {
            out.set(all.subarray(from, from + width), at + c * size + y * width);
          }
        }
      };
      images.forEach((image, i) => {
        add(both.layer1(pixels, image), sent, i * first.units * size);
        for (let c = 0, from = i * first.units * size; c < first.units; c++, from += size) {
          for (let at = 0; at < size; at++) whole[i * size + at] += sent[from + at];
        }
      });
      const held = new Float64Array(first.units * size);
      add(first.means, held, 0);
      return { sent, whole, held, size, count: images.length };
    }

    /* The digits read in the sample under a lesion that begins in layer 1. */
    function predict(net, { sent, whole, held, size, count }, lesion) {
      const [first, second] = net.layers, asks = core.asks(net, lesion), [asked, then] = asks, read = new Uint8Array(count);
      const all = new Float64Array(size), ground = new Float64Array(size), within = bare(second);
      for (let u = 0; u < asked.count; u++) {
        if (asked.held[u]) for (let at = 0, from = asked.units[u] * size; at < size; at++) ground[at] += held[from + at];
      }
      const map = new Float64Array(second.units * second.area);
      const rooms = net.layers.map((_, l) => new Float64Array(l ? core.reader(net, l).units : 0)), room = (l) => rooms[l];
      for (let i = 0; i < count; i++) {
        for (let at = 0; at < size; at++) all[at] = ground[at] + whole[i * size + at];
        for (let u = 0; u < asked.count; u++) {
          const from = (i * first.units + asked.units[u]) * size, factor = asked.factors[u] - 1;
          for (let at = 0; at < size; at++) all[at] += factor * sent[from + at];
        }
        pool(second, all, within, map);
        core.dose(map, second, then);
        const now = core.apply(core.reader(net, 1), map, map.length, room(1));
        core.highest(core.onward(net, 1, now, asks, room), read, i);
      }
      return read;
    }

    return { prepare, sample, predict };
  }

  bench.sources.maps = maps;
})();
