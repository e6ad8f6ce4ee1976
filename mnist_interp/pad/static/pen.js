/* Drawing by mouse, pen or finger. */
(function () {
  "use strict";
  const { raster } = window.yourDigit.parts;

  function wire(place, drawing, tool) {
    let pointer = null;
    const spot = (event) => {
      const box = place.firstElementChild.getBoundingClientRect(), scale = raster.WIDTH / box.width;
      return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    };
    place.addEventListener("pointerdown", (event) => {
      if (pointer !== null || event.button !== 0) return;
      pointer = event.pointerId;
      drawing.begin(...spot(event), tool());
      if (event.isTrusted) place.setPointerCapture(pointer); // another tells of one that was held
      event.preventDefault();
      place.focus({ preventScroll: true });
    });
    place.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      (all.length ? all : [event]).forEach((one) => drawing.extend(...spot(one)));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      place.addEventListener(end, (event) => event.pointerId === pointer && (pointer = null));
  }

  window.yourDigit.parts.pen = { wire };
})();
