/* A drawing as text for a link: bytes, in the alphabet of addresses. What is no drawing is refused as null. */
(function () {
  "use strict";
  const { raster: { WIDTH }, drawing: { MOST } } = window.yourDigit.parts;
  const VERSION = 1, STARTS = 100, ERASES = 128, THICKEST = 60;
  const TEXT = /^[A-Za-z0-9_-]{2,16000}$/;

  /* Version, the test image to start from (1 to 100, or 0), then for each stroke its thickness, with the eraser's bit,
     how many points it has, in two bytes, and their places. */
  function encode({ start, strokes }) {
    const bytes = [VERSION, start ? start.number + 1 : 0];
    for (const { thickness, erase, points } of strokes) {
      const count = points.length / 2;
      bytes.push(thickness + (erase ? ERASES : 0), count >> 8, count & 255, ...points);
    }
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function read(text) {
    try {
      return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
    } catch (error) {
      return [];
    }
  }

  /* The drawing, with the number of its test image or null in `start`. */
  function decode(text) {
    const bytes = TEXT.test(text) ? read(text) : [], strokes = [];
    if (bytes[0] !== VERSION || bytes.length < 2 || bytes[1] > STARTS) return null;
    let at = 2, total = 0;
    while (at < bytes.length) {
      const thickness = bytes[at] % ERASES, erase = bytes[at] >= ERASES, count = bytes[at + 1] * 256 + bytes[at + 2];
      const points = Array.from(bytes.slice(at + 3, at + 3 + 2 * count));
      total += count;
      if (!count || total > MOST || !thickness || thickness > THICKEST || points.length !== 2 * count) return null;
      if (points.some((place) => place > WIDTH)) return null;
      strokes.push({ thickness, erase, points });
      at += 3 + 2 * count;
    }
    return { start: bytes[1] ? bytes[1] - 1 : null, strokes };
  }

  window.yourDigit.parts.code = { encode, decode };
})();
