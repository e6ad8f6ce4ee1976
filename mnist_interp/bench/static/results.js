/* The one function that applies a lesion: the page shows what it gives, and `evaluate` returns it. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { engine, lesion: lesions, payload, tally } = bench.parts;
  const last = () => Number(bench.place.dataset.epochs);

  /* What is read under a lesion, counted beside the same images untouched; `images` are their places in the test set. */
  async function apply(state, lesion) {
    const { read, images } = await engine.ask({ kind: "predict", epoch: state.epoch, lesion });
    const among = (all) => (images ? Uint8Array.from(images, (image) => all[image]) : all);
    const labels = among(state.labels), untouched = among(state.untouched);
    return { read, images, labels, untouched, counts: tally.count(read, labels, state.classes), before: tally.count(untouched, labels, state.classes) };
  }

  /* Everything that the page shows of a lesion; flipped images by their place in the test set. */
  async function compare(state, lesion) {
    const { read, images, labels, untouched, counts, before } = await apply(state, lesion);
    const flips = { broken: [], mended: [], moved: [] }, now = images ? state.untouched.slice() : read;
    for (let i = 0; i < read.length; i++) {
      const was = untouched[i], is = read[i], label = labels[i], image = images ? images[i] : i;
      now[image] = is;
      if (was !== is) flips[was === label ? "broken" : is === label ? "mended" : "moved"].push(image);
    }
    return {
      state, lesion, flips, counts, before, read: now, sampled: images ? images.length : 0,
      now: tally.fractions(counts), was: tally.fractions(before),
    };
  }

  async function evaluate(given) {
    const lesion = lesions.checked(given);
    return tally.fractions((await apply(await payload.at(last()), lesion)).counts);
  }

  bench.parts.results = { apply, compare, evaluate, last };
})();
