/* Brings figures alive as they near the screen. `window.miFigures` has each by name, for tests and the curious. */
(function () {
  "use strict";
  var mi = window.mi;
  var SMOOTH = 1500;
  var figures = (window.miFigures = {});
  var loading = null;

  function vega() {
    if (loading) return loading;
    loading = new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = mi.address("vega.js");
      script.onload = resolve;
      script.onerror = reject.bind(null, new Error("vega.js did not load"));
      document.head.appendChild(script);
    });
    return loading;
  }

  function Figure(element) {
    this.element = element;
    this.name = element.id.replace(/^fig-/, "");
    this.about = JSON.parse(element.querySelector(".mi-spec").textContent);
    this.state = new mi.State(this.about.state, this.about.shared);
    this.panels = [];
    this.status = "still";
    this.dirty = new Set();
    this.flushing = null;
    this.ready = null;
    var names = this.about.panels.flatMap(function (panel) {
      return panel.data;
    });
    mi.wireControls(element, this.state);
    this.mark();
    mi.wireTools(element, this.name, Array.from(new Set(names)));
    this.about.panels.forEach(function (panel, number) {
      if (panel.kind === "gallery") mi.wireGallery(this.place(number), panel, this.state);
      if (panel.kind === "note") mi.wireNote(this.place(number), panel, this.state);
      if (panel.kind === "own") mi.wireOwnSubset(this.place(number), panel, this.state);
      if (panel.kind === "pictures") mi.wirePictures(this.place(number), panel, this.state);
    }, this);
    this.state.listen(this.mark.bind(this));
    this.state.listen(this.changed.bind(this));
  }

  /* Says to paper whether the figure still shows what its pictures show. */
  Figure.prototype.mark = function () {
    this.element.toggleAttribute("data-moved", !mi.same(this.state.values, this.state.initial));
  };

  Figure.prototype.place = function (number) {
    return this.element.querySelector('.mi-panel[data-panel="' + number + '"]');
  };

  Figure.prototype.tell = function (words) {
    this.element.querySelector(".mi-told").textContent = words;
  };

  /* Starts the panels; the same promise at each call. */
  Figure.prototype.start = function () {
    if (!this.ready) {
      this.ready = vega()
        .then(this.embedAll.bind(this))
        .then(this.alive.bind(this), this.failed.bind(this));
    }
    return this.ready;
  };

  Figure.prototype.embedAll = function () {
    return Promise.all(
      this.about.panels.map(function (panel, number) {
        return panel.kind === "chart" ? this.embed(panel, number) : null;
      }, this)
    );
  };

  Figure.prototype.spec = function (panel, host) {
    var spec = JSON.parse(JSON.stringify(panel.spec));
    spec.params.forEach(function (param) {
      if (param.name in this.state.values) param.value = this.state.values[param.name];
    }, this);
    spec.datasets = {};
    panel.data.forEach(function (name) {
      spec.datasets[name] = mi.rows(name);
    });
    spec.width = host.clientWidth;
    spec.height = host.clientHeight;
    spec.autosize = { type: "fit", contains: "padding" };
    return spec;
  };

  Figure.prototype.embed = function (panel, number) {
    var host = this.place(number).querySelector(".mi-host");
    var live = document.createElement("div");
    var options = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: false };
    live.className = "mi-live";
    host.appendChild(live);
    return window.vegaEmbed(live, this.spec(panel, host), options).then(
      function (result) {
        live.querySelector("svg").setAttribute("aria-hidden", "true");
        var hand = new mi.Hand(live, result.view, panel.label, {
          tap: this.tapFor(number),
          tell: this.tell.bind(this),
        });
        var made = { number: number, view: result.view, live: live, hand: hand };
        this.panels.push(made);
        this.fit(made, host);
      }.bind(this)
    );
  };

  Figure.prototype.fit = function (panel, host) {
    var figure = this;
    new ResizeObserver(function () {
      if (matchMedia("print").matches) return; // paper scales what the screen shows
      if (host.clientWidth === panel.view.width() && host.clientHeight === panel.view.height()) return;
      if (!host.clientWidth) return;
      panel.view.width(host.clientWidth).height(host.clientHeight);
      figure.resized = panel.view.runAsync().then(panel.hand.changed.bind(panel.hand));
    }).observe(host);
  };

  Figure.prototype.tapFor = function (number) {
    var taps = this.about.taps.filter(function (tap) {
      return tap.panel === number;
    });
    var state = this.state;
    var figure = this;
    if (!taps.length) return null;
    return function (datum, words) {
      var changes = {};
      taps.forEach(function (tap) {
        Object.keys(tap.sets).forEach(function (field) {
          changes[tap.sets[field]] = datum[field];
        });
      });
      var again = Object.keys(changes).every(function (name) {
        return mi.same(state.values[name], changes[name]);
      });
      if (again) taps.forEach(function (tap) { Object.assign(changes, tap.initial); });
      state.set(changes);
      figure.tell((again ? "Selection cleared: " : "Selected: ") + words);
      return figure.settled();
    };
  };

  Figure.prototype.changed = function (names) {
    names.forEach(function (name) {
      this.dirty.add(name);
    }, this);
    if (this.status === "alive") this.settled();
    else this.start();
  };

  /* Resolves when the panels show the state. Changes that come while a frame is drawn are drawn together after it. */
  Figure.prototype.settled = function () {
    var figure = this;
    if (this.flushing) return this.flushing;
    if (this.status !== "alive") return this.start();
    if (!this.dirty.size) return Promise.resolve();
    this.flushing = new Promise(requestAnimationFrame)
      .then(this.flush.bind(this))
      .then(function () {
        figure.flushing = null;
        return figure.dirty.size ? figure.settled() : undefined;
      });
    return this.flushing;
  };

  Figure.prototype.flush = function () {
    var names = Array.from(this.dirty);
    this.dirty.clear();
    return Promise.all(
      this.panels.map(function (panel) {
        var smooth = !mi.reducedMotion() && panel.hand.all().length <= SMOOTH;
        panel.live.classList.toggle("mi-smooth", smooth);
        names.forEach(function (name) {
          panel.view.signal(name, this.state.values[name]);
        }, this);
        return panel.view.runAsync().then(panel.hand.changed.bind(panel.hand));
      }, this)
    );
  };

  Figure.prototype.alive = function () {
    this.status = this.element.dataset.status = "alive";
    return this.dirty.size ? this.settled() : undefined;
  };

  Figure.prototype.failed = function (error) {
    this.status = this.element.dataset.status = "failed";
    this.error = String(error);
    this.element.querySelectorAll(".mi-live").forEach(function (live) {
      live.remove();
    });
    var line = document.createElement("p");
    line.className = "mi-quiet";
    line.textContent = "The interactive chart could not start here; this is its picture.";
    this.element.querySelector("figcaption").prepend(line);
  };

  var observer = new IntersectionObserver(
    function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        observer.unobserve(entry.target);
        figures[entry.target.id.replace(/^fig-/, "")].start();
      });
    },
    { rootMargin: "400px 0px" }
  );

  document.querySelectorAll(".mi-figure").forEach(function (element) {
    var figure = new Figure(element);
    figures[figure.name] = figure;
    observer.observe(element);
  });
})();
