/* The bench awake: one state, changed by what the reader does, written to the address, shown by every part. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { lesion: lesions, payload, results } = bench.parts;

  function wake(place) {
    const last = results.last(), find = (name) => place.querySelector(".lb-" + name);
    const note = find("note"), epochs = find("epochs"), epochShown = find("epoch output");
    const undo = find("undo"), redo = find("redo"), reset = find("reset"), share = find("share"), shared = find("shared");
    let now = { lesion: lesions.whole(), epoch: last }, past = [], future = [], passing = false;
    let view = { cell: null, digit: null }, turn = 0, shown = 0, writing = null, computing = null;

    const same = (one, other) => lesions.format(one, -1) === lesions.format(other, -1);

    function to(next, isPassing) {
      if (same(next, now)) return;
      if (!(passing && isPassing)) past.push(now); // a sweep of the slider is undone as one
      passing = Boolean(isPassing);
      future = [];
      now = next;
      note.hidden = true;
      write();
      show();
    }

    /* What a link or a button sets at once has its first unit in hand. */
    function given(next) {
      to(next);
      neurons.reach();
    }

    const act = {
      lesion: (lesion, isPassing) => to({ ...now, lesion }, isPassing),
      ready: (lesion) => given({ ...now, lesion }),
      digit: (digit) => look({ cell: null, digit: view.digit === digit ? null : digit }),
      cell: (truth, read) => {
        const again = view.cell && view.cell.truth === truth && view.cell.read === read;
        look({ cell: again ? null : { truth, read }, digit: again ? null : truth });
      },
      again: () => show(),
    };

    function look(next) {
      view = next;
      show();
    }

    function travel(from, onto) {
      onto.push(now);
      now = from.pop();
      passing = false;
      write();
      show();
    }

    function write() {
      clearTimeout(writing); // browsers refuse an address that changes with every step of a slider
      writing = setTimeout(() => {
        const hash = lesions.format(now, last);
        try {
          history.replaceState(null, "", hash || location.href.split("#")[0]);
        } catch {
          // a frame without an address of its own keeps none
        }
      }, 250);
    }

    const predict = bench.parts.predict.make(place, act);
    const shows = ["classes", "confusion", "flips", "strip"].map((part) => bench.parts[part].make(place, act));
    const neurons = bench.parts.neurons.make(place, act), presets = bench.parts.presets.make(place, act);
    const subsets = bench.parts.subsets.make(place);
    const scope = bench.parts.scope.make(place);
    bench.parts.parity.make(place);

    async function show() {
      const mine = ++turn, { lesion, epoch } = now;
      neurons.follow(now);
      presets(now);
      subsets(now, last);
      epochs.value = now.epoch;
      epochs.setAttribute("aria-valuetext", "after epoch " + now.epoch);
      epochShown.textContent = now.epoch + " of " + last;
      undo.disabled = !past.length;
      redo.disabled = !future.length;
      reset.disabled = same(now, { lesion: lesions.whole(), epoch: last });
      shared.hidden = true;
      scope.await(epoch);
      let found;
      try {
        const state = await payload.at(epoch);
        await computing; // one lesion at a time: those that are passed over meanwhile are not computed
        if (mine !== turn) return; // the reader has moved on
        computing = results.compare(state, lesion);
        found = { ...(await computing), ...view, epochNow: epoch, last };
      } catch (error) {
        refuse("The bench cannot go on: " + error.message + ".");
        return;
      }
      if (mine < shown) return;
      shown = mine;
      found.foreseeing = predict(found);
      scope.show(found);
      shows.forEach((part) => part(found));
      place.dataset.shown = lesions.format({ lesion, epoch }, -1);
    }

    function refuse(text) {
      note.textContent = text;
      note.hidden = false;
    }

    function read() {
      let asked;
      try {
        asked = lesions.parse(location.hash, last);
      } catch (error) {
        refuse("This link does not describe a lesion: " + error.message + ". The bench was left as it is.");
        place.scrollIntoView({ block: "start" });
        return;
      }
      if (!asked) return;
      given(asked);
      note.hidden = true;
      place.scrollIntoView({ block: "start" });
    }

    async function copy() {
      clearTimeout(writing);
      const address = location.href.split("#")[0] + (lesions.format(now, last) || "#bench=");
      shared.hidden = false;
      shared.querySelector("input").value = address;
      const said = shared.querySelector("span");
      try {
        await navigator.clipboard.writeText(address);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "Copy this:";
        shared.querySelector("input").select();
      }
      write();
    }

    window.mi.heed(epochs, (epoch) => to({ ...now, epoch }, true));
    undo.addEventListener("click", () => travel(past, future));
    redo.addEventListener("click", () => travel(future, past));
    reset.addEventListener("click", () => to({ lesion: lesions.whole(), epoch: last }));
    share.addEventListener("click", copy);
    place.addEventListener("change", () => (passing = false));
    place.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      const back = !event.shiftKey;
      if ((back ? past : future).length) back ? travel(past, future) : travel(future, past);
      event.preventDefault();
    });
    window.addEventListener("hashchange", read);
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#bench="]');
      if (link && link.hash === location.hash) read(); // the same link again: the address does not change
    });
    for (const part of place.querySelectorAll(".lb-tools button, .lb-dose button, input[type=range]")) part.disabled = false;
    show();
    read();
  }

  bench.parts.bench = { wake };
})();
