/* What the four networks say, side by side: a bar and a number for each digit. */
(function () {
  "use strict";

  /* A probability in percent, as the page writes it. */
  const percent = (share) => (share >= 0.9995 || share < 0.0005 ? (100 * share).toFixed(0) : (100 * share).toFixed(1));
  const best = (shares) => shares.indexOf(Math.max(...shares));

  function make(table) {
    const names = ["published", "normalized", "cnn", "transformer"];
    const rows = Array.from(table.tBodies[0].rows);

    /* `all`: ten probabilities by network, or nothing. */
    return (all) => rows.forEach((row, digit) => names.forEach((name, place) => {
      const cell = row.cells[place + 1], share = all ? all[name][digit] : 0;
      cell.firstChild.textContent = all ? percent(share) : "";
      cell.style.setProperty("--yd-share", share.toFixed(4));
      cell.classList.toggle("yd-best", Boolean(all) && best(all[name]) === digit);
    }));
  }

  window.yourDigit.parts.readings = { make, percent, best };
})();
