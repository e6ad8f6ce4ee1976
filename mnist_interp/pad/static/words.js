/* What the four readings come to, and whether the drawing is like the training images, in a sentence each. */
(function () {
  "use strict";
  const { readings: { best, percent } } = window.yourDigit.parts;
  const NAMES = { published: "the published network", normalized: "the normalized network", cnn: "the CNN", transformer: "the transformer" };
  const RARE = 0.01; // of the training images: what is as far out as they is called unlike them

  const and = (words) => (words.length < 2 ? words[0] : words.slice(0, -1).join(", ") + " and " + words[words.length - 1]);
  const a = (digit) => (digit === 8 ? "an 8" : "a " + digit);

  function runnerUp(shares) {
    const rest = shares.map((share, digit) => (digit === best(shares) ? -1 : share));
    return rest.indexOf(Math.max(...rest));
  }

  function reading(all) {
    const { published } = all, first = best(published), second = runnerUp(published);
    const rival = published[second] < 0.0005 ? "" : ", and " + percent(published[second]) + " % to " + a(second);
    const certain = "The published network gives it " + percent(published[first]) + " %" + rival + ".";
    const by = new Map();
    for (const [name, shares] of Object.entries(all)) by.set(best(shares), [...(by.get(best(shares)) || []), NAMES[name]]);
    if (by.size === 1) return "All four networks read " + a(first) + ". " + certain;
    const said = Array.from(by, ([digit, names]) => and(names) + (names.length > 1 ? " read " : " reads ") + a(digit));
    return "They disagree: " + said.join("; ") + ".";
  }

  const beyond = (share) => (share >= 1 ? "all" : share <= 0 ? "none" : (100 * share).toFixed(share > 0.98 || share < 0.02 ? 1 : 0) + " %");

  /* `farther` and `darker`: the share of the training images that are nearer to others, or have less ink. */
  function likeness({ farther, darker }) {
    const found = [];
    if (farther > 1 - RARE) found.push("it is farther from its five nearest neighbors than " + beyond(farther) + " of them are from theirs");
    if (darker > 1 - RARE) found.push("it has more ink than " + beyond(darker) + " of them");
    if (darker < RARE) found.push("it has less ink than " + beyond(1 - darker) + " of them");
    if (found.length) return "This is unlike the training images: " + found.join(", and ") + ". The networks learned from nothing like it, however sure they sound.";
    return "This is like the training images: " + beyond(farther) + " of them are closer to their neighbors, and " + beyond(darker) + " have less ink.";
  }

  window.yourDigit.parts.words = { reading, likeness, runnerUp };
})();
