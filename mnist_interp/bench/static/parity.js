/* The check that the bench computes what PyTorch does: the same lesions, image counts compared cell by cell. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { lesion: { KIND, SAMPLED }, payload, results } = bench.parts;

  /* Reference: {lesions, counts}, the first of them empty; counts as little-endian numbers of two bytes each. */
  async function check() {
    const { lesions, counts } = await bench.take(bench.place.dataset.network + "/parity");
    const reference = new Uint16Array(payload.bytes(counts).buffer);
    const state = await payload.at(results.last());
    let worst = 0, slowest = 0, untouched = null, sample = 0, images = 0;
    for (let k = 0; k < lesions.length; k++) {
      const began = performance.now();
      const { counts: found, read, images: places } = await results.apply(state, lesions[k]);
      if (places) [sample, images] = [sample + 1, read.length];
      else slowest = Math.max(slowest, performance.now() - began);
      const size = found.length, n = Math.sqrt(size), theirs = reference.subarray(size * k, size * k + size);
      const differs = Array.from({ length: n }, (_, digit) => {
        let moved = 0; // an image read differently leaves one cell of its row and enters another
        for (let at = n * digit; at < n * digit + n; at++) moved += Math.abs(found[at] - theirs[at]) / 2;
        return moved;
      });
      worst = Math.max(worst, ...differs);
      if (!k) untouched = differs.every((difference) => !difference);
    }
    return { lesions: lesions.length - sample, images: state.labels.length, sampled: { lesions: sample, images }, worst, slowest, untouched };
  }

  function make(place) {
    const button = place.querySelector(".lb-check"), output = place.querySelector(".lb-checked");
    button.disabled = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      output.textContent = "Checking …";
      try {
        const found = await check();
        output.textContent =
          found.lesions + " lesions on " + found.images.toLocaleString("en-US") + " images each" +
          (found.sampled.lesions ? ", " + found.sampled.lesions + " that touch " + SAMPLED + " on " + found.sampled.images : "") + ": the whole network’s figures are " +
          (found.untouched ? "identical" : "not identical") + ", and under a lesion at most " + found.worst +
          (found.worst === 1 ? " image of a " + KIND + " is" : " images of a " + KIND + " are") + " classified differently" +
          (found.worst ? ", where PyTorch’s 32 bits see a tie and the bench’s 64 do not" : "") +
          ". Slowest lesion: " + found.slowest.toFixed(0) + " ms.";
      } catch (error) {
        output.textContent = "The check could not run: " + error.message + ".";
      }
      button.disabled = false;
    });
  }

  bench.parts.parity = { check, make };
})();
