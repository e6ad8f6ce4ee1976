// Shows what a term means where it is used: under the pointer, on focus, at a first tap. Escape closes it.
(function () {
  "use strict";
  var glossary = window.miGlossary || {};
  var GAP = 6, EDGE = 12, OPEN = 120, CLOSE = 250;
  var card = document.createElement("div");
  var shown = null, timer = null, tapped = null;
  card.id = "mi-term";
  card.className = "mi-term";
  card.hidden = true;
  card.setAttribute("role", "tooltip");
  document.body.append(card);

  function place(link) {
    var at = link.getClientRects()[0], width = card.offsetWidth, height = card.offsetHeight;
    var room = document.documentElement.clientWidth;
    var above = at.bottom + GAP + height > innerHeight && at.top - GAP - height > 0;
    card.style.left = scrollX + Math.max(EDGE, Math.min(at.left, room - width - EDGE)) + "px";
    card.style.top = scrollY + (above ? at.top - GAP - height : at.bottom + GAP) + "px";
  }

  function hide() {
    clearTimeout(timer);
    if (shown) shown.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  }

  function show(link, touched) {
    clearTimeout(timer);
    if (shown === link) return;
    hide();
    var about = glossary[decodeURIComponent(link.hash.slice(1))], name = document.createElement("strong");
    card.innerHTML = about.html;
    name.textContent = about.term;
    card.prepend(name);
    if (touched) {
      var more = document.createElement("p");
      more.className = "mi-term-more";
      more.textContent = "Tap the word again for the glossary.";
      card.append(more);
    }
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    shown = link;
    place(link);
  }

  function later(what, after) {
    clearTimeout(timer);
    timer = setTimeout(what, after);
  }

  function wire(link) {
    link.addEventListener("pointerenter", function (event) {
      if (event.pointerType === "mouse") later(show.bind(null, link, false), OPEN);
    });
    link.addEventListener("pointerleave", function (event) {
      if (event.pointerType === "mouse") later(hide, CLOSE);
    });
    link.addEventListener("pointerdown", function (event) {
      tapped = event.pointerType === "mouse" ? null : { open: shown === link };
    });
    link.addEventListener("focus", function () { if (!tapped) show(link, false); });
    link.addEventListener("blur", hide);
    link.addEventListener("click", function (event) {
      var first = tapped && !tapped.open;
      tapped = null;
      if (!first) return;
      event.preventDefault();
      show(link, true);
    });
  }

  card.addEventListener("pointerenter", function () { clearTimeout(timer); });
  card.addEventListener("pointerleave", function () { later(hide, CLOSE); });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") hide(); });
  document.addEventListener("pointerdown", function (event) {
    if (shown && !card.contains(event.target) && !shown.contains(event.target)) hide();
  });
  addEventListener("resize", hide);
  document.querySelectorAll("a > .std-term").forEach(function (word) {
    var link = word.parentElement;
    if (glossary[decodeURIComponent(link.hash.slice(1))]) wire(link);
  });
})();
