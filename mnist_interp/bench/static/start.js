/* Loads the bench when the reader nears it, follows a link to it, or a script asks it to evaluate something. */
(function () {
  "use strict";
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const SCRIPTS = [
    "network", "core", "tally", "convolve", "maps", "transformer", "chance", "worker", "engine", "lesion", "payload", "results", "scope",
    "slider", "neurons", "presets", "subsets", "classes", "confusion", "flips", "strip", "predict", "parity", "bench",
  ];
  const place = document.querySelector(".mi-bench");
  if (!place) return;
  const bench = (window.lesionBench = { parts: {}, place });
  const received = {};
  let loading = null;

  bench.address = (name) => base + name;

  bench.script = (name) =>
    new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      tag.async = false; // in the order in which they were asked for
      tag.src = base + name;
      tag.onload = () => resolve();
      tag.onerror = () => reject(new Error("the file " + name + " could not be loaded"));
      document.head.appendChild(tag);
    });

  /* A payload is a script that hands over its content: a page opened from a file may fetch nothing. */
  bench.receive = (name, content) => {
    received[name] = content;
  };

  bench.take = async (name) => {
    await bench.script("payload/" + name + ".js");
    const content = received[name];
    delete received[name];
    return content;
  };

  bench.load = () => {
    loading = loading || Promise.all(SCRIPTS.map((name) => bench.script(name + ".js")));
    return loading;
  };

  bench.evaluate = async (lesion) => {
    await bench.load();
    return bench.parts.results.evaluate(lesion);
  };

  function start() {
    bench.load().then(
      () => bench.parts.bench.wake(place),
      (error) => {
        const note = place.querySelector(".lb-note");
        note.textContent = "The bench did not start: " + error.message + ". The table below still holds.";
        note.hidden = false;
      }
    );
  }

  const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && wake(), {
    rootMargin: "600px 0px",
  });
  let awake = false;
  function wake() {
    if (awake) return;
    awake = true;
    watch.disconnect();
    start();
  }
  watch.observe(place);
  const called = () => /^#bench=/.test(location.hash) && wake();
  window.addEventListener("hashchange", called);
  called();
})();
