/* Strokes as ink: a square of numbers in [0, 1], antialiased, the same in every browser. */
(function () {
  "use strict";
  const WIDTH = 140, SIDE = 28, STEP = WIDTH / SIDE;

  const blank = () => new Float32Array(WIDTH * WIDTH);

  /* How far (x, y) is from the way from (ax, ay) to (bx, by). */
  function distance(x, y, ax, ay, bx, by) {
    const dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
    const along = square ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
    return Math.hypot(x - ax - along * dx, y - ay - along * dy);
  }

  /* Draw, or erase, a straight piece `thickness` wide. */
  function line(ink, { thickness, erase }, ax, ay, bx, by) {
    const radius = thickness / 2, from = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - radius - 1));
    const to = (a, b) => Math.min(WIDTH, Math.ceil(Math.max(a, b) + radius + 1));
    for (let y = from(ay, by); y < to(ay, by); y++)
      for (let x = from(ax, bx); x < to(ax, bx); x++) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - distance(x + 0.5, y + 0.5, ax, ay, bx, by))), at = y * WIDTH + x;
        if (cover) ink[at] = erase ? Math.min(ink[at], 1 - cover) : Math.max(ink[at], cover);
      }
  }

  /* An image of 28 x 28 and strokes on it. */
  function whole(start, strokes) {
    const ink = blank();
    if (start) ink.forEach((_, at) => (ink[at] = start[Math.floor(Math.floor(at / WIDTH) / STEP) * SIDE + Math.floor((at % WIDTH) / STEP)]));
    for (const stroke of strokes)
      for (let p = 0; p < stroke.points.length; p += 2) {
        const before = Math.max(0, p - 2);
        line(ink, stroke, stroke.points[before], stroke.points[before + 1], stroke.points[p], stroke.points[p + 1]);
      }
    return ink;
  }

  window.yourDigit.parts.raster = { WIDTH, STEP, SIDE, blank, line, whole };
})();
