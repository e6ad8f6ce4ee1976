/* A hundred test images to start from, shown when the reader asks for them. */
(function () {
  "use strict";
  const pad = window.yourDigit, PIXELS = 784;
  let loading = null;

  /* All of them: pixels in [0, 1], digit, and place among the test images. */
  function load() {
    loading = loading || pad.computing().then(() => pad.take("starts")).then(async ({ images, places }) => {
      const { pixels, labels } = await pad.parts.payload.images(images);
      return places.map((place, number) => ({
        number, place, digit: labels[number],
        pixels: Float32Array.from(pixels.subarray(number * PIXELS, (number + 1) * PIXELS), (byte) => byte / 255),
      }));
    });
    loading.catch(() => (loading = null));
    return loading;
  }

  function wire(details, drawing, lift) {
    const box = details.querySelector(".yd-hundred");
    details.addEventListener("toggle", async () => {
      if (!details.open || box.firstChild) return;
      for (const one of await load()) {
        const button = document.createElement("button"), canvas = document.createElement("canvas");
        button.type = "button";
        button.setAttribute("aria-label", "Test image " + one.place + ", a " + one.digit);
        canvas.width = canvas.height = 28;
        button.append(canvas);
        button.addEventListener("click", () => {
          lift();
          drawing.set({ start: one });
        });
        box.append(button);
        pad.parts.ink.gray(canvas, one.pixels);
      }
    });
  }

  pad.parts.starts = { load, wire };
})();
