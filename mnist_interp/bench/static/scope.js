/* Which images the figures are of: all, or a sample; and, while there is nothing to show yet, how far the bench is. */
(function () {
  "use strict";
  const { payload, results, lesion: lesions } = window.lesionBench.parts;

  function make(place) {
    const marks = Array.from(place.querySelectorAll(".lb-on")), of = place.querySelector(".lb-of");
    const words = place.querySelector(".lb-summary"), spoken = place.querySelector(".lb-spoken");
    let awaited = null;

    payload.listen((epoch, share) => {
      if (epoch !== awaited) return;
      if (!place.classList.contains("lb-preparing")) spoken.textContent = "Preparing: the network reads the " + lesions.IMAGES + ".";
      place.classList.add("lb-preparing");
      words.textContent =
        "Preparing: the network " + (results.last() ? "after epoch " + epoch + " " : "") + "reads the " + lesions.IMAGES + ", " + Math.round(100 * share) +
        "% done. Then a lesion takes a moment. Meanwhile the table “Every " + lesions.NOUNS.join(" and ") +
        " alone” below holds.";
    });

    return {
      await: (epoch) => (awaited = epoch),
      show({ sampled }) {
        awaited = null;
        place.classList.remove("lb-preparing");
        place.classList.toggle("lb-sampled", sampled > 0);
        of.textContent = sampled ? sampled + " test images" : "all " + lesions.IMAGES;
        marks.forEach((mark) => (mark.textContent = sampled ? " (of " + sampled + ")" : ""));
      },
    };
  }

  window.lesionBench.parts.scope = { make };
})();
