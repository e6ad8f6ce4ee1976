/* How the confusion changes: images gained and lost by each cell; a cell in hand chooses whose images are shown. */
(function () {
  "use strict";
  const EDGES = [1, 10, 50, 200], EDGES_OF_A_SAMPLE = [1, 2, 5, 15];
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const step = (change, edges) => 4 + Math.sign(change) * edges.filter((edge) => Math.abs(change) >= edge).length;

  function make(place, act) {
    const rows = Array.from(place.querySelectorAll(".lb-confusion tbody tr")).map((row) => Array.from(row.querySelectorAll("td")));
    const counts = Array.from(place.querySelectorAll(".lb-table-confusion tbody tr")).map((row) => Array.from(row.cells).slice(1));
    let stop = [0, 0], chosen = null;

    function move(to) {
      stop = to;
      rows.forEach((row, truth) => row.forEach((cell, read) => (cell.tabIndex = truth === to[0] && read === to[1] ? 0 : -1)));
    }

    rows.forEach((row, truth) =>
      row.forEach((cell, read) => {
        cell.addEventListener("click", () => {
          move([truth, read]);
          act.cell(truth, read);
        });
        cell.addEventListener("keydown", (event) => {
          if (event.key in MOVES) {
            const to = [truth + MOVES[event.key][0], read + MOVES[event.key][1]];
            if (rows[to[0]] && rows[to[0]][to[1]]) {
              move(to);
              rows[to[0]][to[1]].focus();
            }
          } else if (event.key === "Enter" || event.key === " ") act.cell(truth, read);
          else if (event.key === "Escape" && chosen) act.cell(chosen.truth, chosen.read);
          else return;
          event.preventDefault();
        });
      })
    );
    move(stop);

    return (state) => {
      chosen = state.cell;
      rows.forEach((row, truth) =>
        row.forEach((cell, read) => {
          const now = state.counts[truth * rows.length + read], change = now - state.before[truth * rows.length + read];
          const text = change ? (change < 0 ? "−" : "+") + Math.abs(change) : "";
          if (cell.textContent !== text) cell.textContent = text;
          cell.classList.toggle("lb-long", text.length > 4); // a thousand images and their sign
          cell.dataset.step = step(change, state.sampled ? EDGES_OF_A_SAMPLE : EDGES);
          cell.setAttribute("aria-label", truth + " classified as " + read + ": " + (text || "no change") + ", now " + now);
          cell.setAttribute("aria-selected", String(Boolean(chosen) && chosen.truth === truth && chosen.read === read));
          counts[truth][read].textContent = now;
        })
      );
    };
  }

  window.lesionBench.parts.confusion = { make };
})();
