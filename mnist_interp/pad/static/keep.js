/* The drawing on this device, if the browser keeps anything, and in an address, if a reader asks for one. */
(function () {
  "use strict";
  const { code } = window.yourDigit.parts;
  const KEY = "your-digit", HIDDEN = "your-digit-hidden", MARK = "#digit=";

  const tried = (action) => {
    try { return action(); } catch (error) { return null; } // a browser that keeps nothing
  };

  /* Keep a drawing; say whether it is kept. */
  function save(state) {
    const empty = !state.start && !state.strokes.length;
    return tried(() => {
      if (empty) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, code.encode(state));
      return !empty;
    }) || false;
  }

  const forget = () => tried(() => localStorage.removeItem(KEY));
  const kept = () => {
    const text = tried(() => localStorage.getItem(KEY));
    return text ? code.decode(text) : null;
  };

  /* Whether the reader wants to see it on the pages of the chapters. */
  const hidden = () => tried(() => localStorage.getItem(HIDDEN)) !== null;
  const hide = (yes) => tried(() => (yes ? localStorage.setItem(HIDDEN, "1") : localStorage.removeItem(HIDDEN)));

  const address = (state) => location.href.split("#")[0] + MARK + code.encode(state);

  /* What the address holds: a drawing, null if it holds what is none, undefined if it says nothing of one. */
  const given = () => (location.hash.startsWith(MARK) ? code.decode(location.hash.slice(MARK.length)) : undefined);

  window.yourDigit.parts.keep = { save, forget, kept, hidden, hide, address, given };
})();
