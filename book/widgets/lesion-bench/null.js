/* Chance: random lesions of the same layers, size and doses, evaluated in a worker made from a Blob. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes the worker's. */
  function chance(core) {
    const AT_MOST = 200, TIME = 1500, TOGETHER = 8;
    let known = null, wanted = 0;

    /* All ways to give these doses to distinct units, or null where there are more than `AT_MOST`. */
    function everyWay(values, units) {
      let ways = [[]];
      const sorted = values.slice().sort();
      for (let k = 0; k < sorted.length; k++) {
        const next = [];
        for (const way of ways) {
          const same = k && sorted[k] === sorted[k - 1];
          for (let unit = same ? way[k - 1] + 1 : 0; unit < units; unit++) if (!way.includes(unit)) next.push([...way, unit]);
          if (next.length > 20 * AT_MOST) return null;
        }
        ways = next;
      }
      return ways.length > AT_MOST ? null : ways.map((way) => lesionOf(sorted, way));
    }

    const lesionOf = (values, units) => Object.fromEntries(units.map((unit, k) => [unit, values[k]]));

    function generator(seed) {
      return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
      };
    }

    function shuffled(units, random) {
      const order = Array.from({ length: units }, (_, unit) => unit);
      for (let k = 0; k < units; k++) {
        const other = k + Math.floor(random() * (units - k));
        [order[k], order[other]] = [order[other], order[k]];
      }
      return order;
    }

    function lesionsLike(lesion) {
      const layers = known.net.layers.map(({ name, units }) => ({ name, units, values: Object.values(lesion[name]) }));
      const every = layers.map(({ values, units }) => everyWay(values, units));
      if (every.every(Boolean) && every.reduce((product, ways) => product * ways.length, 1) <= AT_MOST) {
        const joined = (list, ways, l) => list.flatMap((one) => ways.map((way) => ({ ...one, [layers[l].name]: way })));
        return { exact: true, list: every.reduce(joined, [{}]) };
      }
      const random = generator(JSON.stringify(lesion).split("").reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7));
      const draw = ({ values, units }) => lesionOf(values, shuffled(units, random).slice(0, values.length));
      const drawn = () => Object.fromEntries(layers.map((layer) => [layer.name, draw(layer)]));
      return { exact: false, list: Array.from({ length: AT_MOST }, drawn) };
    }

    function run(id, lesion) {
      const { exact, list } = lesionsLike(lesion), rights = [], began = performance.now();
      const go = () => {
        if (id !== wanted) return;
        for (let k = 0; k < TOGETHER && rights.length < list.length; k++) {
          const counts = core.tally(core.predict(known.net, known.base, list[rights.length]), known.labels);
          rights.push(Array.from({ length: 10 }, (_, digit) => counts[digit * 10 + digit]));
        }
        const over = performance.now() - began > TIME && !exact;
        if (rights.length < list.length && !over) setTimeout(go);
        else postMessage({ id, exact, rights, milliseconds: performance.now() - began });
      };
      go();
    }

    onmessage = ({ data }) => {
      if (data.values) known = { net: core.network(data.facts, data.values), base: data.base, labels: data.labels };
      wanted = data.id;
      run(data.id, data.lesion);
    };
  }

  let worker = null, epoch = null, id = 0, told = null;

  function start() {
    const source = "'use strict';(" + chance + ")((" + bench.parts.coreSource + ")());";
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(address);
    worker.onmessage = ({ data }) => data.id === id && told(data);
  }

  /* Ask where a lesion stands; the answer to the last question alone comes. */
  function ask(state, lesion, tell) {
    if (!worker) start();
    told = tell;
    const question = { id: ++id, lesion };
    if (epoch !== state.epoch) Object.assign(question, { facts: state.facts, values: state.values, base: state.base, labels: state.labels });
    epoch = state.epoch;
    worker.postMessage(question);
  }

  bench.parts.null = { ask };
})();
