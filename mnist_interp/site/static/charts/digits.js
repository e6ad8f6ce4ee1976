/* Digits from the shared sprite, and the tip that shows what a mark stands for. */
(function () {
  "use strict";
  var mi = window.mi;
  var ACROSS = 100;
  var tip = null;

  /* The sprite is only fetched when an element that uses the variable is drawn. */
  document.documentElement.style.setProperty("--mi-sprite", 'url("' + mi.address("digits.png") + '")');

  mi.digit = function (image) {
    var tile = document.createElement("span");
    tile.className = "mi-digit mi-from-sprite";
    tile.style.setProperty("--c", image % ACROSS);
    tile.style.setProperty("--r", Math.floor(image / ACROSS));
    return tile;
  };

  /* A value as it is read: negative numbers with a minus sign. */
  mi.read = function (value) {
    return value === null ? "" : String(value).replace(/^-(?=\d)/, "−");
  };

  function entries(item) {
    var told = item.tooltip;
    if (told === null || typeof told !== "object") return [["", mi.read(told)]];
    return Object.keys(told).map(function (title) {
      return [title.trim(), mi.read(told[title])];
    });
  }

  mi.words = function (item) {
    var image = item.datum && item.datum.image;
    var parts = entries(item).map(function (pair) {
      return pair[0] ? pair[0] + " " + pair[1] : pair[1];
    });
    if (typeof image === "number") parts.unshift("test image " + image);
    return parts.join(", ");
  };

  function fill(item) {
    tip.textContent = "";
    var image = item.datum && item.datum.image;
    if (typeof image === "number") tip.appendChild(mi.digit(image));
    var list = document.createElement("dl");
    entries(item).forEach(function (pair) {
      var term = document.createElement("dt");
      var value = document.createElement("dd");
      term.textContent = pair[0];
      value.textContent = pair[1];
      if (!pair[0]) value.className = "mi-whole";
      if (pair[0]) list.appendChild(term);
      list.appendChild(value);
    });
    tip.appendChild(list);
  }

  /* `box` is the mark's rectangle in the window. */
  mi.showTip = function (item, box) {
    if (!tip) {
      tip = document.createElement("div");
      tip.className = "mi-tip";
      tip.setAttribute("aria-hidden", "true");
      document.body.appendChild(tip);
    }
    if (tip.miItem !== item) fill(item);
    tip.miItem = item;
    tip.hidden = false;
    var width = tip.offsetWidth;
    var height = tip.offsetHeight;
    var left = (box.left + box.right) / 2 - width / 2;
    var top = box.top - height - 10;
    if (top < 4) top = Math.min(box.bottom + 10, window.innerHeight - height - 4);
    tip.style.left = Math.max(4, Math.min(left, document.documentElement.clientWidth - width - 4)) + "px";
    tip.style.top = top + "px";
  };

  mi.hideTip = function () {
    if (!tip) return;
    tip.hidden = true;
    tip.miItem = null;
  };
})();
