/* Marks on a live chart of a figure, in the chart's own scales: drawn above it, and again when it has changed. */
(function () {
  "use strict";
  const SPACE = "http://www.w3.org/2000/svg";

  /* An element of SVG with its attributes, and text in it. */
  function mark(kind, attributes, text = "") {
    const made = document.createElementNS(SPACE, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  /* `marks` is given the chart's scales by name, and how wide and high it is; it returns elements. */
  function on(figure, number, marks) {
    const svg = mark("svg", { class: "yd-marks", "aria-hidden": "true" }), group = svg.appendChild(mark("g", {}));

    function paint() {
      const panel = figure.panels.find((one) => one.number === number);
      if (!panel) return;
      const { view, live, hand } = panel;
      if (!svg.isConnected) {
        live.append(svg);
        new ResizeObserver(() => Promise.resolve(figure.resized).then(paint)).observe(live);
      }
      group.setAttribute("transform", "translate(" + hand.origin() + ")");
      const size = { width: view.signal("width"), height: view.signal("height") };
      group.replaceChildren(...marks((name) => view.scale(name), size));
    }

    const soon = () => figure.status === "alive" && figure.settled().then(paint);
    figure.state.listen(soon);
    new MutationObserver(soon).observe(figure.element, { attributes: true, attributeFilter: ["data-status"] });
    soon();
    return soon;
  }

  window.yourDigit.parts.overlay = { on, mark };
  window.yourDigit.parts.places = {};
})();
