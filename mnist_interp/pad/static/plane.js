/* Layer 2's plane of the two first linear discriminants: training images, the digits' means, and the drawing. */
(function () {
  "use strict";
  const { ink } = window.yourDigit.parts, MARGIN = 22;

  /* From the plane to the canvas: the same scale both ways, all points within. */
  function fitted(canvas, points) {
    const ends = (key) => [Math.min(...points.map((one) => one[key])), Math.max(...points.map((one) => one[key]))];
    const [left, right] = ends("x"), [low, high] = ends("y");
    const scale = Math.min((canvas.width - 2 * MARGIN) / (right - left), (canvas.height - 2 * MARGIN) / (high - low));
    return ({ x, y }) => [
      canvas.width / 2 + scale * (x - (left + right) / 2),
      canvas.height / 2 - scale * (y - (low + high) / 2),
    ];
  }

  function dots(context, cloud, to) {
    context.globalAlpha = 0.35;
    for (const one of cloud) {
      context.fillStyle = ink.named("digit-" + one.digit);
      context.beginPath();
      context.arc(...to(one), 2.5, 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function names(context, means, to) {
    context.font = "bold 26px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 6;
    context.strokeStyle = ink.named("paper");
    means.forEach(([x, y], digit) => {
      const at = to({ x, y });
      context.strokeText(digit, ...at);
      context.fillStyle = ink.named("text-digit-" + digit);
      context.fillText(digit, ...at);
    });
  }

  function cross(context, [x, y]) {
    for (const [width, color] of [[11, "paper"], [5, "ink"]]) {
      context.lineWidth = width;
      context.strokeStyle = ink.named(color);
      context.beginPath();
      for (const [dx, dy] of [[1, 1], [1, -1]]) {
        context.moveTo(x - 11 * dx, y - 11 * dy);
        context.lineTo(x + 11 * dx, y + 11 * dy);
      }
      context.stroke();
    }
  }

  function make(root) {
    const canvas = root.querySelector(".yd-plane canvas");

    /* `known` as `familiar.load` gives it, and where the drawing lies; or nothing. */
    return (known, place) => {
      ink.keepPainted(canvas, () => {
        const context = canvas.getContext("2d");
        context.clearRect(0, 0, canvas.width, canvas.height);
        if (!known) return;
        const own = { x: place[0], y: place[1] }, to = fitted(canvas, [...known.cloud, own]);
        dots(context, known.cloud, to);
        names(context, known.means, to);
        cross(context, to(own));
      });
      const apart = known && known.means.map(([x, y]) => Math.hypot(x - place[0], y - place[1]));
      canvas.setAttribute("aria-label", known
        ? "Your digit is nearest to the mean of the " + apart.indexOf(Math.min(...apart)) + "s, among 2,000 training images" : "Empty");
    };
  }

  window.yourDigit.parts.plane = { make };
})();
