/* Accuracy, overall and by digit, now and untouched: the large figure, the sentence, the bars, the tables. */
(function () {
  "use strict";
  const { lesion: lesions } = window.lesionBench.parts;
  const percent = (share) => (100 * share).toFixed(2) + "%";
  const tenth = (share) => (Number.isNaN(share) ? "–" : (100 * share).toFixed(1));
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const signed = (share, digits) => {
    const text = (100 * Math.abs(share || 0)).toFixed(digits);
    return +text === 0 ? "±0" : (share < 0 ? "−" : "+") + text;
  };

  function sentence({ lesion, epochNow, last, now, was, flips, sampled }) {
    const count = lesions.list(lesion).length, on = sampled ? ", on " + sampled + " test images, " + sampled / 10 + " of each digit" : "";
    const when = epochNow === last ? "" : " After epoch " + epochNow + ".";
    if (!count) return "The network as it was trained." + when + " Choose " + lesions.NOUNS.map((noun) => "a " + noun).join(" or ") + " to silence it.";
    const falls = now.classAccuracy.map((share, digit) => was.classAccuracy[digit] - share || 0); // no image of a class: no fall
    const worst = falls.indexOf(Math.max(...falls));
    const most =
      falls[worst] > 0
        ? " " + capital(lesions.KIND) + " " + worst + " suffers most: from " + tenth(was.classAccuracy[worst]) + " to " + tenth(now.classAccuracy[worst]) + "%."
        : " No " + lesions.KIND + " suffers.";
    const broken = flips.broken.length.toLocaleString("en-US"), mended = flips.mended.length.toLocaleString("en-US");
    return lesions.words(lesion) + on + "." + when + most + " " + broken + (flips.broken.length === 1 ? " image" : " images") + " broken, " + mended + " mended.";
  }

  function make(place, act) {
    const rows = Array.from(place.querySelectorAll(".lb-classes tbody tr"));
    const big = place.querySelector(".lb-big"), change = place.querySelector(".lb-change");
    const summary = place.querySelector(".lb-summary"), spoken = place.querySelector(".lb-spoken");
    const table = place.querySelector(".lb-table-classes tbody");
    let saying = null;

    rows.forEach((row, digit) => {
      const button = row.querySelector("button");
      button.disabled = false;
      button.addEventListener("click", () => act.digit(digit));
    });

    function say(text) {
      clearTimeout(saying); // one sentence a pause, not one a step of the slider
      saying = setTimeout(() => (spoken.textContent = text), 500);
    }

    return (state) => {
      const { now, was, flips } = state;
      big.textContent = percent(now.accuracy);
      change.textContent = lesions.list(state.lesion).length ? signed(now.accuracy - was.accuracy, 2) + " points" : "untouched";
      summary.textContent = sentence(state);
      const hidden = state.foreseeing ? "Predict first: which " + lesions.KIND + " will suffer most?" : null;
      say(hidden || percent(now.accuracy) + " read right. " + summary.textContent);
      rows.forEach((row, digit) => {
        const share = now.classAccuracy[digit], delta = share - was.classAccuracy[digit];
        row.style.setProperty("--lb-now", share || 0);
        row.style.setProperty("--lb-was", was.classAccuracy[digit] || 0);
        row.querySelector(".lb-now").textContent = tenth(share);
        row.querySelector(".lb-delta").textContent = delta ? signed(delta, 1) : "";
        row.querySelector("button").setAttribute("aria-pressed", String(state.digit === digit));
        const cells = table.rows[digit].cells;
        const count = (list) => list.filter((image) => state.state.labels[image] === digit).length;
        [tenth(was.classAccuracy[digit]), tenth(share), signed(delta, 1), count(flips.broken), count(flips.mended)].forEach(
          (text, column) => (cells[column + 1].textContent = text)
        );
      });
    };
  }

  window.lesionBench.parts.classes = { make };
})();
