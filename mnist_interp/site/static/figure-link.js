// A figure's address: copied at a click on its link; where the page shows one figure alone, the way back to the chapter.
(function () {
  "use strict";
  var alone = document.documentElement.classList.contains("mi-alone");

  function copying(link) {
    link.addEventListener("click", function (event) {
      if (!navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      navigator.clipboard.writeText(link.href).then(function () {
        link.textContent = "Copied";
        link.closest(".mi-figure").querySelector(".mi-told").textContent = "The figure’s address is copied";
        setTimeout(function () { link.textContent = "Link"; }, 1500);
      }, function () { location.assign(link.href); });
    });
  }

  function wayBack(figure) {
    var line = document.createElement("p"), link = document.createElement("a");
    line.className = "mi-back";
    link.href = location.pathname + location.hash;
    link.target = "_top";
    link.textContent = document.title;
    line.append("From ", link);
    figure.append(line);
  }

  document.querySelectorAll(".mi-link").forEach(copying);
  if (alone) document.querySelectorAll(".mi-figure:target").forEach(wayBack);
})();
