// Ranks the sections of the book and the terms of its glossary by the words looked for, and shows where they match.
(function () {
  "use strict";
  var entries = window.miSearchIndex || [];
  var form = document.querySelector(".mi-search");
  var input = document.getElementById("mi-search-words");
  var list = document.getElementById("mi-search-results");
  var count = document.getElementById("mi-search-count");
  var SPAN = 90, WORD = /[\p{L}\p{N}]+/gu;
  var STOP = new Set(("a an and are as at be been but by can do does for from had has have how if in into is it its of on or " +
    "so such than that the their them then there these they this those to was we were what when where which while who " +
    "why will with would you").split(" "));

  function wordsOf(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").match(WORD) || [];
  }

  // What is looked for: words without those that stand everywhere, each in singular and plural. While it is being typed,
  // the last one may go on.
  function wanted(query, typing) {
    var words = wordsOf(query), open = typing && /[\p{L}\p{N}]$/u.test(query);
    var telling = words.filter(function (word, i) { return !STOP.has(word) || (open && i === words.length - 1); });
    return (telling.length ? telling : words).map(function (word, i, all) {
      var goes = open && i === all.length - 1, stem = word.length > 3 ? word.replace(/s$/, "") : word;
      return new RegExp("^(?:" + (goes ? word + ".*|" : "") + stem + "(?:s|es)?)$", "u");
    });
  }

  function hits(words, pattern) {
    return words.filter(function (word) { return pattern.test(word); }).length;
  }

  // Every word must occur; in a title it counts for ten. A term of the glossary comes first where it is what is looked for.
  function score(entry, patterns) {
    entry.words = entry.words || { title: wordsOf(entry.title), text: wordsOf(entry.text) };
    var total = 0, inTitle = 0;
    for (var i = 0; i < patterns.length; i++) {
      var title = hits(entry.words.title, patterns[i]), text = hits(entry.words.text, patterns[i]);
      if (!title && !text) return 0;
      inTitle += Boolean(title);
      total += 10 * title + Math.min(text, 8);
    }
    if (entry.term && inTitle === patterns.length) total += inTitle === entry.words.title.length ? 2000 : 1000;
    return total;
  }

  function pieces(text, patterns) {
    var found = [], last = 0;
    for (var match of text.matchAll(WORD)) {
      var plain = wordsOf(match[0])[0];
      if (!patterns.some(function (pattern) { return pattern.test(plain); })) continue;
      found.push([text.slice(last, match.index), false], [match[0], true]);
      last = match.index + match[0].length;
    }
    return found.concat([[text.slice(last), false]]);
  }

  function excerpt(entry, patterns) {
    var text = entry.text, first = pieces(text, patterns)[0][0].length;
    var start = Math.max(0, (first < text.length ? first : 0) - SPAN), end = Math.min(text.length, start + 3 * SPAN);
    if (start > 0) start = text.indexOf(" ", start) + 1 || start;
    if (end < text.length) end = text.lastIndexOf(" ", end);
    return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
  }

  function marked(text, patterns) {
    var fragment = document.createDocumentFragment();
    pieces(text, patterns).forEach(function (piece) {
      if (!piece[1]) { fragment.append(piece[0]); return; }
      var mark = document.createElement("mark");
      mark.textContent = piece[0];
      fragment.append(mark);
    });
    return fragment;
  }

  function find(patterns) {
    return entries
      .map(function (entry) { return { entry: entry, score: score(entry, patterns) }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score; });
  }

  function show(query, typing) {
    var patterns = wanted(query, typing);
    list.replaceChildren();
    if (!patterns.length) { count.textContent = ""; return; }
    var found = find(patterns);
    if (!found.length && !typing) { patterns = wanted(query, true); found = find(patterns); }
    count.textContent = found.length
      ? found.length + (found.length === 1 ? " place" : " places")
      : "Nothing found for “" + query + "”. Try fewer or shorter words.";
    found.slice(0, 40).forEach(function (hit) {
      var item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = document.documentElement.dataset.content_root + hit.entry.page + ".html#" + hit.entry.id;
      link.append(marked(hit.entry.title, patterns));
      text.append(marked(excerpt(hit.entry, patterns), patterns));
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
  show(query, false);
  input.focus();
  input.addEventListener("input", function () { show(input.value, true); });
  form.addEventListener("submit", function (event) { event.preventDefault(); show(input.value, false); });
})();
