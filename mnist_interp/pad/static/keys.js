/* Drawing by keyboard: a pen on the grid of 28 x 28, moved by arrows, lowered and lifted by space. */
(function () {
  "use strict";
  const { raster: { SIDE, STEP } } = window.yourDigit.parts;
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const LONG = 4;

  function wire(place, drawing, tool, say) {
    const cursor = document.createElement("i");
    cursor.className = "yd-cursor";
    place.append(cursor);
    let x = 13, y = 6, down = false;

    function show() {
      place.style.setProperty("--yd-x", (x + 0.5) / SIDE);
      place.style.setProperty("--yd-y", (y + 0.5) / SIDE);
      place.classList.toggle("yd-down", down);
    }

    const told = () => say("Row " + (y + 1) + ", column " + (x + 1) + ", pen " + (down ? "down" : "up"));
    const lift = () => {
      down = false;
      show();
    };

    const acts = {
      " ": () => {
        down = !down;
        if (down) drawing.begin((x + 0.5) * STEP, (y + 0.5) * STEP, tool());
      },
      Escape: () => (down = false),
      u: () => {
        down = false;
        drawing.undo();
      },
    };

    place.addEventListener("keydown", (event) => {
      const move = MOVES[event.key], act = acts[event.key] || acts[event.key.toLowerCase()];
      if ((!move && !act) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      place.classList.add("yd-by-keys");
      if (move) {
        const far = event.shiftKey ? LONG : 1, inside = (cell) => Math.min(SIDE - 1, Math.max(0, cell));
        [x, y] = [inside(x + far * move[0]), inside(y + far * move[1])];
        if (down) drawing.extend((x + 0.5) * STEP, (y + 0.5) * STEP);
      } else act();
      show();
      told();
    });
    place.addEventListener("keyup", (event) => event.key === "Tab" && place.classList.add("yd-by-keys"));
    place.addEventListener("blur", lift);
    place.addEventListener("pointerdown", () => {
      place.classList.remove("yd-by-keys");
      lift();
    });
    show();
    return { lift };
  }

  window.yourDigit.parts.keys = { wire };
})();
