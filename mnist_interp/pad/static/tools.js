/* The buttons around the pad, and the pen that they set. */
(function () {
  "use strict";
  const { keep } = window.yourDigit.parts;

  const pressed = (button) => button.getAttribute("aria-pressed") === "true";

  /* A button that is in or out; `then` hears which. */
  function toggle(button, then) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(!pressed(button)));
      then(pressed(button));
    });
  }

  function wire(root, drawing, lift, { recentered, forgotten }) {
    const act = (name) => root.querySelector('[data-act="' + name + '"]');
    const undo = act("undo"), clear = act("clear"), erase = act("erase"), center = act("center"), thick = root.querySelector(".yd-thick input");
    const link = root.querySelector(".yd-link"), field = link.querySelector("input"), device = root.querySelector(".yd-device");

    const change = (action) => () => {
      lift();
      action();
    };
    undo.addEventListener("click", change(drawing.undo));
    clear.addEventListener("click", change(drawing.clear));
    toggle(erase, lift);
    toggle(center, recentered);
    act("link").addEventListener("click", () => {
      field.value = keep.address(drawing.state);
      link.hidden = false;
      field.focus();
      field.select();
    });
    act("copy").addEventListener("click", (event) => {
      field.select();
      if (!navigator.clipboard) return;
      const { target } = event, back = () => setTimeout(() => (target.textContent = "Copy"), 1500);
      navigator.clipboard.writeText(field.value).then(() => (target.textContent = "Copied"), () => (target.textContent = "Not allowed")).then(back);
    });
    act("forget").addEventListener("click", () => {
      keep.forget();
      forgotten();
      device.hidden = true;
    });
    drawing.listen(() => {
      const empty = !drawing.state.start && !drawing.state.strokes.length;
      undo.disabled = !drawing.canUndo;
      clear.disabled = act("link").disabled = empty;
      link.hidden = true;
    });
    undo.disabled = clear.disabled = act("link").disabled = true;
    return {
      tool: () => ({ thickness: Number(thick.value), erase: pressed(erase) }),
      kept: (yes) => (device.hidden = !yes),
    };
  }

  window.yourDigit.parts.tools = { wire, toggle };
})();
