/* A network on test images, whole or lesioned: functions without state, the same for the page and its worker. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* One self-contained function, so that its source can be sent to a worker made from a Blob.

     A network is hidden layers, each a linear map and steps after it, and a linear map to the logits. A lesion acts at
     the end of a layer, on what the next linear map reads, and starts from what was recorded there. Only `firstLayer`
     sees pixels; where channels come first, `maps` takes its place. */
  function core() {
    const TOGETHER = 200; // images of a pass: what is computed of them stays in the processor's nearest memory
    const reader = (net, layer) => net.layers[layer + 1] || net.output;

    /* Layer 1 of the images from `start` to `end`, into `out`; blank pixels, four of five, are counted once for all. */
    function firstLayer(net, pixels, out, start, end) {
      const { units, w, b, steps } = net.layers[0], { shade, pixels: n } = net;
      if (!shade) {
        const now = apply(net.layers[0], pixels.subarray(start * n, end * n), n, out.subarray(start * units, end * units));
        for (const step of steps) step(now);
        return;
      }
      const ground = b.slice(), sum = new Float64Array(units);
      for (let p = 0; p < n && shade[0]; p++) for (let j = 0; j < units; j++) ground[j] += shade[0] * w[p * units + j];
      for (let i = start; i < end; i++) {
        sum.set(ground);
        for (let p = 0, at = i * n; p < n; p++, at++) {
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

    /* What each layer from `first` on says untouched (`values`), and what the map that reads it makes of that (`read`).
       Given is one of the two for that layer; of channels (`read`), with it, what each sends to its reader (`sent`). */
    function record(net, first, { count, values, read, sent }) {
      const base = { first, count, values: [], read: [], sent };
      base.values[first] = values;
      base.read[first] = read || apply(reader(net, first), values, net.layers[first].units, new Float64Array(count * reader(net, first).units));
      for (let l = first + 1; l < net.layers.length; l++) {
        const next = reader(net, l);
        base.values[l] = Float64Array.from(base.read[l - 1]);
        for (const step of net.layers[l].steps) step(base.values[l]);
        base.read[l] = apply(next, base.values[l], net.layers[l].units, new Float64Array(count * next.units));
      }
      return base;
    }

    /* Doses in flat arrays: each unit is scaled by its factor, or held at the constant of a name, such as its mean. */
    function doses(given = {}) {
      const names = Object.keys(given);
      return {
        count: names.length,
        units: Uint16Array.from(names, Number),
        factors: Float64Array.from(names, (name) => (typeof given[name] === "string" ? 0 : given[name])),
        held: names.map((name) => (typeof given[name] === "string" ? given[name] : null)),
      };
    }

    /* Add to what reads a layer what its doses change, for the images from `start`. */
    function change(now, values, start, { units, constants }, { units: n, w }, dosed) {
      for (let u = 0; u < dosed.count; u++) {
        const unit = dosed.units[u], row = unit * n, factor = dosed.factors[u] - 1, name = dosed.held[u];
        const offset = name ? constants[name][unit] : 0;
        for (let at = 0, i = start; at < now.length; at += n, i++) {
          const difference = factor * values[i * units + unit] + offset;
          if (difference) for (let k = 0; k < n; k++) now[at + k] += difference * w[row + k];
        }
      }
    }

    /* The same where units were recorded by what they send, `n` numbers an image; `held`: what their constants send. */
    function changeSent(now, sent, start, { units, held }, n, dosed) {
      for (let u = 0; u < dosed.count; u++) {
        const unit = dosed.units[u], mine = unit * n, factor = dosed.factors[u] - 1, constant = held[dosed.held[u]];
        for (let at = 0, from = start * units * n + mine; at < now.length; at += n, from += units * n) {
          for (let k = 0; k < n; k++) now[at + k] += factor * sent[from + k];
          if (constant) for (let k = 0; k < n; k++) now[at + k] += constant[mine + k];
        }
      }
    }

    /* Dose a layer's own numbers. */
    function dose(now, { units, area, constants }, dosed) {
      for (let u = 0; u < dosed.count; u++) {
        const first = dosed.units[u] * area, factor = dosed.factors[u], constant = constants[dosed.held[u]];
        for (let row = first; row < now.length; row += units * area) {
          for (let p = 0; p < area; p++) now[row + p] = factor * now[row + p] + (constant ? constant[first + p] : 0);
        }
      }
    }

    /* The class of the highest of `n` logits of each image. */
    function highest(logits, n, read, start) {
      for (let at = 0, i = start; at < logits.length; at += n, i++) {
        let best = 0;
        for (let c = 1; c < n; c++) if (logits[at + c] > logits[at + best]) best = c;
        read[i] = best;
      }
    }

    /* The logits, from what the reader of layer `from` says. */
    function onward(net, from, now, asked, room) {
      for (let l = from + 1; l < net.layers.length; l++) {
        for (const step of net.layers[l].steps) step(now);
        dose(now, net.layers[l], asked[l]);
        now = apply(reader(net, l), now, net.layers[l].units, room(l));
      }
      return now;
    }

    const asks = (net, lesion) => net.layers.map(({ name }) => doses(lesion[name]));

    /* The digit that the lesioned network reads in each image: from the first lesioned layer on, nothing before. */
    function predict(net, base, lesion) {
      const { layers } = net, { count } = base, read = new Uint8Array(count), asked = asks(net, lesion);
      const from = Math.max(base.first, asked.findIndex((dosed) => dosed.count)), n = reader(net, from).units;
      const rooms = layers.map((_, l) => new Float64Array(l < base.first ? 0 : TOGETHER * reader(net, l).units));
      for (let start = 0; start < count; start += TOGETHER) {
        const size = Math.min(TOGETHER, count - start), room = (l) => rooms[l].subarray(0, size * reader(net, l).units);
        const now = room(from);
        now.set(base.read[from].subarray(start * n, (start + size) * n));
        if (layers[from].kernel) changeSent(now, base.sent, start, layers[from], n, asked[from]);
        else change(now, base.values[from], start, layers[from], reader(net, from), asked[from]);
        highest(onward(net, from, now, asked, room), net.output.units, read, start);
      }
      return read;
    }

    return { firstLayer, apply, record, dose, asks, onward, highest, reader, predict };
  }

  bench.sources.core = core;
})();
