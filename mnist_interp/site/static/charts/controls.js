/* Controls set states, and follow them: sliders with play and pause, options, chips. */
(function () {
  "use strict";
  var mi = window.mi;
  var FULL_RUN = 6000;

  function scrub(part, state) {
    var name = part.dataset.param;
    var values = JSON.parse(part.dataset.values);
    var labels = JSON.parse(part.dataset.labels);
    var input = part.querySelector("input");
    var output = part.querySelector("output");
    var button = part.querySelector("button");
    var timer = null;
    var pace = Math.max(90, Math.min(450, FULL_RUN / values.length));

    function now() {
      return values.findIndex(function (value) {
        return mi.same(value, state.values[name]);
      });
    }

    function show() {
      var at = now();
      if (at < 0) return;
      input.value = at;
      input.setAttribute("aria-valuetext", labels[at]);
      input.style.setProperty("--mi-done", (100 * at) / (values.length - 1) + "%");
      output.textContent = labels[at];
    }

    function go(at) {
      var change = {};
      change[name] = values[at];
      state.set(change);
    }

    function pause() {
      clearInterval(timer);
      timer = null;
      button.setAttribute("aria-pressed", "false");
    }

    function step() {
      var at = now() + 1;
      go(at);
      if (at >= values.length - 1) pause();
    }

    function play() {
      button.setAttribute("aria-pressed", "true");
      if (now() >= values.length - 1) go(0);
      timer = setInterval(step, mi.reducedMotion() ? 1000 : pace);
    }

    mi.heed(input, function (at) {
      pause();
      go(at);
    });
    button.addEventListener("click", function () {
      if (timer) pause();
      else play();
    });
    document.addEventListener("visibilitychange", function () {
      if (document.hidden) pause();
    });
    return show;
  }

  function choose(part, state) {
    var name = part.dataset.param;
    var many = "many" in part.dataset;
    var inputs = Array.prototype.slice.call(part.querySelectorAll("input"));
    var list = part.querySelector("select");
    var every = part.querySelector(".mi-every");

    function set(value) {
      var change = {};
      change[name] = value;
      state.set(change);
    }

    function chosen() {
      var values = inputs
        .filter(function (input) {
          return input.checked;
        })
        .map(function (input) {
          return JSON.parse(input.value);
        });
      return many ? values : values[0];
    }

    part.addEventListener("change", function () {
      set(list ? JSON.parse(list.value) : chosen());
    });
    if (every) {
      every.addEventListener("click", function () {
        var all = inputs.every(function (input) {
          return input.checked;
        });
        inputs.forEach(function (input) {
          input.checked = !all;
        });
        set(chosen());
      });
    }
    return function () {
      var value = state.values[name];
      if (list) list.value = JSON.stringify(value);
      inputs.forEach(function (input) {
        var own = JSON.parse(input.value);
        input.checked = many
          ? value.some(function (one) {
              return mi.same(one, own);
            })
          : mi.same(value, own);
      });
      if (every) every.textContent = value.length === inputs.length ? "None" : "All";
    };
  }

  mi.wireControls = function (figure, state) {
    var shows = [];
    figure.querySelectorAll(".mi-scrub").forEach(function (part) {
      shows.push(scrub(part, state));
    });
    figure.querySelectorAll(".mi-choose").forEach(function (part) {
      shows.push(choose(part, state));
      if ("addresses" in part.dataset) mi.wireAddress(figure, part, state);
    });
    function showAll() {
      shows.forEach(function (show) {
        show();
      });
    }
    state.listen(showAll);
    showAll();
  };
})();
