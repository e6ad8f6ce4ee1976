/* Which pixels speak for the reading, and which for the runner-up: integrated gradients, on one scale. */
(function () {
  "use strict";
  const { ink } = window.yourDigit.parts;

  function make(root) {
    const figures = Array.from(root.querySelectorAll(".yd-shares figure"), (figure) => [figure.firstElementChild, figure.lastElementChild]);

    /* `maps`: for each of the two, digit and shares of the pixels; or nothing. */
    return (maps) => {
      const reach = maps ? Math.max(...maps.flatMap(({ shares }) => shares.map(Math.abs))) : 0;
      figures.forEach(([canvas, caption], place) => {
        const one = maps && maps[place], sum = one ? one.shares.reduce((a, b) => a + b) : 0;
        ink.signed(canvas, one && one.shares, reach);
        caption.textContent = one ? (place ? "Runner-up " : "Reading ") + one.digit + ": " + (sum < 0 ? "−" : "+") + Math.abs(sum).toFixed(1) : "";
        canvas.setAttribute("aria-label", one ? "Pixels’ shares in the logit of " + one.digit : "Empty");
      });
    };
  }

  window.yourDigit.parts.attribution = { make };
})();
