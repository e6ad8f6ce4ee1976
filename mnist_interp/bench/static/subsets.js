/* The link to the figure of every subset: it carries what is left of the layer, where a lesion is a subset of it. */
(function () {
  "use strict";
  const { lesion: lesions } = window.lesionBench.parts;
  const GAMES = { mean: "mean", 0: "zero" };

  /* What a lesion keeps of a layer, as the figure's address has it; null if it is no subset of the trained layer's units,
     the others all at their means or all at zero. */
  function address({ lesion, epoch }, layer, last) {
    const all = lesions.list(lesion), [first] = all;
    if (!first || epoch !== last || !(first.value in GAMES)) return null;
    if (all.some((one) => one.layer !== layer || one.value !== first.value)) return null;
    const gone = all.map(({ unit }) => unit), { units } = lesions.called(layer);
    const kept = Array.from({ length: units }, (_, unit) => unit).filter((unit) => !gone.includes(unit));
    return "#subset=" + GAMES[first.value] + ":" + kept.join(",");
  }

  function make(place) {
    const link = place.querySelector(".lb-subsets a");
    if (!link) return () => {};
    const { hash: plain, textContent: words } = link;

    return (state, last) => {
      const own = address(state, link.dataset.layer, last);
      link.hash = own || plain;
      link.textContent = own ? link.dataset.words : words;
    };
  }

  window.lesionBench.parts.subsets = { make };
})();
