/* A panel that looks up what the reader's own subset of units gives, among all subsets of its size. */
(function () {
  "use strict";
  var mi = window.mi;

  function members(subset) {
    var found = [];
    for (var unit = 0; subset >> unit; unit++) if ((subset >> unit) & 1) found.push(unit);
    return found;
  }

  function count(subset) {
    var n = 0;
    for (; subset; subset &= subset - 1) n++;
    return n;
  }

  function listed(subset) {
    return members(subset).join(", ") || "none";
  }

  function percent(share) {
    return (100 * share).toFixed(1) + "%";
  }

  mi.wireOwnSubset = function (panel, about, state) {
    function show() {
      var game = mi.columns(about.data)[state.values[about.game]];
      var here = state.values[about.units].reduce(function (sum, unit) {
        return sum + (1 << Number(unit));
      }, 0);
      var size = count(here);
      var sets = 0;
      var above = 0;
      var below = 0;
      var best = -1;
      game.forEach(function (right, subset) {
        if (count(subset) !== size) return;
        sets++;
        if (right > game[here]) above++;
        if (right < game[here]) below++;
        if (best < 0 || right > game[best]) best = subset;
      });
      var words = {
        size: String(size),
        units: listed(here),
        accuracy: percent(game[here] / about.images),
        sets: sets.toLocaleString("en-US"),
        rank: (above + 1).toLocaleString("en-US"),
        below: Math.floor((100 * below) / sets) + "%",
        best: listed(best),
        best_accuracy: percent(game[best] / about.images),
      };
      panel.querySelectorAll("[data-own]").forEach(function (element) {
        element.textContent = words[element.dataset.own];
      });
      var change = {};
      change[about.own[0]] = size;
      change[about.own[1]] = game[here] / about.images;
      state.set(change);
    }

    state.listen(function (names) {
      if (names.indexOf(about.units) >= 0 || names.indexOf(about.game) >= 0) show();
    });
  };
})();
