/* The page's side of the worker that computes: questions go out, each answer comes to who asked. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const waiting = new Map();
  let worker = null, count = 0;

  /* From a Blob, as a page opened from a file may start no worker from another. */
  function start() {
    const fronts = { maps: "convolve,core", transformer: "network,core", ...bench.fronts };
    const made = { network: "", tally: "", core: "", convolve: "", ...fronts, chance: "" };
    const parts = Object.keys(made).map((name) => "const " + name + "=(" + bench.sources[name] + ")(" + made[name] + ");");
    const source = "'use strict';" + parts.join("") + "(" + bench.sources.worker + ")(network,tally,core,{" + Object.keys(fronts) + "},chance);";
    worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    worker.onmessage = ({ data: { id, answer, progress, error } }) => {
      const { resolve, reject, heard } = waiting.get(id);
      if (progress !== undefined) return heard && heard(progress);
      waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(answer);
    };
    worker.onerror = (event) => {
      for (const { reject } of waiting.values()) reject(new Error(event.message || "the worker failed"));
      waiting.clear();
    };
  }

  /* Tell the worker something; what is listed in `transfer` is the worker's from then on. */
  function tell(message, transfer = []) {
    if (!worker) start();
    worker.postMessage(message, transfer);
  }

  /* Ask it; `heard` is called with its progress, a share. */
  function ask(question, heard) {
    return new Promise((resolve, reject) => {
      waiting.set(++count, { resolve, reject, heard });
      tell({ ...question, id: count });
    });
  }

  bench.parts.engine = { tell, ask };
})();
