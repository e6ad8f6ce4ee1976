/* The neurons, or channels, and the dose of the one in hand: a click goes on to the next of zero, the
   constants that a unit can be held at, and whole; the slider sets anything between. */
(function () {
  "use strict";
  const { lesion: lesions } = window.lesionBench.parts;
  const ACROSS = 8;
  const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS };

  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const KEYS = new Map(lesions.CONSTANTS.map(({ key, name }) => [key, name]));
  const CYCLE = [1, 0, ...KEYS.values()];
  const label = (value) => (lesions.isHeld(value) ? lesions.constant(value).label : value === 1 ? "" : value === 0 ? "off" : value + "×");
  const following = (value) => (CYCLE.includes(value) ? CYCLE[(CYCLE.indexOf(value) + 1) % CYCLE.length] : 1);

  function make(place, act) {
    const cells = Array.from(place.querySelectorAll(".lb-neuron"));
    const slider = place.querySelector(".lb-range"), shown = place.querySelector(".lb-dose output");
    const name = place.querySelector(".lb-dose-name");
    const restore = place.querySelector(".lb-restore");
    const holds = lesions.CONSTANTS.map(({ name }) => [name, place.querySelector(".lb-" + name)]);
    const parts = Math.round(1 / slider.step), rounded = (value) => Math.min(3, Math.max(0, Math.round(value * parts) / parts));
    const more = Math.max(0.25, slider.step);
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
      else if (KEYS.has(event.key)) give(cell, KEYS.get(event.key));
      else if (event.key === "Delete" || event.key === "Backspace") give(cell, 1);
      else if (event.key === "+" || event.key === "-") {
        const now = value(cell);
        give(cell, rounded((lesions.isHeld(now) ? 1 : now) + (event.key === "+" ? more : -more)));
      } else return;
      event.preventDefault();
    }

    function show() {
      for (const cell of cells) {
        const [layer, unit] = at(cell), dose = value(cell);
        cell.dataset.dose = lesions.isHeld(dose) ? "held" : dose === 1 ? "whole" : dose < 1 ? "less" : "more";
        if (lesions.isHeld(dose)) cell.style.setProperty("--lb-hatch", lesions.constant(dose).hatch);
        cell.style.setProperty("--lb-fill", lesions.isHeld(dose) ? 0 : Math.min(1, dose));
        cell.querySelector("i").textContent = label(dose);
        cell.setAttribute("aria-label", unit + " of " + lesions.called(layer).label + ", " + lesions.doseWords(dose, layer));
        cell.setAttribute("aria-pressed", String(dose !== 1));
        cell.classList.toggle("lb-in-hand", cell === hand);
        const first = cells.find((other) => other.dataset.layer === layer);
        const stop = hand.dataset.layer === layer ? hand : first;
        cell.tabIndex = cell === stop ? 0 : -1;
      }
      const [layer, unit] = at(hand), dose = value(hand);
      name.textContent = capital(lesions.called(layer).noun) + " " + unit + " of " + lesions.called(layer).label;
      if (!lesions.isHeld(dose)) slider.value = dose;
      slider.setAttribute("aria-valuetext", lesions.doseWords(dose, layer));
      shown.textContent = lesions.isHeld(dose) ? lesions.called(layer)[dose] : dose.toFixed(2);
      for (const [constant, button] of holds) button.setAttribute("aria-pressed", String(dose === constant));
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
    window.mi.heed(slider, (dose) => give(hand, rounded(dose), true));
    for (const [constant, button] of holds) {
      button.addEventListener("click", () => give(hand, value(hand) === constant ? 1 : constant));
    }
    restore.addEventListener("click", () => {
      give(hand, 1);
      hand.focus();
    });

    function follow(state) {
      const before = lesion;
      lesion = state.lesion;
      const changed = cells.filter((cell) => value(cell) !== lesions.dose(before, ...at(cell)));
      const lesioned = changed.filter((cell) => value(cell) !== 1), touched = lesioned.length ? lesioned : changed;
      if (touched.length && !touched.includes(hand)) hand = touched[0]; // an undo: take up what it lesions again
      show();
    }

    /* Take a lesion's first unit in hand, if it has any. */
    function reach() {
      const [first] = lesions.list(lesion);
      if (first) take(cells.find((cell) => cell.dataset.layer === first.layer && +cell.dataset.unit === first.unit));
    }

    return { follow, reach };
  }

  window.lesionBench.parts.neurons = { make };
})();
