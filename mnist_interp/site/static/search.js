// Ranks the sections of the book by the words looked for, and shows where they match.
(function () {
  "use strict";
  var entries = window.miSearchIndex || [];
  var form = document.querySelector(".mi-search");
  var input = document.getElementById("mi-search-words");
  var list = document.getElementById("mi-search-results");
  var count = document.getElementById("mi-search-count");
  var SPAN = 90;

  function plain(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  }

  function occurrences(text, word) {
    return text.split(word).length - 1;
  }

  // Every word must occur; a match in a title counts for ten, at a word's beginning for more than within one.
  function score(entry, words) {
    var title = plain(entry.title), text = plain(entry.text), total = 0;
    for (var i = 0; i < words.length; i++) {
      var inTitle = occurrences(title, words[i]), inText = Math.min(occurrences(text, words[i]), 8);
      if (!inTitle && !inText) return 0;
      total += 10 * inTitle + inText + 2 * Math.min(occurrences(" " + text, " " + words[i]), 4);
    }
    return total;
  }

  function excerpt(entry, words) {
    var text = entry.text, folded = plain(text);
    var at = words.map(function (word) { return folded.indexOf(word); }).filter(function (i) { return i >= 0; });
    var start = Math.max(0, (at.length ? Math.min.apply(null, at) : 0) - SPAN);
    var end = Math.min(text.length, start + 3 * SPAN);
    return (start > 0 ? "…" : "") + text.slice(start, end) + (end < text.length ? "…" : "");
  }

  function marked(text, words) {
    var fragment = document.createDocumentFragment();
    var pattern = new RegExp("(" + words.map(function (word) {
      return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    }).join("|") + ")", "gi");
    text.split(pattern).forEach(function (piece, index) {
      if (!piece) return;
      if (index % 2) {
        var mark = document.createElement("mark");
        mark.textContent = piece;
        fragment.append(mark);
      } else fragment.append(piece);
    });
    return fragment;
  }

  function show(query) {
    var words = plain(query).split(/\s+/).filter(Boolean);
    list.replaceChildren();
    if (!words.length) { count.textContent = ""; return; }
    var found = entries
      .map(function (entry) { return { entry: entry, score: score(entry, words) }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score; });
    count.textContent = found.length
      ? found.length + (found.length === 1 ? " section" : " sections")
      : "Nothing found for “" + query + "”. Try fewer or shorter words.";
    found.slice(0, 40).forEach(function (hit) {
      var item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = document.documentElement.dataset.content_root + hit.entry.page + ".html#" + hit.entry.id;
      link.append(marked(hit.entry.title, words));
      text.append(marked(excerpt(hit.entry, words), words));
      item.append(link);
      if (hit.entry.book !== hit.entry.title) {
        var where = document.createElement("span");
        where.className = "mi-search-where";
        where.textContent = hit.entry.book;
        item.append(where);
      }
      item.append(text);
      list.append(item);
    });
  }

  var query = new URLSearchParams(location.search).get("q") || "";
  input.value = query;
  show(query);
  input.focus();
  input.addEventListener("input", function () { show(input.value); });
  form.addEventListener("submit", function (event) { event.preventDefault(); show(input.value); });
})();
