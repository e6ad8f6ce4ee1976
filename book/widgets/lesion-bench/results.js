/* The one function that applies a lesion: the page shows what it gives, and `evaluate` returns it. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { core, lesion: lesions, payload } = bench.parts;
  const last = () => Number(bench.place.dataset.epochs);

  function apply(state, lesion) {
    const read = core.predict(state.net, state.base, lesion);
    return { read, counts: core.tally(read, state.labels) };
  }

  /* Everything that the page shows of a lesion. */
  function compare(state, lesion) {
    const began = performance.now();
    const now = apply(state, lesion);
    const milliseconds = performance.now() - began;
    const before = core.tally(state.untouched, state.labels);
    const flips = { broken: [], mended: [], moved: [] };
    for (let i = 0; i < now.read.length; i++) {
      const was = state.untouched[i], is = now.read[i], label = state.labels[i];
      if (was !== is) flips[was === label ? "broken" : is === label ? "mended" : "moved"].push(i);
    }
    return {
      state, lesion, milliseconds, flips, ...now, before,
      now: core.fractions(now.counts), was: core.fractions(before),
    };
  }

  async function evaluate(given) {
    const lesion = lesions.checked(given);
    return core.fractions(apply(await payload.at(last()), lesion).counts);
  }

  bench.parts.results = { apply, compare, evaluate, last };
})();
