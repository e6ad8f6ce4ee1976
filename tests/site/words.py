"""The words of live charts, measured in the page: which stand on each other, beside their chart, or on a mark."""

from __future__ import annotations

MEASURE = r"""async every => {
  const faults = [], straight = /['"]/, hyphen = /(^|[\s(])-\d/;
  const layers = spec => spec.layer || [spec];
  const mark = (spec, number) => spec.layer ? `.layer_${number}_marks` : ".marks";
  const across = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const boxed = elements => [...elements].map(e => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width);
  const unlit = text => !text.textContent.trim() || text.getAttribute("opacity") === "0";

  /* Digits that are points of a cloud may lie on each other; every other text is a word. */
  const points = spec => layers(spec).flatMap((layer, number) => {
    const placed = ["x", "y"].every(at => layer.encoding[at] && layer.encoding[at].type === "quantitative");
    return layer.mark.type === "text" && placed && layer.encoding.text.field ? [mark(spec, number)] : [];
  });
  const named = spec => layers(spec).some(layer => layer.mark.type === "line" && layer.encoding.color);

  const measure = (figure, panel, state) => {
    const {spec} = figure.about.panels[panel.number], host = panel.live.getBoundingClientRect();
    const fault = (...what) => faults.push([figure.name, panel.number, state, ...what].join(" | "));
    const cloud = points(spec);
    const words = boxed(panel.live.querySelectorAll("text"))
      .filter(([text]) => !unlit(text) && !cloud.some(points => text.closest(points)));
    words.forEach(([text, box], i) => {
      const said = text.textContent;
      if (straight.test(said)) fault("straight", said);
      if (hyphen.test(said)) fault("hyphen", said);
      if (across(box, host) < box.width - 2 || down(box, host) < box.height - 3) fault("beside its chart", said);
      for (const [other, at] of words.slice(i + 1))
        if (across(box, at) > 1 && down(box, at) > 2) fault("on each other", said, other.textContent);
    });
    const inMarks = words.filter(([text]) => text.closest(".role-mark"));
    const solid = layers(spec).flatMap((layer, number) => ({bar: ["path"], line: ["path"]}[layer.mark.type] || [])
      .flatMap(kind => boxed(panel.live.querySelectorAll(`${mark(spec, number)} ${kind}`))));
    for (const [text, box] of inMarks) {
      const said = text.textContent;
      if (named(spec) && solid.some(([, line]) => box.left < line.right)) fault("not in the margin", said);
      if (!named(spec) && solid.some(([, bar]) => across(box, bar) > 1 && down(box, bar) > 2)) fault("on a bar", said);
    }
    return words.length;
  };

  /* Every value of every control, each with the others as they are first; of chips, all chosen. */
  const settings = element => [...element.querySelectorAll("[data-param]")].flatMap(part => {
    const given = part.dataset.values ? JSON.parse(part.dataset.values)
      : [...part.querySelectorAll("input, option")].map(one => JSON.parse(one.value));
    const values = "many" in part.dataset ? [given] : every ? given : [given[0], given[given.length - 1]];
    return values.map(value => [part.dataset.param, value]);
  });

  let measured = 0;
  for (const figure of Object.values(window.miFigures)) {
    await figure.start();
    for (const panel of figure.panels) {
      const host = panel.live.parentElement, about = figure.about.panels[panel.number];
      await panel.view.width(host.clientWidth).height(host.clientHeight).runAsync();
      measured += measure(figure, panel, "");
      for (const told of panel.hand.all().map(target => window.mi.words(target.item)))
        if (straight.test(told) || hyphen.test(told)) faults.push(`${figure.name} | tells | ${told}`);
      const follows = JSON.stringify({...about.spec, params: null});
      for (const [name, value] of settings(figure.element)) {
        if (!follows.includes(name)) continue;
        await panel.view.signal(name, value).runAsync();
        measured += measure(figure, panel, `${name} = ${JSON.stringify(value)}`);
        panel.view.signal(name, figure.state.values[name]);
      }
      await panel.view.runAsync();
    }
  }
  return [measured, faults];
}"""

SEEN = r"""() => {
  const apart = "code, pre, script, style, noscript, math, kbd, samp, .sig, .math, .mi-data, textarea, bdi";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const {data, parentElement} = walk.currentNode;
    const hyphen = /(^|[\s(])-\d/.test(data) && parentElement.closest("figure, table");
    if (!parentElement.closest(apart) && (hyphen || /['"]/.test(data))) found.push(data.trim().slice(0, 90));
  }
  return found;
}"""

TIP = """() => {
  const panel = Object.values(window.miFigures).flatMap(figure => figure.panels)
    .find(panel => panel.hand.all().length);
  if (!panel) return null;
  const {item} = panel.hand.all()[0];
  mi.showTip(item, {left: 100, right: 100, top: 300, bottom: 300});
  const tops = kind => [...document.querySelectorAll(`.mi-tip ${kind}`)].map(e => e.getBoundingClientRect().top);
  const shown = [tops("dt"), tops("dd:not(.mi-whole)")];
  mi.hideTip();
  return shown;
}"""
