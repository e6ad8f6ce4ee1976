/* Predict first: the results wait until the reader has said which digit will suffer most. */
(function () {
  "use strict";
  const { lesion: lesions } = window.lesionBench.parts;

  function make(place, act) {
    const toggle = place.querySelector(".lb-foresee"), box = place.querySelector(".lb-guess");
    const question = box.querySelector("p"), buttons = Array.from(box.querySelectorAll("button")), results = place.querySelector(".lb-results");
    const hints = place.querySelectorAll(".lb-veiled"); // what is hidden, where it stood
    const answered = new Set();
    let on = false, now = null, asked = 0, right = 0;

    toggle.addEventListener("click", () => {
      on = !on;
      toggle.setAttribute("aria-pressed", String(on));
      act.again();
    });
    buttons.forEach((button, digit) => button.addEventListener("click", () => answer(digit)));

    const key = (state) => lesions.format({ lesion: state.lesion, epoch: state.epochNow }, -1);

    function answer(digit) {
      const falls = now.now.classAccuracy.map((share, d) => now.was.classAccuracy[d] - share || 0);
      const worst = Math.max(...falls);
      answered.add(key(now));
      asked += 1;
      if (worst > 0 && falls[digit] === worst) right += 1;
      const truth = worst > 0 ? "it is " + lesions.KIND + " " + falls.indexOf(worst) + ", which loses " + (100 * worst).toFixed(1) + " points" : "no " + lesions.KIND + " suffers";
      question.textContent = "You said " + digit + "; " + truth + ". " + right + " of " + asked + " foreseen.";
      act.again();
    }

    /* Whether the results of this state still wait for a guess. */
    return (state) => {
      const waits = on && lesions.list(state.lesion).length > 0 && !answered.has(key(state));
      now = state;
      box.hidden = !on;
      buttons.forEach((button) => (button.disabled = !waits));
      if (waits) question.textContent = "Which " + lesions.KIND + " will suffer most?";
      else if (on && !lesions.list(state.lesion).length) question.textContent = "Choose a lesion; its results will wait for your guess.";
      place.classList.toggle("lb-waiting", waits);
      hints.forEach((hint) => (hint.hidden = !waits));
      results.inert = waits;
      return waits;
    };
  }

  window.lesionBench.parts.predict = { make };
})();
