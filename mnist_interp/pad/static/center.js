/* A drawing as MNIST was made: scaled into a box of 20 x 20, antialiased, its center of mass in the middle of 28 x 28. */
(function () {
  "use strict";
  const SIDE = 28, BOX = 20, MIDDLE = 14; // the mean of MNIST's centers of mass is at pixel 14, counted from 0
  const ROOM = SIDE; // around the box, for what lies beyond it before the picture is moved
  const FAINT = 0.05; // ink below this does not decide how large a drawing is

  const pad = (window.yourDigit = window.yourDigit || { parts: {} });

  /* The first and the last place along one axis where there is ink. */
  function reach(pixels, width, at) {
    let first = -1, last = -1;
    for (let one = 0; one < width; one++) {
      let inked = false;
      for (let other = 0; other < width && !inked; other++) inked = pixels[at(one, other)] > FAINT;
      if (inked) last = one;
      if (inked && first < 0) first = one;
    }
    return { first, size: last - first + 1 };
  }

  /* Which share of each old pixel lies in each new one, along one axis: (new, old, share) in a row. */
  function shares(width, first, scale) {
    const found = [], length = BOX + 2 * ROOM;
    for (let to = 0; to < length; to++) {
      const start = first + (to - ROOM) / scale, end = start + 1 / scale;
      for (let from = Math.max(0, Math.floor(start)); from < Math.min(width, end); from++) {
        const part = Math.min(end, from + 1) - Math.max(start, from);
        if (part > 1e-9) found.push([to, from, part * scale]);
      }
    }
    return found;
  }

  /* Means over the areas of the new pixels: down, then across. */
  function scaled(pixels, width, rows, columns, scale) {
    const length = BOX + 2 * ROOM, down = new Float64Array(length * width), out = new Float64Array(length * length);
    for (const [to, from, share] of shares(width, rows.first, scale))
      for (let x = 0; x < width; x++) down[to * width + x] += share * pixels[from * width + x];
    for (const [to, from, share] of shares(width, columns.first, scale))
      for (let y = 0; y < length; y++) out[y * length + to] += share * down[y * width + from];
    return { out, length };
  }

  function centerOfMass(pixels, length) {
    let mass = 0, across = 0, down = 0;
    for (let y = 0; y < length; y++)
      for (let x = 0; x < length; x++) {
        const ink = pixels[y * length + x];
        mass += ink;
        across += ink * x;
        down += ink * y;
      }
    return { x: across / mass, y: down / mass };
  }

  /* 784 numbers in [0, 1] out of a square drawing of `width` x `width` of them; of an empty one 784 zeros. */
  pad.center = function (pixels, width) {
    if (!Number.isInteger(width) || width < 1 || !pixels || pixels.length !== width * width)
      throw new Error("expected a square drawing of width x width numbers");
    const image = new Array(SIDE * SIDE).fill(0);
    const rows = reach(pixels, width, (one, other) => one * width + other);
    if (rows.first < 0) return image;
    const columns = reach(pixels, width, (one, other) => other * width + one);
    const { out, length } = scaled(pixels, width, rows, columns, BOX / Math.max(rows.size, columns.size));
    const middle = centerOfMass(out, length);
    const top = Math.round(middle.y) - MIDDLE, left = Math.round(middle.x) - MIDDLE;
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const row = y + top, column = x + left;
        if (row >= 0 && row < length && column >= 0 && column < length)
          image[y * SIDE + x] = Math.min(1, Math.max(0, out[row * length + column]));
      }
    return image;
  };

  /* The same without centering: the whole drawing as 28 x 28, each the mean of its square. `width` is a multiple. */
  pad.parts.asDrawn = function (pixels, width) {
    const step = width / SIDE, image = new Array(SIDE * SIDE).fill(0);
    for (let y = 0; y < width; y++)
      for (let x = 0; x < width; x++)
        image[Math.floor(y / step) * SIDE + Math.floor(x / step)] += pixels[y * width + x] / (step * step);
    return image.map((ink) => Math.min(1, ink));
  };
})();
