/* Panels that show the rows that the figure's state lets through: sentences, which stand in the page, and small pictures. */
(function () {
  "use strict";
  var mi = window.mi;
  var ACROSS = 32;

  function listen(about, state, show) {
    var names = Object.values(about.filters);
    state.listen(function (changed) {
      if (
        changed.some(function (name) {
          return names.indexOf(name) >= 0;
        })
      )
        show(mi.columns(about.data));
    });
  }

  mi.wireNote = function (panel, about, state) {
    var items = Array.from(panel.querySelectorAll("[data-rows]"), function (element) {
      return { element: element, rows: element.dataset.rows.split(" ") };
    });
    listen(about, state, function (columns) {
      items.forEach(function (item) {
        item.element.hidden = !item.rows.some(function (row) {
          return mi.passes(columns, about.filters, state, row);
        });
      });
    });
  };

  function tile(about, label, row) {
    var item = document.createElement("li");
    var map = document.createElement("span");
    var read = document.createElement("span");
    map.className = about.tile;
    map.setAttribute("role", "img");
    map.setAttribute("aria-label", about.title + ": " + label);
    map.style.setProperty("--c", row % ACROSS);
    map.style.setProperty("--r", Math.floor(row / ACROSS));
    read.className = "mi-read";
    read.setAttribute("aria-hidden", "true");
    read.textContent = label;
    item.append(map, read);
    return item;
  }

  mi.wirePictures = function (panel, about, state) {
    var list = panel.querySelector(".mi-maps");
    listen(about, state, function (columns) {
      var shown = [];
      columns[about.label].forEach(function (label, row) {
        if (mi.passes(columns, about.filters, state, row)) shown.push(tile(about, label, row));
      });
      list.replaceChildren.apply(list, shown);
    });
  };
})();
