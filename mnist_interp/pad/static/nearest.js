/* The training images nearest to the drawing, pixel by pixel, with their digits. */
(function () {
  "use strict";
  const { ink } = window.yourDigit.parts;

  function make(root) {
    const list = root.querySelector(".yd-near ol");
    return (shown) => {
      const items = (shown || []).map(({ digit, distance, image }) => {
        const item = document.createElement("li"), canvas = document.createElement("canvas"), words = document.createElement("span");
        canvas.width = canvas.height = 28;
        canvas.className = "yd-ink";
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", "A training image of a " + digit);
        words.textContent = "a " + digit + ", at " + distance.toFixed(1);
        item.append(canvas, words);
        ink.gray(canvas, image);
        return item;
      });
      list.replaceChildren(...items);
    };
  }

  window.yourDigit.parts.nearest = { make };
})();
