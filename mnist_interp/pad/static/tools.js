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

  /* Undo and clear, which every pad has; `then` hears whether there is nothing drawn. */
  function basic(root, drawing, lift, then = () => {}) {
    const [undo, clear] = ["undo", "clear"].map((name) => root.querySelector('[data-act="' + name + '"]'));
    for (const [button, action] of [[undo, drawing.undo], [clear, drawing.clear]])
      button.addEventListener("click", () => {
        lift();
        action();
      });
    const show = () => {
      const empty = !drawing.state.start && !drawing.state.strokes.length;
      undo.disabled = !drawing.canUndo;
      clear.disabled = empty;
      then(empty);
    };
    drawing.listen(show);
    show();
  }

  function wire(root, drawing, lift, { recentered, forgotten }) {
    const act = (name) => root.querySelector('[data-act="' + name + '"]');
    const erase = act("erase"), center = act("center"), thick = root.querySelector(".yd-thick input"), along = act("along");
    const link = root.querySelector(".yd-link"), field = link.querySelector("input"), device = root.querySelector(".yd-device");

    basic(root, drawing, lift, (empty) => {
      act("link").disabled = empty;
      link.hidden = true;
    });
    toggle(erase, lift);
    toggle(center, recentered);
    const says = (shown) => (along.textContent = shown ? "Shown there" : "Hidden there");
    along.setAttribute("aria-pressed", String(!keep.hidden()));
    says(!keep.hidden());
    toggle(along, (shown) => {
      says(shown);
      keep.hide(!shown);
    });
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
    return {
      tool: () => ({ thickness: Number(thick.value), erase: pressed(erase) }),
      kept: (yes) => (device.hidden = !yes),
    };
  }

  window.yourDigit.parts.tools = { wire, basic, toggle };
})();
