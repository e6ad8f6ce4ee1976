/* The drawing on this device in the chapters: each place on a page that can show it, and the one switch that hides it. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad;
  const PLACES = { "#fig-dossier": "dossier", "#fig-honesty": "map", "#fig-moved": "moved", ".mi-bench": "lesion" };
  const found = Object.entries(PLACES).flatMap(([selector, name]) => {
    const root = document.querySelector(selector);
    return root ? [{ root, name }] : [];
  });
  if (!found.length) return;

  const element = (kind, name = "") => Object.assign(document.createElement(kind), { className: name });

  /* The line of a place: the drawing, what there is to say of it, and the switch. */
  function line(root, behind) {
    const box = element("div", "yd-along"), canvas = element("canvas"), words = element("p"), button = element("button");
    canvas.width = canvas.height = 28;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Your digit");
    words.setAttribute("role", "status");
    button.type = "button";
    button.addEventListener("click", () => {
      parts.keep.hide(!parts.keep.hidden());
      update();
    });
    box.append(canvas, words, button);
    box.hidden = true;
    behind(root, box);
    return {
      box,
      say: (text) => (words.textContent = text),
      /* `pixels` are null where there is nothing to show, and then there may be something `hidden`. */
      show(pixels, hidden) {
        box.hidden = !pixels && !hidden;
        canvas.hidden = words.hidden = !pixels;
        button.textContent = pixels ? "Hide" : "Show your digit";
        button.setAttribute("aria-label", pixels ? "Hide your digit" : "Show your digit");
        words.textContent = "Your digit is being read …";
        if (pixels) parts.ink.gray(canvas, pixels);
      },
    };
  }

  /* The drawing's 784 pixels; null where there is none. */
  async function kept() {
    const given = parts.keep.kept();
    if (!given) return null;
    const start = given.start === null ? null : (await parts.starts.load())[given.start];
    return parts.sight.of(parts.raster.whole(start && start.pixels, given.strokes), true);
  }

  const places = [];
  let turn = 0;

  async function update() {
    const now = ++turn, hidden = parts.keep.hidden(), pixels = hidden ? null : await kept();
    if (now !== turn) return;
    for (const place of places) {
      place.line.show(pixels, hidden && parts.keep.kept() !== null);
      place.view(pixels).catch((error) => place.line.say("Your digit could not be read: " + error.message + "."));
    }
  }

  function style() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: pad.address("along.css") });
    document.head.append(link);
    return new Promise((resolve) => (link.onload = link.onerror = resolve));
  }

  Promise.all([style(), pad.kept(["overlay", ...found.map(({ name }) => "on-" + name)])]).then(() => {
    for (const { root, name } of found) {
      const { wire, behind } = parts.places[name], own = line(root, behind);
      places.push({ line: own, view: wire(root, own) });
    }
    window.addEventListener("storage", update); // drawn, forgotten or hidden in another tab
    window.addEventListener("pageshow", (event) => event.persisted && update());
    return update();
  });
})();
