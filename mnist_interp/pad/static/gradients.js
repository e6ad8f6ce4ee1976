/* Integrated gradients of a ReLU network's logit, from the blank image to the one drawn (Sundararajan et al. 2017). */
(function () {
  "use strict";
  const STEPS = 300; // midpoints of the way

  /* What a linear map makes of numbers, before any ReLU; `w` has a row for each input. */
  function before({ units, w, b }, from, factor = 1) {
    const out = Float64Array.from(b);
    for (let i = 0; i < from.length; i++) if (from[i]) for (let k = 0; k < units; k++) out[k] += factor * from[i] * w[i * units + k];
    return out;
  }

  /* Each input's slope, from the slopes of the outputs; where a ReLU is shut there is none. */
  function back({ units, w }, slopes, inputs) {
    return Float64Array.from(inputs, (value, i) => {
      let sum = 0;
      if (value > 0) for (let k = 0; k < units; k++) sum += slopes[k] * w[i * units + k];
      return sum;
    });
  }

  /* Each pixel's share in what the logit of a digit gains from the blank image. */
  function shares({ net: { layers: [first, second], output } }, pixels, digit) {
    const gain = before(first, pixels).map((value, k) => value - first.b[k]); // linear in the step
    const slopes = new Float64Array(first.units), one = new Float64Array(output.units);
    one[digit] = 1;
    for (let step = 0; step < STEPS; step++) {
      const share = (step + 0.5) / STEPS;
      const early = gain.map((value, k) => Math.max(0, first.b[k] + share * value));
      const late = before(second, early).map((value) => Math.max(0, value));
      back(second, back(output, one, late), early).forEach((slope, k) => (slopes[k] += slope / STEPS));
    }
    return Array.from(pixels, (ink, p) => {
      let sum = 0;
      for (let k = 0; k < first.units && ink; k++) sum += slopes[k] * first.w[p * first.units + k];
      return ink * sum;
    });
  }

  window.yourDigit.parts.gradients = { shares };
})();
