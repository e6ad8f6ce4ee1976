/* A small vision transformer: its forward pass, and what its heads bring, for all images and for a sample. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes part of the worker's.

     An image is a class token and one token a patch. A block adds to each what its heads bring from all tokens, mixed,
     then what a layer of units makes of it. In the end only the class token is read. So heads of the last block are
     recorded by what they bring to it, for all images; a lesion of earlier heads moves every token, and starts from
     what was recorded before the first block's heads are mixed, for the images of a sample alone.
     Tokens lie one after the other, `width` numbers each; what heads bring to a token too, one head after the other. */
  function transformer({ erf, gelu }, core) {
    const TOGETHER = 200; // class tokens of a pass

    /* What a linear map makes of the first `rows` rows; a sum is fetched and stored once for four inputs. */
    function linear({ units, w, b }, from, inputs, rows, out) {
      for (let r = 0, to = 0; r < rows; r++, to += units) {
        for (let k = 0; k < units; k++) out[to + k] = b[k];
        let j = 0, at = r * inputs, row = 0;
        for (; j + 3 < inputs; j += 4, at += 4, row += 4 * units) {
          const one = from[at], two = from[at + 1], three = from[at + 2], four = from[at + 3];
          for (let k = 0, i = row; k < units; k++, i++) {
            out[to + k] += one * w[i] + two * w[i + units] + three * w[i + 2 * units] + four * w[i + 3 * units];
          }
        }
        for (; j < inputs; j++, at++, row += units) {
          for (let k = 0; k < units; k++) out[to + k] += from[at] * w[row + k];
        }
      }
    }

    /* The steps of the forward pass, with rooms of their own. */
    function steps(net) {
      const { patch, width, count, start, positions, embed, norm, blocks } = net.tokens;
      const last = blocks.length - 1, next = core.reader(net, last), rows = Math.max(count, TOGETHER);
      const room = (units, of = count) => new Float64Array(of * units);
      const [queries, keys, values] = [room(width), room(width), room(width)], shares = new Float64Array(count);
      const normed = room(width, rows), more = room(width, rows), inside = room(Math.max(...blocks.map(({ up }) => up.units)), rows);
      const side = Math.sqrt(net.pixels), patches = new Float64Array(net.pixels), embedded = room(width, count - 1);

      /* The tokens of an image. */
      function tokens(image, out) {
        const across = side / patch;
        for (let p = 0, at = 0; p < count - 1; p++) {
          const corner = Math.floor(p / across) * patch * side + (p % across) * patch;
          for (let y = 0; y < patch; y++) for (let x = 0; x < patch; x++) patches[at++] = image[corner + y * side + x];
        }
        linear(embed, patches, patch * patch, count - 1, embedded);
        out.set(start);
        out.set(embedded, width);
        for (let at = 0; at < out.length; at++) out[at] += positions[at];
      }

      /* What the heads of a block bring to its first tokens, as many as are asked for. */
      function heads({ norm1, query, key, value, units, size }, given, asked, out) {
        const before = normed.subarray(0, count * width), rate = 1 / Math.sqrt(size);
        before.set(given);
        norm1(before);
        linear(query, before, width, asked, queries);
        linear(key, before, width, count, keys);
        linear(value, before, width, count, values);
        out.fill(0, 0, asked * width);
        for (let t = 0; t < asked; t++) {
          for (let h = 0; h < units; h++) {
            const first = h * size, own = t * width + first;
            let most = -Infinity, sum = 0;
            for (let s = 0; s < count; s++) {
              let product = 0;
              for (let d = 0, at = s * width + first; d < size; d++) product += queries[own + d] * keys[at + d];
              shares[s] = product * rate;
              if (shares[s] > most) most = shares[s];
            }
            for (let s = 0; s < count; s++) sum += shares[s] = Math.exp(shares[s] - most);
            for (let s = 0; s < count; s++) {
              const share = shares[s] / sum;
              for (let d = 0, at = s * width + first; d < size; d++) out[own + d] += share * values[at + d];
            }
          }
        }
      }

      /* Dose what heads bring, to tokens in their order, or (`step` 0) to the class tokens of many images. */
      function dose({ constants, size }, brought, many, dosed, step) {
        for (let u = 0; u < dosed.count; u++) {
          const head = dosed.units[u], factor = dosed.factors[u], constant = constants[dosed.held[u]];
          for (let r = 0; r < many; r++) {
            for (let d = 0, at = r * width + head * size, from = (head * count + r * step) * size; d < size; d++) {
              brought[at + d] = factor * brought[at + d] + (constant ? constant[from + d] : 0);
            }
          }
        }
      }

      /* Tokens after a block, from those before and what its heads bring: each for itself. */
      function after({ mix, norm2, up, down }, given, brought, many, out) {
        const end = many * width, before = normed.subarray(0, end);
        linear(mix, brought, width, many, out);
        for (let at = 0; at < end; at++) before[at] = out[at] += given[at];
        norm2(before);
        linear(up, before, width, many, inside);
        gelu(inside, many * up.units);
        linear(down, inside, up.units, many, more);
        for (let at = 0; at < end; at++) out[at] += more[at];
      }

      /* What the layer behind the blocks makes of class tokens, before its steps. */
      function read(classes, many, out) {
        const before = normed.subarray(0, many * width);
        before.set(classes.subarray(0, many * width));
        norm(before);
        linear(next, before, width, many, out);
        return out;
      }

      /* From the first block's tokens and what its heads bring, which are overwritten: what heads of the last bring to
         the class token, not dosed, and that token before. */
      function toLast(given, brought, asked, out) {
        for (let b = 0; b < last; b++) {
          dose(blocks[b], brought, count, asked[b], 1);
          after(blocks[b], given, brought, count, out);
          given.set(out);
          heads(blocks[b + 1], given, b + 1 === last ? 1 : count, brought);
        }
      }

      return { tokens, heads, dose, after, read, toLast, last, next, blocks, count, width, size: count * width };
    }

    const kept = new WeakMap();
    const of = (net) => kept.get(net) || kept.set(net, steps(net)).get(net);
    const none = (net) => core.asks(net, {});

    /* Tokens of an image, given as what the network takes, and what the first block's heads bring to them. */
    function begin(net, image, tokens, brought) {
      const one = of(net);
      one.tokens(image, tokens);
      one.heads(one.blocks[0], tokens, one.last ? one.count : 1, brought);
    }

    /* From what the heads of the last block bring to class tokens, and these before, to what reads them. */
    function finish(net, given, brought, many, out) {
      const one = of(net), classes = new Float64Array(many * one.width);
      one.after(one.blocks[one.last], given, brought, many, classes);
      return one.read(classes, many, out);
    }

    function picture(net, pixels, image, out) {
      for (let p = 0; p < net.pixels; p++) out[p] = net.shade[pixels[image * net.pixels + p]];
      return out;
    }

    /* Logits of one image, 784 numbers as the network takes them. */
    function logits(net, image) {
      const one = of(net), [tokens, brought, out] = [0, 1, 2].map(() => new Float64Array(one.size)), asked = none(net);
      begin(net, image, tokens, brought);
      one.toLast(tokens, brought, asked, out);
      const now = finish(net, tokens, brought, 1, new Float64Array(one.next.units));
      return core.onward(net, one.last, now, asked, (l) => new Float64Array(core.reader(net, l).units));
    }

    /* All images, some at a time: `read` the next ones, in the end `done` is what `late` starts from. */
    function prepare(net, pixels, count) {
      const one = of(net), { width, last, next } = one, image = new Float64Array(net.pixels), asked = none(net);
      const [tokens, brought, out] = [0, 1, 2].map(() => new Float64Array(one.size));
      const given = new Float64Array(count * width), heads = new Float64Array(count * width), values = new Float64Array(count * next.units);
      return {
        read(start, end) {
          for (let i = start; i < end; i++) {
            begin(net, picture(net, pixels, i, image), tokens, brought);
            one.toLast(tokens, brought, asked, out);
            given.set(tokens.subarray(0, width), i * width);
            heads.set(brought.subarray(0, width), i * width);
          }
          const part = (all, n) => all.subarray(start * n, end * n), now = part(values, next.units);
          finish(net, part(given, width), part(heads, width), end - start, now);
          for (const step of net.layers[last + 1].steps) step(now);
        },
        done: () => ({ ...core.record(net, last + 1, { count, values }), given, heads }),
      };
    }

    /* The digits read under a lesion of the last block's heads and of what follows. */
    function late(net, base, lesion) {
      const one = of(net), { last, width, next } = one, asked = core.asks(net, lesion), { count } = base;
      if (!asked[last].count) return core.predict(net, base, lesion);
      const read = new Uint8Array(count), brought = new Float64Array(TOGETHER * width);
      const rooms = net.layers.map((_, l) => new Float64Array(l < last ? 0 : TOGETHER * core.reader(net, l).units));
      for (let start = 0; start < count; start += TOGETHER) {
        const size = Math.min(TOGETHER, count - start), room = (l) => rooms[l].subarray(0, size * core.reader(net, l).units);
        brought.set(base.heads.subarray(start * width, (start + size) * width));
        one.dose(one.blocks[last], brought, size, asked[last], 0);
        const now = finish(net, base.given.subarray(start * width, (start + size) * width), brought, size, room(last));
        core.highest(core.onward(net, last, now, asked, room), net.output.units, read, start);
      }
      return read;
    }

    /* Tokens of a sample's images, and what the first block's heads bring to them. */
    function sample(net, pixels, images) {
      const { size } = of(net), tokens = new Float64Array(images.length * size), brought = new Float64Array(images.length * size);
      const image = new Float64Array(net.pixels), part = (all, i) => all.subarray(i * size, (i + 1) * size);
      images.forEach((place, i) => begin(net, picture(net, pixels, place, image), part(tokens, i), part(brought, i)));
      return { tokens, brought, count: images.length };
    }

    /* The digits read in the sample under a lesion that begins before the last block. */
    function predict(net, { tokens, brought, count }, lesion) {
      const one = of(net), { size, last } = one, asked = core.asks(net, lesion), read = new Uint8Array(count);
      const [now, heads, out] = [0, 1, 2].map(() => new Float64Array(size));
      const rooms = net.layers.map((_, l) => new Float64Array(l < last ? 0 : core.reader(net, l).units)), room = (l) => rooms[l];
      for (let i = 0; i < count; i++) {
        now.set(tokens.subarray(i * size, (i + 1) * size));
        heads.set(brought.subarray(i * size, (i + 1) * size));
        one.toLast(now, heads, asked, out);
        one.dose(one.blocks[last], heads, 1, asked[last], 0);
        core.highest(core.onward(net, last, finish(net, now, heads, 1, room(last)), asked, room), net.output.units, read, i);
      }
      return read;
    }

    return { erf, logits, prepare, late, sample, predict };
  }

  bench.sources.transformer = transformer;
  bench.parts.transformer = transformer(bench.parts.network, bench.sources.core());
})();
