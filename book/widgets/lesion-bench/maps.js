/* Two convolutions in front of the linear maps: what their channels send on, for all images and for a sample. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes part of the worker's.

     A channel of layer 2 is recorded by what it sends to the linear map behind it, so its lesion is a sum, as a
     neuron's is. So is a channel of layer 1, by what it adds to the convolution behind it, before the maximum is taken:
     that is a hundred times as much, kept for the images of a sample alone. */
  function maps({ PIXELS }, core) {
    /* A convolution's sums lie in rows of `wide` places with a margin, so that no input need ask where the edge is. */
    const wide = ({ from, kernel }) => from.side + kernel - 1;
    const sums = (layer) => new Float64Array(wide(layer) * wide(layer) * layer.units);

    /* Add what one map of inputs spreads; where it is as it was before (`ground`) there is nothing to add. */
    function scatter(layer, channel, map, ground, out) {
      const { from: { side, area }, kernel, units, w } = layer, run = kernel * units, row = wide(layer) * units;
      for (let y = 0, p = channel * area; y < side; y++) {
        for (let x = 0; x < side; x++, p++) {
          const a = map[p] - ground[p];
          if (!a) continue;
          for (let k = 0, at = y * row + x * units, from = channel * kernel * run; k < kernel; k++, at += row, from += run) {
            for (let j = 0; j < run; j++) out[at + j] += a * w[from + j];
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
            const most = Math.max(all[one], all[one + units], all[two], all[two + units]) + b[o];
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
      scatter(first, 0, paper, new Float64Array(PIXELS), blank.sums);
      pool(first, blank.sums, within[0], blank.map);
      for (let c = 0; c < first.units; c++) scatter(second, c, blank.map, nothing, blank.next);
      const picture = paper.slice(), one = blank.sums.slice(), map = blank.map.slice(), two = blank.next.slice();
      const layer1 = (pixels, image) => {
        for (let p = 0; p < PIXELS; p++) picture[p] = shade[pixels[image * PIXELS + p]];
        one.set(blank.sums);
        scatter(first, 0, picture, paper, one);
        pool(first, one, within[0], map);
        return map;
      };
      const layer2 = (pixels, image, out) => {
        layer1(pixels, image);
        two.set(blank.next);
        for (let c = 0; c < first.units; c++) scatter(second, c, map, blank.map, two);
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
      const sent = new Float32Array(images.length * first.units * size);
      const add = (map, out, at) => {
        for (let c = 0; c < first.units; c++) {
          all.fill(0);
          scatter(second, c, map, both.nothing, all);
          for (let y = 0, from = start; y < second.full; y++, from += row) {
            out.set(all.subarray(from, from + width), at + c * size + y * width);
          }
        }
      };
      images.forEach((image, i) => add(both.layer1(pixels, image), sent, i * first.units * size));
      const held = new Float64Array(first.units * size);
      add(first.means, held, 0);
      return { sent, held, size, count: images.length };
    }

    /* The digits read in the sample under a lesion that begins in layer 1. */
    function predict(net, { sent, held, size, count }, lesion) {
      const [first, second] = net.layers, asks = core.asks(net, lesion), [asked, then] = asks, read = new Uint8Array(count);
      const factors = new Float64Array(first.units).fill(1), all = new Float64Array(size), ground = new Float64Array(size);
      for (let u = 0; u < asked.count; u++) {
        const unit = asked.units[u];
        factors[unit] = asked.factors[u];
        if (asked.held[u]) for (let at = 0; at < size; at++) ground[at] += held[unit * size + at];
      }
      const map = new Float64Array(second.units * second.area);
      const rooms = net.layers.map((_, l) => new Float64Array(l ? core.reader(net, l).units : 0)), room = (l) => rooms[l];
      for (let i = 0; i < count; i++) {
        all.set(ground);
        for (let c = 0, from = i * first.units * size; c < first.units; c++, from += size) {
          const factor = factors[c];
          if (factor) for (let at = 0; at < size; at++) all[at] += factor * sent[from + at];
        }
        pool(second, all, bare(second), map);
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
