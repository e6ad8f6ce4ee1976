/* A figure's state: named values, told to whoever listens. Shared names are one for the page. */
(function () {
  "use strict";
  var mi = (window.mi = window.mi || {});
  var base = document.currentScript.src.replace(/[^/]*$/, "");
  var page = { values: {}, states: [] };

  mi.address = function (name) {
    return base + name;
  };

  mi.same = function (one, other) {
    return JSON.stringify(one) === JSON.stringify(other);
  };

  mi.reducedMotion = function () {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  };

  mi.State = function (initial, shared) {
    this.values = Object.assign({}, initial);
    this.initial = initial;
    this.shared = shared;
    this.listeners = [];
    page.states.push(this);
    shared.forEach(function (name) {
      if (name in page.values) this.values[name] = page.values[name];
    }, this);
  };

  mi.State.prototype.listen = function (listener) {
    this.listeners.push(listener);
  };

  mi.State.prototype.take = function (changes) {
    var names = Object.keys(changes).filter(function (name) {
      return name in this.values && !mi.same(this.values[name], changes[name]);
    }, this);
    if (!names.length) return;
    names.forEach(function (name) {
      this.values[name] = changes[name];
    }, this);
    this.listeners.forEach(function (listener) {
      listener(names);
    });
  };

  mi.State.prototype.set = function (changes) {
    var forPage = {};
    Object.keys(changes).forEach(function (name) {
      if (this.shared.indexOf(name) >= 0) forPage[name] = page.values[name] = changes[name];
    }, this);
    this.take(changes);
    page.states.forEach(function (other) {
      var theirs = {};
      Object.keys(forPage).forEach(function (name) {
        if (other.shared.indexOf(name) >= 0) theirs[name] = forPage[name];
      });
      if (other !== this) other.take(theirs);
    }, this);
  };
})();
