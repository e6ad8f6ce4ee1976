/* The drawing beside the moved test images: what perceptrons and the CNN read in it, shifted and turned. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad;
  const SIDE = 28, MIDDLE = (SIDE - 1) / 2;
  const NAMES = { published: "Published", normalized: "Normalized", cnn: "CNN" };
  const ORDER = "Moved up, right, down, and left; turned left and right";
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
    ...SHIFTS.map((by) => ({ head: "Moved by " + by + (by > 1 ? " pixels" : " pixel"), all: AIMS.map(([way, down, right]) => [way, (pixels) => shifted(pixels, by * down, by * right)]) })),
    ...TURNS.map((by) => ({ head: "Turned by " + by + "°", all: WAYS.map(([way, sign]) => [way, (pixels) => turned(pixels, sign * by)]) })),
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

  const head = (text, scope) => Object.assign(element("th", text), { scope });

  /* The digits read after the ways of a move, each of which has its name; `still` is what is read in place. */
  function cell(ways, still) {
    const made = element("td", "");
    made.append(...ways.map(({ way, digit }) => Object.assign(element("span", digit, digit === still ? "" : "yd-turned"), { title: way })));
    return made;
  }

  /* A row for each move, a column for each network. */
  function table(all) {
    const made = element("table", ""), names = made.createTHead().insertRow(), body = made.createTBody();
    made.createCaption().textContent = ORDER;
    names.append(head("Move", "col"), ...all.map(({ name }) => head(NAMES[name], "col")));
    body.insertRow().append(head("In place", "row"), ...all.map(({ still }) => element("td", still)));
    MOVES.forEach((move, k) => body.insertRow().append(head(move.head, "row"), ...all.map(({ still, moved }) => cell(moved[k], still))));
    return made;
  }

  function wire(root, line) {
    const box = Object.assign(element("div", "", "yd-moved"), { tabIndex: 0 });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Your digit, moved and turned");
    line.box.after(box);
    box.hidden = true;
    return async (pixels) => {
      box.hidden = !pixels;
      if (!pixels) return;
      await pad.computing();
      const all = readings(await parts.networks.load(), pixels);
      const share = ({ still, moved }) => moved.flat().filter(({ digit }) => digit === still).length;
      const total = all[0].moved.flat().length;
      box.replaceChildren(table(all));
      const [first, ...others] = all.map((one) => share(one));
      line.say("Yours, moved and turned in " + total + " ways, gets the same answer as in place " + first + " times from the published network, " +
        others[0] + " from the normalized network and " + others[1] + " from the CNN.");
    };
  }

  parts.places.moved = { wire, readings, behind: (root, box) => root.querySelector("figcaption").before(box) };
})();
