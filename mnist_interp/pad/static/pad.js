/* The pad brought to life: each change of the drawing goes to the networks, and what they say to its places. */
(function () {
  "use strict";
  const pad = window.yourDigit, { parts } = pad;
  const REST = 80; // milliseconds without a change, until what takes longer is computed

  function views() {
    const [neurons, around] = ["digit-neurons", "digit-around"].map((id) => document.getElementById(id));
    const silent = () => {};
    return {
      neurons: neurons ? parts.neurons.make(neurons) : silent,
      shares: around ? parts.attribution.make(around) : silent,
      plane: around ? parts.plane.make(around) : silent,
      nearest: around ? parts.nearest.make(around) : silent,
    };
  }

  function wake() {
    const root = document.getElementById("digit-pad"), place = root.querySelector(".yd-pad"), note = root.querySelector(".yd-note");
    const [reading, unlike, spoken] = ["yd-reading", "yd-unlike", "yd-spoken"].map((name) => root.querySelector("." + name));
    const drawing = parts.drawing.make(), show = views(), see = parts.seen.make(root), says = parts.readings.make(root.querySelector(".yd-live .yd-readings"));
    let centered = true, asked = 0, turn = 0, rest = 0;
    let own = false, restoring = false; // whether the reader’s hand drew what is there; then it is kept

    const tell = (words) => {
      note.textContent = words;
      note.hidden = !words;
    };

    const save = () => own && tools.kept(parts.keep.save(drawing.state));

    function nothing() {
      save();
      says(null);
      show.neurons(null);
      show.shares(null);
      show.plane(null);
      show.nearest(null);
      reading.textContent = unlike.textContent = "";
    }

    /* What takes longer, when the hand rests. */
    async function later(pixels, all, now) {
      save();
      const networks = await parts.networks.load(), base = networks.published.record(pixels);
      const first = parts.readings.best(all.published), second = parts.words.runnerUp(all.published);
      show.neurons(parts.lesions.all(networks.published, base), first);
      show.shares([first, second].map((digit) => ({ digit, shares: parts.gradients.shares(networks.published, pixels, digit) })));
      reading.textContent = parts.words.reading(all);
      const known = await parts.familiar.load();
      if (now !== turn) return;
      const near = known.near(pixels);
      unlike.textContent = parts.words.likeness(near);
      show.nearest(near.shown);
      show.plane(known, known.place(base.values[1]));
      root.dataset.shown = now;
    }

    async function update() {
      const now = (turn = asked), pixels = see(drawing.ink, centered);
      parts.ink.gray(place.firstElementChild, drawing.ink);
      clearTimeout(rest);
      if (!pixels) {
        nothing();
        root.dataset.shown = now;
        return;
      }
      try {
        const all = await pad.evaluate(pixels);
        if (now !== turn) return;
        tell("");
        says(all);
        rest = setTimeout(() => later(pixels, all, now).catch(failed), REST);
      } catch (error) {
        failed(error);
      }
    }

    const failed = (error) => tell("The networks could not be loaded: " + error.message + ".");

    let waiting = false;
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

    async function linked() {
      const given = parts.keep.given();
      if (given === null) tell("The address of this page holds no drawing that can be read here.");
      if (given) await restore(given);
      return given;
    }

    const pen = parts.keys.wire(place, drawing, () => tools.tool(), (words) => (spoken.textContent = words));
    const tools = parts.tools.wire(root, drawing, pen.lift, {
      recentered: (yes) => ((centered = yes), soon()),
      forgotten: () => (own = false),
    });
    parts.pen.wire(place, drawing, tools.tool);
    parts.starts.wire(root.querySelector(".yd-starts"), drawing, pen.lift);
    drawing.listen(() => (own = !restoring));
    drawing.listen(soon);
    window.addEventListener("pagehide", save);
    window.addEventListener("hashchange", () => linked().catch(failed));
    linked().then((given) => {
      const kept = given === undefined && parts.keep.kept();
      if (kept) return restore(kept).then(() => tools.kept(true));
    }).catch(failed).then(() => (root.dataset.awake = ""));
    soon();
  }

  parts.pad = { wake };
})();
