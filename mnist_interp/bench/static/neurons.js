/* The neurons, or channels, and the dose of the one in hand: click cycles whole, silent, mean; the slider sets anything between. */
(function () {
  "use strict";
  const { lesion: lesions } = window.lesionBench.parts;
  const ACROSS = 8;
  const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS };

  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const label = (value) => (value === "mean" ? "x̄" : value === 1 ? "" : value === 0 ? "0" : value + "×");
  const following = (value) => (value === 0 ? "mean" : value === 1 ? 0 : 1);
  const rounded = (value) => Math.min(3, Math.max(0, Math.round(value * 20) / 20));

  function make(place, act) {
    const cells = Array.from(place.querySelectorAll(".lb-neuron"));
    const slider = place.querySelector(".lb-range"), shown = place.querySelector(".lb-dose output");
    const name = place.querySelector(".lb-dose-name");
    const mean = place.querySelector(".lb-mean"), restore = place.querySelector(".lb-restore");
    let lesion = lesions.whole(), hand = cells[0];

    const at = (cell) => [cell.dataset.layer, +cell.dataset.unit];
    const value = (cell) => lesions.dose(lesion, ...at(cell));
    const give = (cell, dose, passing) => act.lesion(lesions.set(lesion, ...at(cell), dose), passing);

    function take(cell) {
      hand = cell;
      show();
    }

    function key(event) {
      const cell = event.currentTarget, group = cells.filter((other) => other.dataset.layer === cell.dataset.layer);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in MOVES) {
        const next = group[group.indexOf(cell) + MOVES[event.key]];
        if (next) next.focus();
      } else if (/^[0-3]$/.test(event.key)) give(cell, +event.key);
      else if (event.key === "m") give(cell, "mean");
      else if (event.key === "Delete" || event.key === "Backspace") give(cell, 1);
      else if (event.key === "+" || event.key === "-") {
        const now = value(cell);
        give(cell, rounded((now === "mean" ? 1 : now) + (event.key === "+" ? 0.25 : -0.25)));
      } else return;
      event.preventDefault();
    }

    function show() {
      for (const cell of cells) {
        const [layer, unit] = at(cell), dose = value(cell);
        cell.dataset.dose = dose === "mean" ? "mean" : dose === 1 ? "whole" : dose < 1 ? "less" : "more";
        cell.style.setProperty("--lb-fill", dose === "mean" ? 0 : Math.min(1, dose));
        cell.querySelector("i").textContent = label(dose);
        cell.setAttribute("aria-label", unit + " of " + lesions.called(layer).label + ", " + lesions.doseWords(dose, layer));
        cell.setAttribute("aria-pressed", String(dose !== 1));
        cell.classList.toggle("lb-in-hand", cell === hand);
        const first = cells.find((other) => other.dataset.layer === layer);
        const stop = hand.dataset.layer === layer ? hand : first;
        cell.tabIndex = cell === stop ? 0 : -1;
      }
      const [layer, unit] = at(hand), dose = value(hand);
      name.textContent = capital(lesions.called(layer).noun) + " " + unit + ", " + lesions.called(layer).label;
      if (dose !== "mean") slider.value = dose;
      slider.setAttribute("aria-valuetext", lesions.doseWords(dose, layer));
      shown.textContent = dose === "mean" ? "mean" : dose.toFixed(2);
      mean.setAttribute("aria-pressed", String(dose === "mean"));
      restore.disabled = dose === 1;
    }

    for (const cell of cells) {
      cell.addEventListener("focus", () => take(cell));
      cell.addEventListener("click", () => {
        take(cell);
        give(cell, following(value(cell)));
      });
      cell.addEventListener("keydown", key);
      cell.disabled = false;
    }
    slider.addEventListener("input", () => give(hand, rounded(+slider.value), true));
    mean.addEventListener("click", () => give(hand, value(hand) === "mean" ? 1 : "mean"));
    restore.addEventListener("click", () => {
      give(hand, 1);
      hand.focus();
    });

    return (state) => {
      const before = lesion;
      lesion = state.lesion;
      const changed = cells.filter((cell) => value(cell) !== lesions.dose(before, ...at(cell)));
      if (changed.length && !changed.includes(hand)) hand = changed[0]; // a link or an undo: take up what it touched
      show();
    };
  }

  window.lesionBench.parts.neurons = { make };
})();
