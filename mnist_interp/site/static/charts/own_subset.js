/* A panel that looks up what the reader's own subset of units gives, among all subsets of its size. The page's address
   says which it is, `#subset=mean:0,3,5`; a link takes what is left out to the lesion bench. */
(function () {
  "use strict";
  var mi = window.mi;
  var ADDRESS = /^#subset=(\w+):((?:\d+(?:,\d+)*)?)$/;

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
    var bench = panel.querySelector(".mi-to-bench a");

    function lesion(n, here) {
      var dose = state.values[about.game] === "zero" ? "0" : state.values[about.game];
      var doses = members((1 << n) - 1 - here).map(function (unit) {
        return about.bench[1] + ":" + unit + "=" + dose;
      });
      return about.bench[0] + "#bench=" + doses.join(",");
    }

    /* Takes the address's subset, if it is one; any other address is not the figure's. */
    function read() {
      var asked = ADDRESS.exec(location.hash);
      var games = mi.columns(about.data);
      if (!asked || Object.keys(games).indexOf(asked[1]) < 0) return;
      var units = asked[2] ? asked[2].split(",").map(Number) : [];
      if (units.some(function (unit) { return unit >= Math.log2(games[asked[1]].length); })) return;
      var here = units.reduce(function (subset, unit) {
        return subset | (1 << unit);
      }, 0);
      var change = {};
      change[about.game] = asked[1];
      change[about.units] = members(here).map(String);
      state.set(change);
      panel.closest(".mi-figure").scrollIntoView({ block: "start" });
    }

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
      if (bench) bench.href = lesion(Math.log2(game.length), here);
      history.replaceState(null, "", "#subset=" + state.values[about.game] + ":" + members(here).join(","));
    }

    state.listen(function (names) {
      if (names.indexOf(about.units) >= 0 || names.indexOf(about.game) >= 0) show();
    });
    queueMicrotask(read); // when all figures are there to follow
    window.addEventListener("hashchange", read);
  };
})();
