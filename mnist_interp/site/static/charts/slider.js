/* A slider under a finger: a swipe up or down is the page's, so a touch counts once it goes sideways or is lifted.
   Charts and the lesion bench both load it. */
(function () {
  "use strict";
  const mi = (window.mi = window.mi || {});
  const SIDEWAYS = 8; // CSS pixels

  /* Calls `set` with each value that the reader means. */
  mi.heed = function (slider, set) {
    let touch = null; // where a finger went down, the value then, and the one it asks for

    function meant() {
      const { asked } = touch;
      touch = null;
      if (asked === slider.value) return;
      slider.value = asked;
      set(+asked);
    }

    slider.addEventListener("pointerdown", (event) => {
      touch = event.pointerType === "touch" ? { x: event.clientX, value: slider.value, asked: slider.value } : null;
    });
    slider.addEventListener("pointermove", (event) => {
      if (touch && Math.abs(event.clientX - touch.x) >= SIDEWAYS) meant();
    });
    slider.addEventListener("pointerup", () => touch && meant());
    slider.addEventListener("pointercancel", () => {
      if (touch) slider.value = touch.value; // the page scrolls
      touch = null;
    });
    slider.addEventListener("input", () => {
      if (!touch) return set(+slider.value);
      touch.asked = slider.value;
      slider.value = touch.value;
    });
  };
})();
