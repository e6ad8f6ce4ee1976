/* The drawing: a test image to start from, or none, and strokes; and what it was before each change. */
(function () {
  "use strict";
  const { raster } = window.yourDigit.parts;
  const PAST = 300, MOST = 5000; // changes that can be undone; points of all strokes
  const EMPTY = { start: null, strokes: [] };

  function make() {
    let state = EMPTY, ink = raster.blank(), points = 0;
    const past = [], listeners = [];
    const changed = () => listeners.forEach((listen) => listen());
    const inside = (place) => Math.min(raster.WIDTH, Math.max(0, Math.round(place)));

    function become(next) {
      state = next;
      points = state.strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);
      ink = raster.whole(state.start && state.start.pixels, state.strokes);
      changed();
    }

    function change(next) {
      past.push(state);
      if (past.length > PAST) past.shift();
      become(next);
    }

    function begin(x, y, { thickness, erase }) {
      if (points >= MOST) return;
      change({ start: state.start, strokes: [...state.strokes, { thickness, erase, points: [inside(x), inside(y)] }] });
    }

    /* Go on with the last stroke. */
    function extend(x, y) {
      const stroke = state.strokes[state.strokes.length - 1], [ax, ay] = stroke.points.slice(-2), bx = inside(x), by = inside(y);
      if (points >= MOST || Math.hypot(bx - ax, by - ay) < 1.5) return;
      stroke.points.push(bx, by);
      points += 1;
      raster.line(ink, stroke, ax, ay, bx, by);
      changed();
    }

    return {
      begin,
      extend,
      undo: () => past.length && become(past.pop()),
      clear: () => state !== EMPTY && change(EMPTY),
      set: (next) => change({ start: next.start || null, strokes: next.strokes || [] }),
      listen: (listener) => listeners.push(listener),
      get state() { return state; },
      get ink() { return ink; },
      get canUndo() { return past.length > 0; },
    };
  }

  window.yourDigit.parts.drawing = { make, MOST };
})();
