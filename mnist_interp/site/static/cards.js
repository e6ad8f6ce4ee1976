// A link to a claim's card opens what the card folds.
(function () {
  "use strict";
  function open() {
    var fold = document.querySelector(".mi-claim:target details");
    if (fold) fold.open = true;
  }
  addEventListener("hashchange", open);
  open();
})();
