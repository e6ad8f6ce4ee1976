/* Chance: random lesions of the same layers, size and doses, or all there are. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes part of the worker's. */
  function chance() {
    const AT_MOST = 200, AT_LEAST = 30; // lesions
    const TIME = 1500, PATIENCE = 6000, TURN = 25; // milliseconds for random ones, for all, and before a look at the post
    let wanted = null;

    /* All ways to give these doses to distinct units, or null where there are more than `AT_MOST`. */
    function everyWay(values, units) {
      let ways = [[]];
      const sorted = values.slice().sort();
      for (let k = 0; k < sorted.length; k++) {
        const next = [], same = k && sorted[k] === sorted[k - 1];
        const end = units - sorted.slice(k + 1).filter((value) => value === sorted[k]).length; // room for its like
        for (const way of ways) {
          for (let unit = same ? way[k - 1] + 1 : 0; unit < end; unit++) if (!way.includes(unit)) next.push([...way, unit]);
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

    function lesionsLike(known, lesion) {
      const layers = known.map(({ name, units }) => ({ name, units, values: Object.values(lesion[name]) }));
      const every = layers.map(({ values, units }) => everyWay(values, units));
      if (every.every(Boolean) && every.reduce((product, ways) => product * ways.length, 1) <= AT_MOST) {
        const random = generator(1), joined = (list, ways, l) => list.flatMap((one) => ways.map((way) => ({ ...one, [layers[l].name]: way })));
        const list = every.reduce(joined, [{}]); // in random order, as there may be no time for all
        return { exact: true, list: shuffled(list.length, random).map((place) => list[place]) };
      }
      const random = generator(JSON.stringify(lesion).split("").reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7));
      const draw = ({ values, units }) => lesionOf(values, shuffled(units, random).slice(0, values.length));
      const drawn = () => Object.fromEntries(layers.map((layer) => [layer.name, draw(layer)]));
      return { exact: false, list: Array.from({ length: AT_MOST }, drawn) };
    }

    /* Answer with the images of each digit that are read right under each lesion, unless another is asked meanwhile.
       Where lesions take long, of all there are some stand for the rest. */
    function run(id, layers, lesion, count) {
      const { exact, list } = lesionsLike(layers, lesion), time = exact ? PATIENCE : TIME, rights = [], began = performance.now();
      if (wanted !== null) postMessage({ id: wanted, answer: null }); // nobody waits for it any more
      wanted = id;
      const go = () => {
        if (id !== wanted) return;
        for (const turn = performance.now(); rights.length < list.length && performance.now() - turn < TURN; ) {
          const counts = count(list[rights.length]);
          const n = Math.sqrt(counts.length);
          rights.push(Array.from({ length: n }, (_, digit) => counts[digit * n + digit]));
        }
        const over = performance.now() - began > time && rights.length >= AT_LEAST;
        if (rights.length < list.length && !over) setTimeout(go);
        else {
          wanted = null;
          postMessage({ id, answer: { exact: exact && rights.length === list.length, rights, milliseconds: performance.now() - began } });
        }
      };
      go();
    }

    return { run };
  }

  bench.sources.chance = chance;
})();
