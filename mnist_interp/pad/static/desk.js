/* A pad under the reader's hand: its drawing, kept on this device, goes to the networks at each change. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad;
  const REST = 80; // milliseconds without a change, until what takes longer is computed

  /* `root` counts the changes and says which of them is shown. Of a drawing `says` hears all probabilities, and when the
     hand rests, `later` the pixels, these, and a function that says whether there is no newer one; both hear nothing of
     an empty pad. `tool` gives the pen; `saved` hears whether the drawing is kept. */
  function make(root, { tool, says, later, saved = () => {} }) {
    const place = root.querySelector(".yd-pad"), note = root.querySelector(".yd-note"), spoken = root.querySelector(".yd-spoken");
    const drawing = parts.drawing.make(), see = parts.seen.make(root);
    let centered = true, asked = 0, turn = 0, rest = 0, waiting = false;
    let own = false, restoring = false; // whether the reader’s hand drew what is there; then it is kept

    const tell = (words) => {
      note.textContent = words;
      note.hidden = !words;
    };
    const failed = (error) => tell("The networks could not be loaded: " + error.message + ".");
    const save = () => own && saved(parts.keep.save(drawing.state));

    async function rested(pixels, all, now) {
      save();
      await later(pixels, all, () => now === turn);
      if (now === turn) root.dataset.shown = now;
    }

    async function update() {
      const now = (turn = asked), pixels = see(drawing.ink, centered);
      parts.ink.gray(place.firstElementChild, drawing.ink);
      clearTimeout(rest);
      if (!pixels) {
        save();
        says(null);
        later(null);
        root.dataset.shown = now;
        return;
      }
      try {
        const all = await pad.evaluate(pixels);
        if (now !== turn) return;
        tell("");
        says(all);
        rest = setTimeout(() => rested(pixels, all, now).catch(failed), REST);
      } catch (error) {
        failed(error);
      }
    }

    const soon = () => {
      root.dataset.asked = ++asked;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        update();
      });
    };

    /* A drawing from a link or from this device; its test image, if it starts from one, is fetched. */
    async function restore(found) {
      const all = found.start === null ? [] : await parts.starts.load();
      restoring = true;
      drawing.set({ start: found.start === null ? null : all[found.start], strokes: found.strokes });
      restoring = false;
    }

    /* What is kept comes back, unless the reader has begun another. */
    async function remembered() {
      const kept = parts.keep.kept();
      if (kept && !drawing.canUndo) await restore(kept).then(() => saved(true));
    }

    const pen = parts.keys.wire(place, drawing, tool, (words) => (spoken.textContent = words));
    parts.pen.wire(place, drawing, tool);
    drawing.listen(() => (own = !restoring));
    drawing.listen(soon);
    window.addEventListener("pagehide", save);
    soon();
    return {
      drawing, tell, failed, restore, remembered,
      lift: pen.lift,
      recenter: (yes) => ((centered = yes), soon()),
      disown: () => (own = false),
    };
  }

  parts.desk = { make };
})();
