/* Places of a control in the page's address: `#neuron=2:14` sets it and opens its figure, and follows what is chosen. */
(function () {
  "use strict";
  var mi = window.mi;

  mi.wireAddress = function (figure, part, state) {
    var name = part.dataset.param;
    var values = new Map(Object.entries(JSON.parse(part.dataset.addresses)));

    function read() {
      var change = {};
      if (!values.has(location.hash.slice(1))) return;
      change[name] = values.get(location.hash.slice(1));
      state.set(change);
      figure.scrollIntoView({ block: "start" });
    }

    state.listen(function (names) {
      if (names.indexOf(name) < 0) return;
      values.forEach(function (value, address) {
        if (mi.same(value, state.values[name])) history.replaceState(null, "", "#" + address);
      });
    });
    queueMicrotask(read); // when all figures are there to follow
    window.addEventListener("hashchange", read);
    document.addEventListener("click", function (event) {
      var link = event.target.closest('a[href^="#"]');
      if (link && link.hash === location.hash) read(); // the same link again: the address does not change
    });
  };
})();
