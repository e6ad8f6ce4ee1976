/* A page in a frame and what holds it: the page tells its height and what the lesion in hand gives, and is told a theme
   and a lesion. */
(function () {
  "use strict";
  const bench = window.lesionBench, { lesion: lesions, results } = bench.parts;
  if (window.parent === window) return;
  const tell = (news) => window.parent.postMessage({ lesionBench: news }, "*");
  const grown = () => tell({ height: Math.ceil(document.body.getBoundingClientRect().height) });
  const { compare } = results;

  results.compare = async (state, lesion) => {
    const found = await compare(state, lesion);
    const given = Object.entries(lesion).filter(([, units]) => Object.keys(units).length);
    tell({ lesion: Object.fromEntries(given), accuracy: found.now.accuracy });
    return found;
  };

  addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || !data || !data.lesionBench) return;
    const { theme, lesion } = data.lesionBench;
    if (theme) {
      bench.follow(theme);
      grown(); // whoever says so listens now, and may not have when the page first told its height
    }
    if (lesion) location.hash = lesions.format({ lesion: lesions.checked(lesion), epoch: 0 }, 0) || "#bench=";
  });

  /* A frame of its own text has no address to be sent. */
  if (location.protocol === "about:") bench.place.querySelector(".lb-share").hidden = true;
  new ResizeObserver(grown).observe(document.body);
})();
