// Exercises that check themselves (mnist_interp.site.quiz): each answer is answered in place, on this page alone.
(function () {
  "use strict";

  function read(text) {
    var found = text.replace(/−/g, "-").match(/-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)/);
    if (!found) return null;
    var grouped = /^-?\d{1,3}(,\d{3})+(\.|$)/.test(found[0]);
    return Number(found[0].replace(/,/g, grouped ? "" : "."));
  }

  function near(value, data) {
    return Math.abs(value - Number(data.answer)) <= Number(data.within || 0) + 1e-9;
  }

  // A share may be given in percent or as it is.
  function meant(text, data) {
    var value = read(text);
    return data.percent && !/%/.test(text) && Math.abs(value) <= 1 ? [value, 100 * value] : [value];
  }

  function say(quiz, verdict, words, source) {
    var said = quiz.querySelector(".mi-quiz-said");
    quiz.dataset.verdict = verdict;
    said.replaceChildren(Object.assign(document.createElement("b"), { textContent: words }), " ");
    if (source) said.append(source);
  }

  function check(quiz) {
    var ask = quiz.querySelector(".mi-quiz-ask"), field = ask.querySelector("input:not([type=radio])");
    var given = field || ask.querySelector(":checked"), text = given ? given.value : "";
    if (!given || read(text) === null) {
      say(quiz, "", field ? "Type a number first." : "Choose one first.");
      (field || ask.querySelector("input")).focus();
      return;
    }
    var values = meant(text, ask.dataset);
    function fits(data) { return values.some(function (value) { return near(value, data); }); }
    if (fits(ask.dataset)) {
      var why = quiz.querySelector(".mi-fold-body").cloneNode(true);
      say(quiz, "right", "Right.", why);
      why.className = "";
      why.firstElementChild.remove();
      return;
    }
    var templates = Array.from(quiz.querySelectorAll("template"));
    var words = templates.find(function (one) { return one.dataset.answer && fits(one.dataset); }) || templates[templates.length - 1];
    say(quiz, "wrong", "Not yet.", words.content.cloneNode(true));
  }

  document.querySelectorAll(".mi-quiz").forEach(function (quiz) {
    quiz.querySelector("button").addEventListener("click", function () { check(quiz); });
    quiz.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); check(quiz); }
    });
    // What was said is of the answer that was checked.
    quiz.addEventListener("input", function () {
      delete quiz.dataset.verdict;
      quiz.querySelector(".mi-quiz-said").replaceChildren();
    });
  });
})();
