/* The pad brought to life, with all that its page shows of a drawing. */
(function () {
  "use strict";
  const { parts } = window.yourDigit;

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
    const root = document.getElementById("digit-pad");
    const [reading, unlike] = ["yd-reading", "yd-unlike"].map((name) => root.querySelector("." + name));
    const show = views(), says = parts.readings.make(root.querySelector(".yd-live .yd-readings"));

    function nothing() {
      Object.values(show).forEach((view) => view(null));
      reading.textContent = unlike.textContent = "";
    }

    async function later(pixels, all, isLatest) {
      if (!pixels) return nothing();
      const networks = await parts.networks.load(), base = networks.published.record(pixels);
      const first = parts.readings.best(all.published), second = parts.words.runnerUp(all.published);
      show.neurons(parts.lesions.all(networks.published, base), first);
      show.shares([first, second].map((digit) => ({ digit, shares: parts.gradients.shares(networks.published, pixels, digit) })));
      reading.textContent = parts.words.reading(all);
      const known = await parts.familiar.load();
      if (!isLatest()) return;
      const near = known.near(pixels);
      unlike.textContent = parts.words.likeness(near);
      show.nearest(near.shown);
      show.plane(known, known.place(base.values[1]));
    }

    const desk = parts.desk.make(root, { tool: () => tools.tool(), says, later, saved: (yes) => tools.kept(yes) });
    const tools = parts.tools.wire(root, desk.drawing, desk.lift, { recentered: desk.recenter, forgotten: desk.disown });
    parts.starts.wire(root.querySelector(".yd-starts"), desk.drawing, desk.lift);

    async function linked() {
      const given = parts.keep.given();
      if (given === null) desk.tell("This page’s address holds no drawing that it can read.");
      if (given) await desk.restore(given);
      return given;
    }

    window.addEventListener("hashchange", () => linked().catch(desk.failed));
    linked().then((given) => given === undefined && desk.remembered()).catch(desk.failed).then(() => (root.dataset.awake = ""));
  }

  parts.pad = { wake };
})();
