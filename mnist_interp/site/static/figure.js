// Sends a reader who comes with a figure's address (#PAGE/FIGURE) on to the chapter, which shows that figure alone.
(function () {
  "use strict";
  var root = document.documentElement;

  function asked() {
    try { return decodeURIComponent(location.hash.slice(1)); } catch (error) { return location.hash.slice(1); }
  }

  function go() {
    var name = asked();
    var entry = name.includes("/") && document.getElementById(name), link = entry && entry.querySelector("a");
    if (link) return location.replace(link.href);
    document.getElementById("mi-unknown").hidden = !name.includes("/");
    root.hidden = false;
  }

  root.hidden = location.hash.includes("/"); // so that the list is not seen on the way
  addEventListener("DOMContentLoaded", go);
  addEventListener("hashchange", go);
})();
