/* Where this lesion stands among random ones of the same size and doses: one dot each, stacked, and a mark. */
(function () {
  "use strict";
  const bench = window.lesionBench;
  const { lesion: lesions } = bench.parts;
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 74, BASE = 54, DOT = 5, ROOM = 14;

  const node = (name, facts, text) => {
    const made = document.createElementNS(SVG, name);
    for (const fact of Object.keys(facts)) made.setAttribute(fact, facts[fact]);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function draw(home, shares, own) {
    const width = Math.max(200, home.clientWidth);
    const low = Math.floor(10 * Math.min(own, ...shares)) / 10;
    const x = (share) => ROOM + ((share - low) / (1 - low || 1)) * (width - 2 * ROOM);
    const svg = node("svg", { viewBox: "0 0 " + width + " " + HEIGHT, width, height: HEIGHT, "aria-hidden": "true" });
    const stacks = new Map(), bin = (share) => Math.round(x(share) / DOT);
    for (const share of shares) stacks.set(bin(share), (stacks.get(bin(share)) || 0) + 1);
    const tall = Math.max(...stacks.values()), rise = Math.min(DOT, (BASE - 8) / tall);
    svg.append(node("line", { x1: ROOM, x2: width - ROOM, y1: BASE, y2: BASE, class: "lb-axis" }));
    for (const [place, count] of stacks) {
      for (let k = 0; k < count; k++) svg.append(node("circle", { cx: place * DOT, cy: BASE - 3 - k * rise, r: 2.2, class: "lb-dot" }));
    }
    const at = x(own);
    svg.append(node("path", { d: "M" + at + " 4V" + BASE, class: "lb-own" }));
    for (const share of [low, (1 + low) / 2, 1]) {
      const anchor = share === low ? "start" : share === 1 ? "end" : "middle";
      svg.append(node("text", { x: share === low ? 2 : share === 1 ? width - 2 : x(share), y: HEIGHT - 5, "text-anchor": anchor }, Math.round(100 * share) + "%"));
    }
    home.replaceChildren(svg);
  }

  function make(place) {
    const home = place.querySelector(".lb-strip"), words = place.querySelector(".lb-null-words");
    const title = place.querySelector(".lb-null-title");
    let asked = null, waiting = null, answer = null, timer = null;

    function show(state) {
      const { rights, exact, of } = answer, { digit, before, counts } = state;
      const n = Math.sqrt(counts.length), sizes = Array.from({ length: n }, (_, d) => before.slice(d * n, d * n + n).reduce((a, b) => a + b, 0));
      const all = sizes.reduce((a, b) => a + b, 0);
      const share = (row) => (digit === null ? row.reduce((a, b) => a + b, 0) / all : row[digit] / sizes[digit]);
      const shares = rights.map(share), own = share(sizes.map((_, d) => counts[d * n + d]));
      const low = shares.filter((other) => other <= own).length;
      draw(home, shares, own);
      const what = digit === null ? "" : " " + lesions.KIND + " " + digit;
      words.textContent = exact && rights.length === 1 ? "No other lesion is of this kind." :
        (exact ? "Of all " + rights.length + " lesions of this kind (this one included), " : "Of " + rights.length + " random lesions of this kind, ") +
        low + (low === 1 ? " hurts" : " hurt") + what + " as much or more.";
      words.dataset.of = of;
    }

    return (state) => {
      const key = lesions.format({ lesion: state.lesion, epoch: state.epochNow }, -1);
      const many = lesions.list(state.lesion).length;
      title.textContent = "Against chance" + (state.digit === null ? "" : ", " + lesions.KIND + " " + state.digit);
      if (answer && answer.of === key) return show(state);
      if (asked === key && many) return (waiting = state);
      clearTimeout(timer);
      answer = null;
      asked = key;
      waiting = state;
      home.replaceChildren();
      words.textContent = many ? "Drawing random lesions of the same size and doses …" : "A lesion is compared with random ones of the same size and doses.";
      delete words.dataset.of;
      if (!many) return;
      timer = setTimeout(() => {
        bench.parts.engine.ask({ kind: "chance", epoch: state.state.epoch, lesion: state.lesion }).then((data) => {
          if (!data || key !== asked) return; // another was asked since
          answer = { ...data, of: key };
          show(waiting);
        }, (error) => (words.textContent = "No random lesions: " + error.message + "."));
      }, 120);
    };
  }

  bench.parts.strip = { make };
})();
