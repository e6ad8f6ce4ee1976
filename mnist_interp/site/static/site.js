// The page's own behavior: the color theme, code to show and to copy, the contents panel, and the place in the text.
(function () {
  "use strict";
  var root = document.documentElement, base = document.currentScript.src.replace(/[^/]*$/, "");

  function stored(name) {
    try { return localStorage.getItem(name); } catch (error) { return null; }
  }

  function showTheme(theme) {
    root.dataset.theme = theme;
    document.querySelectorAll(".mi-theme").forEach(function (button) {
      button.setAttribute("aria-pressed", String(theme === "dark"));
    });
  }

  function themes() {
    var system = matchMedia("(prefers-color-scheme: dark)");
    showTheme(root.dataset.theme || "light");
    document.querySelectorAll(".mi-theme").forEach(function (button) {
      button.addEventListener("click", function () {
        var theme = root.dataset.theme === "dark" ? "light" : "dark";
        showTheme(theme);
        try { localStorage.setItem("theme", theme); } catch (error) { /* a browser that keeps nothing */ }
      });
    });
    system.addEventListener("change", function () {
      if (!stored("theme")) showTheme(system.matches ? "dark" : "light");
    });
  }

  function copying() {
    if (!navigator.clipboard) return;
    document.querySelectorAll(".cell_input .highlight, article > section .highlight").forEach(function (block) {
      if (block.querySelector(".mi-copy")) return;
      var button = document.createElement("button");
      button.type = "button";
      button.className = "mi-copy";
      button.textContent = "Copy";
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(block.querySelector("pre").innerText).then(function () {
          button.textContent = "Copied";
          setTimeout(function () { button.textContent = "Copy"; }, 1500);
        }, function () { button.textContent = "Not allowed"; });
      });
      block.appendChild(button);
    });
  }

  // A change keeps what the reader looks at where it is: `edge` says where that stands, before and after.
  function steady(edge, change) {
    root.style.overflowAnchor = "none";
    var before = edge();
    change();
    scrollBy({ top: edge() - before, behavior: "instant" });
    requestAnimationFrame(function () { root.style.overflowAnchor = ""; });
  }

  function top(element) { return element.getBoundingClientRect().top; }

  function looked(button) {
    if (!button.closest(".mi-sections")) return button;
    return Array.from(document.querySelectorAll("article :is(h1, h2, h3, p, li, figure, table)")).find(function (part) {
      return top(part) > 60 && !part.closest("details.hide") && part.getClientRects().length;
    }) || button;
  }

  // Code is shown or hidden as a whole, for as long as the tab is open; each piece can be closed at its end.
  function code() {
    var folds = document.querySelectorAll(".tag_hide-input > details.hide");
    function open(shown) { folds.forEach(function (fold) { fold.open = shown; }); }
    function show(shown) {
      if (shown) root.dataset.code = "shown"; else delete root.dataset.code;
      try { if (shown) sessionStorage.setItem("code", "shown"); else sessionStorage.removeItem("code"); } catch (error) { /* kept on this page alone */ }
      open(shown);
    }
    if (root.dataset.code) open(true);
    document.querySelectorAll(".mi-code").forEach(function (button) {
      button.addEventListener("click", function () {
        var kept = looked(button);
        steady(function () { return top(kept); }, function () { show(!root.dataset.code); });
        reachable();
      });
    });
    document.querySelectorAll(".mi-close").forEach(function (button) {
      var fold = button.parentElement;
      button.addEventListener("click", function () {
        steady(function () { return (fold.open ? button : fold).getBoundingClientRect().bottom; }, function () { fold.open = false; });
        fold.querySelector("summary").focus({ preventScroll: true });
      });
    });
  }

  function contents() {
    var menu = document.querySelector(".mi-menu");
    if (!menu) return;
    document.addEventListener("click", function (event) {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("focusout", function (event) {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
    });
    document.addEventListener("keydown", function (event) {
      var typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        var link = document.querySelector(".mi-search-link");
        if (link) { event.preventDefault(); link.click(); }
      }
    });
  }

  function place() {
    var links = new Map();
    document.querySelectorAll(".mi-sections a[href^='#']").forEach(function (link) {
      var id = decodeURIComponent(link.hash.slice(1));
      var section = id && document.getElementById(id);
      if (section) links.set(section, link);
    });
    if (!links.size) return;
    var visible = new Set();
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) visible.add(entry.target); else visible.delete(entry.target);
      });
      var current = Array.from(links.keys()).filter(function (section) { return visible.has(section); }).pop();
      links.forEach(function (link, section) {
        if (section === current) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      });
    }, { rootMargin: "-10% 0px -70% 0px" });
    links.forEach(function (link, section) { observer.observe(section); });
  }

  function reach(box) {
    var high = box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== "hidden";
    if (high || box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  // What is wider than the column, or higher than its box, can be scrolled by keyboard too. An equation has no width until it is near the screen.
  function reachable() {
    document.querySelectorAll("article pre, .mi-equation, .mi-scroll, .output.text_html > div").forEach(reach);
  }

  function unfoldForPrint() {
    addEventListener("beforeprint", function () {
      document.querySelectorAll("details:is(.mi-fold, .sd-dropdown, .mi-claim *):not([open])").forEach(function (fold) {
        fold.open = true;
        fold.dataset.miPrinted = "";
      });
    });
    addEventListener("afterprint", function () {
      document.querySelectorAll("details[data-mi-printed]").forEach(function (fold) {
        fold.open = false;
        delete fold.dataset.miPrinted;
      });
    });
  }

  // Your digit: asked for by a hand on the cover's pad, whose first strokes wait for it, and by a drawing on this device.
  function yourDigit() {
    var pad = document.querySelector(".yd-cover .yd-pad"), kinds = ["pointerdown", "pointermove", "pointerup", "pointercancel", "keydown"], held = [], begun = false;
    function begin(names) {
      if (!begun) names.forEach(function (name) {
        document.head.append(Object.assign(document.createElement("script"), { src: base + "your-digit/" + name + ".js", async: false }));
      });
      begun = true;
    }
    function hold(event) {
      if (event.type === "keydown" ? !/^(Arrow\w+| )$/.test(event.key) : event.type !== "pointerdown" && !held.length) return;
      if (event.type === "pointerdown") pad.setPointerCapture(event.pointerId);
      if (event.type === "keydown") event.preventDefault();
      held.push(event);
      begin(["center", "start"]);
    }
    kinds.forEach(function (kind) { if (pad) pad.addEventListener(kind, hold); });
    if (pad) pad.parentElement.addEventListener("yd-awake", function () {
      kinds.forEach(function (kind) { pad.removeEventListener(kind, hold); });
      held.forEach(function (event) { pad.dispatchEvent(new event.constructor(event.type, event)); });
    });
    if (!stored("your-digit") || (pad ? stored("your-digit-hidden") : !document.querySelector(".mi-figure, .mi-bench"))) return;
    begin(["center", "start"].concat(pad ? [] : "along"));
  }

  document.addEventListener("contentvisibilityautostatechange", function (event) {
    if (event.target.matches(".mi-equation") && !event.skipped) reach(event.target);
  }, true);
  themes();
  code();
  contents();
  copying();
  place();
  reachable();
  unfoldForPrint();
  yourDigit();
  root.classList.add("mi-ready");
})();
