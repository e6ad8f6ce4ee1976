/* A gallery of test images that follows its figure's state. */
(function () {
  "use strict";
  var mi = window.mi;

  /* Whether a row passes a panel's filters at the state; a gallery's and a follower's alike. */
  mi.passes = function (columns, filters, state, row) {
    return Object.keys(filters).every(function (column) {
      var value = state.values[filters[column]];
      var own = columns[column][row];
      return value === null || (Array.isArray(value) ? value.indexOf(own) >= 0 : value === own);
    });
  };

  function tile(columns, row) {
    var item = document.createElement("li");
    var digit = mi.digit(columns.image[row]);
    var read = document.createElement("span");
    var label = columns.label[row];
    var now = columns.predicted[row];
    var before = columns.before ? columns.before[row] : null; // what was read before, where the rows say so
    digit.setAttribute("role", "img");
    digit.setAttribute(
      "aria-label",
      "Test image " + columns.image[row] + ": a " + label + ", classified as " +
        (before === null ? now : before + " before and as " + now + " now")
    );
    read.className = "mi-read";
    read.setAttribute("aria-hidden", "true");
    read.textContent = (before === null ? label : before) + "\u2009→\u2009" + now;
    if (before !== null && now !== label) read.append(document.createElement("br"), "true " + label);
    item.appendChild(digit);
    item.appendChild(read);
    return item;
  }

  function line(about, columns, rows) {
    var leftOut = rows.reduce(function (sum, row) {
      return sum + (columns.left_out ? columns.left_out[row] : 0);
    }, 0);
    var n = rows.length + leftOut;
    var drawn = Math.min(rows.length, about.most);
    var shown = drawn === n ? "" : (leftOut ? ", " : ", the first ") + drawn + " shown";
    return about.title + ": " + n.toLocaleString("en-US") + (n === 1 ? " image" : " images") + shown;
  }

  mi.wireGallery = function (panel, about, state) {
    var names = Object.values(about.filters);
    var list = panel.querySelector(".mi-tiles");

    function draw() {
      var columns = mi.columns(about.data);
      var rows = columns.image.map(function (_, row) {
        return row;
      });
      rows = rows.filter(function (row) {
        return mi.passes(columns, about.filters, state, row);
      });
      list.textContent = "";
      rows.slice(0, about.most).forEach(function (row) {
        list.appendChild(tile(columns, row));
      });
      panel.querySelector(".mi-gallery").scrollTop = 0;
      panel.querySelector(".mi-count").textContent = line(about, columns, rows);
    }

    state.listen(function (changed) {
      if (
        changed.some(function (name) {
          return names.indexOf(name) >= 0;
        })
      )
        draw();
    });
  };
})();
