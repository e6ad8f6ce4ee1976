/* Numbers and images out of payloads. */
(function () {
  "use strict";
  const pad = window.yourDigit;
  const PIXELS = 784;

  function bytes(text) {
    const binary = atob(text), out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  }

  const floats = (text) => new Float32Array(bytes(text).buffer);

  /* Deflated images, a byte a pixel, with the labels behind them. */
  async function images(text) {
    const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    const all = new Uint8Array(await new Response(stream).arrayBuffer()), count = all.length / (PIXELS + 1);
    return { count, pixels: all.subarray(0, count * PIXELS), labels: all.subarray(count * PIXELS) };
  }

  pad.parts.payload = { bytes, floats, images };
})();
