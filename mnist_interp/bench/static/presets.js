/* The lesions that the page's text speaks of, a button each: once sets it, once more takes it back. */
(function () {
  "use strict";
  const { lesion: lesions } = window.lesionBench.parts;

  function make(place, act) {
    const same = (one, other) => lesions.format({ lesion: one }) === lesions.format({ lesion: other });
    const presets = Array.from(place.querySelectorAll(".lb-preset"), (button) => ({
      button, lesion: lesions.parse("#bench=" + button.dataset.lesion).lesion,
    }));
    for (const { button, lesion } of presets) {
      button.disabled = false;
      button.addEventListener("click", () => act.ready(button.getAttribute("aria-pressed") === "true" ? lesions.whole() : lesion));
    }

    return (state) => presets.forEach(({ button, lesion }) => button.setAttribute("aria-pressed", String(same(lesion, state.lesion))));
  }

  window.lesionBench.parts.presets = { make };
})();
