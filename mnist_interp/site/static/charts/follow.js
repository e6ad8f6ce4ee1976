/* Panels whose rows all stand in the page, shown or hidden by the figure's state: sentences and small pictures. */
(function () {
  "use strict";
  var mi = window.mi;

  mi.wireFollower = function (panel, about, state) {
    var names = Object.values(about.filters);
    var items = Array.from(panel.querySelectorAll("[data-row]"));

    state.listen(function (changed) {
      if (
        !changed.some(function (name) {
          return names.indexOf(name) >= 0;
        })
      )
        return;
      var columns = mi.columns(about.data);
      items.forEach(function (item, row) {
        item.hidden = !mi.passes(columns, about.filters, state, row);
      });
    });
  };
})();
