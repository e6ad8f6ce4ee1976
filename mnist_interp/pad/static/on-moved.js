/* The drawing beside the moved test images: what perceptrons and the CNN read in it, shifted and turned. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad;
  const SIDE = 28, MIDDLE = (SIDE - 1) / 2;
  const NAMES = { published: "Published", normalized: "Normalized", cnn: "CNN" };
  const SHIFTS = [1, 2, 3, 4], TURNS = [10, 20, 30, 45]; // pixels; degrees
  const AIMS = [["up", -1, 0], ["right", 0, 1], ["down", 1, 0], ["left", 0, -1]];
  const WAYS = [["left", 1], ["right", -1]]; // counterclockwise, and clockwise

  const inside = (y, x) => y >= 0 && y < SIDE && x >= 0 && x < SIDE;

  /* By whole pixels; blanks enter. */
  const shifted = (pixels, down, right) =>
    pixels.map((_, p) => {
      const y = Math.floor(p / SIDE) - down, x = (p % SIDE) - right;
      return inside(y, x) ? pixels[y * SIDE + x] : 0;
    });

  /* Counterclockwise about the middle, bilinear, as torchvision turns. */
  function turned(pixels, degrees) {
    const cos = Math.cos((degrees * Math.PI) / 180), sin = Math.sin((degrees * Math.PI) / 180);
    return pixels.map((_, p) => {
      const down = Math.floor(p / SIDE) - MIDDLE, right = (p % SIDE) - MIDDLE;
      const x = cos * right - sin * down + MIDDLE, y = sin * right + cos * down + MIDDLE;
      const left = Math.floor(x), top = Math.floor(y);
      let sum = 0;
      for (const [row, column] of [[top, left], [top, left + 1], [top + 1, left], [top + 1, left + 1]])
        if (inside(row, column)) sum += pixels[row * SIDE + column] * (1 - Math.abs(y - row)) * (1 - Math.abs(x - column));
      return Math.min(1, Math.max(0, sum));
    });
  }

  const MOVES = [
    ...SHIFTS.map((by) => ({ head: "by " + by, all: AIMS.map(([way, down, right]) => [way, (pixels) => shifted(pixels, by * down, by * right)]) })),
    ...TURNS.map((by) => ({ head: by + "°", all: WAYS.map(([way, sign]) => [way, (pixels) => turned(pixels, sign * by)]) })),
  ];

  /* What each network reads: in place, and after each move, in the order of its ways. */
  function readings(networks, pixels) {
    const best = (logits) => logits.indexOf(Math.max(...logits));
    return Object.keys(NAMES).map((name) => {
      const read = (image) => best(networks[name].logits(image));
      return { name, still: read(pixels), moved: MOVES.map(({ all }) => all.map(([way, move]) => ({ way, digit: read(move(pixels)) }))) };
    });
  }

  const element = (kind, text, name = "") => Object.assign(document.createElement(kind), { textContent: text, className: name });

  function head(text, scope, columns = 1) {
    return Object.assign(element("th", text), { scope, colSpan: columns });
  }

  function table(all) {
    const made = element("table", ""), top = made.createTHead(), groups = top.insertRow(), names = top.insertRow(), body = made.createTBody();
    groups.append(head("", "col"), head("", "col"), head("moved, pixels: up, right, down, left", "colgroup", SHIFTS.length), head("turned: left, right", "colgroup", TURNS.length));
    names.append(head("", "col"), head("in place", "col"), ...MOVES.map((move) => head(move.head, "col")));
    for (const { name, still, moved } of all) {
      const row = body.insertRow();
      row.append(head(NAMES[name], "row"), element("td", still));
      for (const ways of moved) {
        const cell = row.insertCell();
        for (const { way, digit } of ways) {
          const one = element("span", digit, digit === still ? "" : "yd-turned");
          one.title = way;
          cell.append(one);
        }
      }
    }
    return made;
  }

  function wire(root, line) {
    const box = Object.assign(element("div", "", "yd-moved"), { tabIndex: 0 });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Your digit, moved and turned");
    line.box.after(box);
    return async (pixels) => {
      box.hidden = !pixels;
      if (!pixels) return;
      await pad.computing();
      const all = readings(await parts.networks.load(), pixels);
      const share = ({ still, moved }) => moved.flat().filter(({ digit }) => digit === still).length;
      const total = all[0].moved.flat().length;
      box.replaceChildren(table(all));
      line.say("Yours, moved and turned in " + total + " ways, keeps its reading: " + all.map((one) => NAMES[one.name] + " " + share(one)).join(", ") + ".");
    };
  }

  parts.places.moved = { wire, readings, behind: (root, box) => root.querySelector("figcaption").before(box) };
})();
