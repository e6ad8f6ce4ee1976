/* The images whose reading changed, as the digits themselves, out of the sprite of all test images. */
(function () {
  "use strict";
  const bench = window.lesionBench, { lesion } = bench.parts;
  const ACROSS = 100, AT_ONCE = 40;

  /* What is listed: by a cell of the matrix, by a digit, or all. */
  function groups(state) {
    const { labels, untouched } = state.state, { read, flips, cell, digit } = state;
    if (cell) {
      const changed = [...flips.broken, ...flips.mended, ...flips.moved].filter((image) => labels[image] === cell.truth);
      return [
        [cell.truth + " now classified as " + cell.read, changed.filter((image) => read[image] === cell.read)],
        ["No longer", changed.filter((image) => untouched[image] === cell.read)],
      ];
    }
    const mine = (list) => (digit === null ? list : list.filter((image) => labels[image] === digit));
    const of = digit === null ? "" : " of " + lesion.KIND + " " + digit;
    return [["Broken" + of, mine(flips.broken)], ["Mended" + of, mine(flips.mended)]];
  }

  function tile(state, image) {
    const item = document.createElement("li"), picture = document.createElement("span"), words = document.createElement("span");
    const label = state.state.labels[image], was = state.state.untouched[image], is = state.read[image];
    const name = lesion.IMAGES.slice(0, -1);
    picture.className = "lb-picture";
    picture.style.setProperty("--c", image % ACROSS);
    picture.style.setProperty("--r", Math.floor(image / ACROSS));
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", name + " " + image + ", a " + label + ", classified as " + was + " before and as " + is + " now");
    picture.title = name[0].toUpperCase() + name.slice(1) + " " + image + ": a " + label;
    words.className = "lb-reading";
    words.setAttribute("aria-hidden", "true");
    words.textContent = was + "→" + is;
    item.append(picture, words);
    return item;
  }

  function group(state, title, images, limit, more) {
    const part = document.createElement("div"), head = document.createElement("p"), list = document.createElement("ul");
    head.className = "lb-group";
    head.textContent = title + ": " + images.length.toLocaleString("en-US");
    list.append(...images.slice(0, limit).map((image) => tile(state, image)));
    part.append(head, list);
    if (images.length > limit) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "lb-more";
      button.textContent = "Show more";
      button.setAttribute("aria-label", "Show more: " + title);
      button.addEventListener("click", more);
      part.append(button);
    }
    return part;
  }

  function make(place) {
    const home = place.querySelector(".lb-groups");
    place.style.setProperty("--lb-sprite", 'url("' + bench.address("../charts/digits.png") + '")');
    const limits = [AT_ONCE, AT_ONCE];
    let frame = null;

    return function show(state) {
      limits.fill(AT_ONCE);
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(function draw() {
        const made = groups(state).map(([title, images], which) =>
          group(state, title, images, limits[which], () => {
            limits[which] += 3 * AT_ONCE;
            draw();
            home.children[which].querySelectorAll("button").forEach((button) => button.focus());
          })
        );
        home.replaceChildren(...made);
      });
    };
  }

  bench.parts.flips = { make };
})();
