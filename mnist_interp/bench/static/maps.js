/* Channels of two convolutions in front of the linear maps: what each sends on, for all images and for a sample. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes part of the worker's.

     A channel of layer 2 is recorded by what it sends to the linear map behind it, so its lesion is a sum, as a
     neuron's is. So is a channel of layer 1, by what it adds to the convolution behind it, before the maximum is taken:
     that is a hundred times as much, kept for the images of a sample alone. */
  function maps({ sums, scatter, pool, margined, bare, front }, core) {
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
      layer.held = {};
      for (const [name, constant] of Object.entries(layer.constants)) {
        send(layer, next, constant, (layer.held[name] = new Float64Array(layer.units * n)));
      }
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

    /* What each channel of layer 1 adds to the second convolution, for the images of a sample and for what holds it. */
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
      const held = {};
      for (const [name, constant] of Object.entries(first.constants)) {
        add(constant, (held[name] = new Float64Array(first.units * size)), 0);
      }
      return { sent, whole, held, size, count: images.length };
    }

    /* The digits read in the sample under a lesion that begins in layer 1. */
    function predict(net, { sent, whole, held, size, count }, lesion) {
      const [first, second] = net.layers, asks = core.asks(net, lesion), [asked, then] = asks, read = new Uint8Array(count);
      const all = new Float64Array(size), ground = new Float64Array(size), within = bare(second);
      for (let u = 0; u < asked.count; u++) {
        const constant = held[asked.held[u]];
        if (constant) for (let at = 0, from = asked.units[u] * size; at < size; at++) ground[at] += constant[from + at];
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
        core.highest(core.onward(net, 1, now, asks, room), net.output.units, read, i);
      }
      return read;
    }

    return { prepare, sample, predict };
  }

  bench.sources.maps = maps;
})();
