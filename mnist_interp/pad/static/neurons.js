/* Activations of the published network's 48 neurons, and what each one's lesion makes of the reading. */
(function () {
  "use strict";
  const { readings: { percent, best }, tools: { toggle } } = window.yourDigit.parts;
  const SHOWN = 8, EMPTY = "Draw a digit above to see which neurons the answer depends on.";

  const element = (kind, text, name = "") => Object.assign(document.createElement(kind), { textContent: text, className: name });

  function row({ layer, unit, activation, zero, held }, reading) {
    const line = document.createElement("tr"), head = element("th", "Layer " + layer + ", neuron " + unit);
    head.scope = "row";
    line.append(head, element("td", activation.toFixed(2)));
    for (const shares of [zero, held]) {
      const read = best(shares);
      line.append(element("td", String(read), read === reading ? "" : "yd-turned"), element("td", percent(shares[reading])));
    }
    return line;
  }

  /* Which neurons change the reading, in words. */
  function changed(lesions, reading, key) {
    const found = lesions.filter((one) => best(one[key]) !== reading);
    const named = found.slice(0, 4).map((one) => one.unit + " of layer " + one.layer + " (to " + best(one[key]) + ")");
    const more = found.length > named.length ? " and " + (found.length - named.length) + " more" : "";
    if (!found.length) return "no single neuron changes it";
    return (found.length === 1 ? "one neuron changes it: " : found.length + " of " + lesions.length + " neurons change it, each by itself: ") + named.join(", ") + more;
  }

  function make(root) {
    const layers = Array.from(root.querySelectorAll(".yd-cells")), words = root.querySelector(".yd-hangs");
    const body = root.querySelector(".yd-live tbody"), every = root.querySelector('[data-act="every"]');
    const digits = root.querySelectorAll(".yd-live .yd-digit");
    let last = null;

    function cells(lesions) {
      layers.forEach((list, place) => {
        const own = lesions.filter((one) => one.layer === place + 1), most = Math.max(1e-9, ...own.map((one) => one.activation));
        Array.from(list.children).forEach((cell, unit) => {
          const one = own[unit];
          cell.style.setProperty("--yd-share", one ? (one.activation / most).toFixed(3) : 0);
          cell.lastChild.textContent = one ? one.activation.toFixed(1) : "";
        });
      });
    }

    function table() {
      const { lesions, reading } = last || { lesions: [] };
      const fall = (one) => Math.min(one.zero[reading], one.held[reading]);
      const order = lesions.slice().sort((a, b) => fall(a) - fall(b));
      const all = every.getAttribute("aria-pressed") === "true";
      body.replaceChildren(...(all ? lesions : order.slice(0, SHOWN)).map((one) => row(one, reading)));
      digits.forEach((place) => (place.textContent = last ? reading : "–"));
    }

    toggle(every, table);

    /* `lesions` as `lesions.all` gives them, and the digit read; or nothing. */
    return (lesions, reading) => {
      last = lesions ? { lesions, reading } : null;
      cells(lesions || []);
      table();
      words.textContent = lesions
        ? "The answer is " + reading + ". Set to zero, " + changed(lesions, reading, "zero") + ". Held at its mean, " + changed(lesions, reading, "held") + "."
        : EMPTY;
    };
  }

  window.yourDigit.parts.neurons = { make };
})();
