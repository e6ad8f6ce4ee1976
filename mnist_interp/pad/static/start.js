/* Loads the pad's scripts when the reader nears it, or has a drawing on this device, and payloads when one is to be read. */
(function () {
  "use strict";
  const pad = window.yourDigit;
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const ARITHMETIC = ["network", "core", "convolve", "transformer"]; // the lesion bench's
  const COMPUTING = ["payload", "networks", "lesions", "gradients", "familiar"];
  const KEPT = ["raster", "drawing", "code", "keep", "ink", "sight", "starts"]; // what a drawing on this device takes
  const DRAWN = [...KEPT, "pen", "keys", "tools", "seen", "readings", "desk"];
  const WHOLE = [...DRAWN, "neurons", "attribution", "plane", "nearest", "words", "pad"];
  const received = {}, asked = {};

  function script(name) {
    return new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      tag.async = false; // in the order in which they were asked for
      tag.src = base + name;
      tag.onload = () => resolve();
      tag.onerror = () => reject(new Error("the file " + name + " could not be loaded"));
      document.head.appendChild(tag);
    });
  }

  const once = (key, make) => {
    asked[key] = asked[key] || make();
    asked[key].catch(() => delete asked[key]); // the next stroke asks again
    return asked[key];
  };
  const all = (names) => Promise.all(names.map((name) => script(name + ".js")));
  pad.address = (name) => base + name;
  pad.kept = (shown) => once("kept", () => all([...KEPT, ...shown]));

  /* A page that holds a lesion bench has these; another gets them here. */
  async function arithmetic() {
    if (window.lesionBench && window.lesionBench.load) return window.lesionBench.load();
    window.lesionBench = window.lesionBench || { parts: {} };
    return all(ARITHMETIC);
  }

  /* A payload is a script that hands over its content: a page opened from a file may fetch nothing. */
  pad.receive = (name, content) => {
    received[name] = content;
  };
  pad.take = (name) => once("payload/" + name, () => script("payload/" + name + ".js").then(() => received[name]));
  pad.computing = () => once("computing", () => arithmetic().then(() => all(COMPUTING)));

  pad.evaluate = async (pixels) => {
    const given = pixels && Array.from(pixels, Number);
    if (!given || given.length !== 784 || !given.every((ink) => ink >= 0 && ink <= 1))
      throw new Error("expected 784 numbers from 0 to 1, row by row, as the networks see them");
    await pad.computing();
    const networks = await pad.parts.networks.load();
    return networks.probabilities(given);
  };

  const place = document.querySelector(".yd-draw");
  if (!place) return;
  const small = place.closest(".yd-cover");
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    all(small ? [...DRAWN, "cover"] : WHOLE).then(
      () => {
        pad.parts.pad.wake();
        place.dispatchEvent(new Event("yd-awake"));
      },
      (error) => {
        const note = document.querySelector(".yd-note");
        note.textContent = "The pad did not start: " + error.message + ".";
        note.hidden = false;
      }
    );
  }, { rootMargin: "600px 0px" });
  watch.observe(place);
})();
