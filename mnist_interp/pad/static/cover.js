/* The small pad of the cover: what the four networks answer, a row each. */
(function () {
  "use strict";
  const { parts } = window.yourDigit, { best, percent } = parts.readings;
  const PEN = { thickness: 14, erase: false };

  function wake() {
    const root = document.querySelector(".yd-cover"), rows = Array.from(root.querySelectorAll("tr[data-name]"));

    const says = (all) => rows.forEach((row) => {
      const shares = all && all[row.dataset.name], read = shares && best(shares);
      row.cells[1].textContent = shares ? read : "";
      row.cells[2].textContent = shares ? percent(shares[read]) + " %" : "";
    });

    const desk = parts.desk.make(root, { tool: () => PEN, says, later: () => {} });
    parts.tools.basic(root, desk.drawing, desk.lift);
    desk.remembered().catch(desk.failed).then(() => (root.dataset.awake = ""));
  }

  parts.pad = { wake };
})();
