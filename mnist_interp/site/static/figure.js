// Sends a reader who comes with a figure's address (#PAGE/FIGURE) on to the chapter, which shows that figure alone.
(function () {
  "use strict";
  var root = document.documentElement;

  function go() {
    var name = decodeURIComponent(location.hash.slice(1));
    var entry = name.includes("/") && document.getElementById(name), link = entry && entry.querySelector("a");
    if (link) location.replace(link.href);
    else root.hidden = false;
  }

  root.hidden = location.hash.includes("/"); // so that the list is not seen on the way
  addEventListener("DOMContentLoaded", go);
  addEventListener("hashchange", go);
})();
