/* A lesion as a value: checked, written to the address and read from it, put into words. */
(function () {
  "use strict";
  const { place } = window.lesionBench;
  /* The layers that the page shows, the one nearest the pixels first; what zero is called differs. */
  const LAYERS = Array.from(place.querySelectorAll(".lb-layer"), (group) => ({
    ...group.dataset, units: group.querySelectorAll(".lb-neuron").length,
  })).reverse();
  const NAMES = LAYERS.map(({ name }) => name);
  const SAMPLED = LAYERS.filter(({ sampled }) => sampled !== undefined).map(({ label }) => label).join(" or ");
  const NOUNS = Array.from(new Set(LAYERS.map(({ noun }) => noun)));
  const CONSTANTS = JSON.parse(place.dataset.constants); // what holds a unit, by the name of its dose
  const constant = (value) => CONSTANTS.find(({ name }) => name === value);
  const isHeld = (value) => constant(value) !== undefined;
  const EXPECTED = " is not a dose: expected a number from 0 to 3, " + CONSTANTS.map(({ name }) => name).join(" or ");
  const { kind: KIND, images: IMAGES } = place.dataset; // what classes and images are called, such as "digit"
  const PREFIX = "#bench=";
  const LONGEST = Math.max(1500, 40 * LAYERS.reduce((sum, { units }) => sum + units, 0));
  const PART = /^(?:([^:=]+):)?([^:=]+)=([^:=]+)$/; // a number without a layer is of the one named last

  const whole = () => Object.fromEntries(NAMES.map((name) => [name, {}]));
  const called = (layer) => LAYERS.find(({ name }) => name === layer);
  const short = (text) => "“" + String(text).slice(0, 24) + (String(text).length > 24 ? "…" : "") + "”";

  function checkedUnit(layer, unit) {
    if (!NAMES.includes(layer)) throw new Error(short(layer) + " is not a layer of this network: expected " + NAMES.join(" or "));
    const { units, noun } = called(layer);
    if (!/^\d+$/.test(unit) || unit.length > Math.max(2, String(units - 1).length) || +unit >= units) {
      throw new Error(short(unit) + " is not a " + noun + " of " + layer + ": expected 0 to " + (units - 1));
    }
    return String(+unit);
  }

  function checkedValue(value) {
    if (isHeld(value) || (typeof value === "number" && value >= 0 && value <= 3)) return value;
    throw new Error(short(value) + EXPECTED);
  }

  /* A lesion from anywhere, without the units that are left as they are. */
  function checked(given) {
    if (given === null || typeof given !== "object" || Array.isArray(given)) {
      throw new Error('a lesion is an object such as {"relu2": {"7": 0, "14": "mean"}}');
    }
    const lesion = whole();
    for (const layer of Object.keys(given)) {
      const units = given[layer];
      if (units === null || typeof units !== "object" || Array.isArray(units)) {
        throw new Error("the lesion of " + short(layer) + ' is not an object such as {"7": 0}');
      }
      for (const name of Object.keys(units)) {
        const unit = checkedUnit(layer, name);
        const value = checkedValue(units[name]);
        if (value !== 1) lesion[layer][unit] = value;
      }
    }
    return lesion;
  }

  function readValue(text) {
    if (isHeld(text)) return text;
    if (/^[0-3](\.\d{1,4})?$/.test(text)) return checkedValue(Number(text));
    throw new Error(short(text) + EXPECTED);
  }

  /* What an address says, or null where it speaks of something else; an Error says what is wrong with it. */
  function parse(hash, last) {
    if (!hash.startsWith(PREFIX)) return null;
    if (hash.length > LONGEST) throw new Error("it is longer than any lesion");
    let text;
    try {
      text = decodeURIComponent(hash.slice(PREFIX.length));
    } catch {
      throw new Error("it is not an address");
    }
    const [list, ...options] = text.split("&");
    const lesion = whole(), seen = new Set();
    let epoch = last;
    let layer = null;
    for (const part of list ? list.split(",") : []) {
      const match = PART.exec(part);
      if (match) layer = match[1] || layer;
      if (!match || !layer) throw new Error(short(part) + " does not read LAYER:NUMBER=DOSE");
      const unit = checkedUnit(layer, match[2]);
      if (seen.has(layer + unit)) throw new Error(called(layer).noun + " " + unit + " of " + layer + " is named twice");
      seen.add(layer + unit);
      const value = readValue(match[3]);
      if (value !== 1) lesion[layer][unit] = value;
    }
    if (options.length > 1) throw new Error("it says more than a lesion and an epoch");
    for (const option of options) {
      const match = /^epoch=(\d{1,3})$/.exec(option);
      if (!match || +match[1] > last) throw new Error(short(option) + " is not an epoch: expected epoch=0 to epoch=" + last);
      epoch = +match[1];
    }
    return { lesion, epoch };
  }

  const list = (lesion) =>
    NAMES.flatMap((layer) => Object.keys(lesion[layer]).map((unit) => ({ layer, unit: +unit, value: lesion[layer][unit] })));

  const format = ({ lesion, epoch }, last) => {
    const parts = list(lesion).map(({ layer, unit, value }) => layer + ":" + unit + "=" + value);
    if (!parts.length && epoch === last) return "";
    return PREFIX + parts.join(",") + (epoch === last ? "" : "&epoch=" + epoch);
  };

  const doseWords = (value, layer) =>
    isHeld(value) ? "held at its " + called(layer)[value] : value === 0 ? called(layer).zero : value === 1 ? "untouched" : "scaled to " + value;

  function words(lesion) {
    const parts = list(lesion).map(
      ({ layer, unit, value }) => called(layer).noun + " " + unit + " of " + called(layer).label + " " + doseWords(value, layer)
    );
    if (!parts.length) return "The whole network";
    const text = parts.length > 4 ? parts.slice(0, 3).join(", ") + " and " + (parts.length - 3) + " more" : parts.join(", ");
    return text[0].toUpperCase() + text.slice(1);
  }

  /* With this unit at this dose, and all others as they are, or whole where one at a time can be lesioned. */
  function set(lesion, layer, unit, value) {
    const others = "single" in place.dataset ? whole() : lesion, next = { ...others, [layer]: { ...others[layer] } };
    if (value === 1) delete next[layer][unit];
    else next[layer][unit] = value;
    return next;
  }

  const dose = (lesion, layer, unit) => (unit in lesion[layer] ? lesion[layer][unit] : 1);

  window.lesionBench.parts.lesion = { KIND, IMAGES, NOUNS, SAMPLED, CONSTANTS, constant, whole, called, checked, parse, format, list, words, isHeld, doseWords, set, dose };
})();
