/* A figure's data as a paged table, and as a file of comma-separated values. */
(function () {
  "use strict";
  var mi = window.mi;
  var PAGE = 25;
  var kept = {};

  /* A table's columns by its name: from an element of the page, or from the script that came with it. */
  mi.columns = function (name) {
    var own = document.getElementById(name);
    if (!kept[name]) kept[name] = own ? JSON.parse(own.textContent) : window.miTables[name];
    return kept[name];
  };

  mi.rows = function (name) {
    var columns = mi.columns(name);
    var fields = Object.keys(columns);
    return columns[fields[0]].map(function (_, row) {
      var made = {};
      fields.forEach(function (field) {
        made[field] = columns[field][row];
      });
      return made;
    });
  };

  function element(name, text, parent) {
    var made = document.createElement(name);
    if (text !== null) made.textContent = text;
    parent.appendChild(made);
    return made;
  }

  function table(name, title, parent) {
    var columns = mi.columns(name);
    var fields = Object.keys(columns);
    var n = columns[fields[0]].length;
    var box = element("div", null, parent);
    box.className = "mi-scroll";
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", title);
    var made = element("table", null, box);
    element("caption", title, made);
    var head = element("tr", null, element("thead", null, made));
    fields.forEach(function (field) {
      element("th", field, head).scope = "col";
    });
    var body = element("tbody", null, made);

    function draw(from) {
      body.textContent = "";
      for (var row = from; row < Math.min(from + PAGE, n); row++) {
        var line = element("tr", null, body);
        fields.forEach(function (field) {
          element("td", mi.read(columns[field][row]), line);
        });
      }
    }

    draw(0);
    if (n <= PAGE) return;
    var pager = element("p", null, parent);
    var at = 0;
    pager.className = "mi-pager";
    var back = element("button", "Previous", pager);
    var where = element("span", null, pager);
    var on = element("button", "Next", pager);
    back.type = on.type = "button";
    where.setAttribute("aria-live", "polite");

    function turn(by) {
      at = Math.max(0, Math.min(at + by * PAGE, Math.floor((n - 1) / PAGE) * PAGE));
      draw(at);
      back.disabled = at === 0;
      on.disabled = at + PAGE >= n;
      where.textContent = "rows " + (at + 1) + "–" + Math.min(at + PAGE, n) + " of " + n.toLocaleString("en-US");
    }

    back.addEventListener("click", turn.bind(null, -1));
    on.addEventListener("click", turn.bind(null, 1));
    turn(0);
  }

  function quoted(value) {
    var text = value === null ? "" : String(value);
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function csv(names) {
    var fields = [];
    names.forEach(function (name) {
      Object.keys(mi.columns(name)).forEach(function (field) {
        if (fields.indexOf(field) < 0) fields.push(field);
      });
    });
    var many = names.length > 1;
    var lines = [(many ? ["table"] : []).concat(fields).map(quoted).join(",")];
    names.forEach(function (name, number) {
      mi.rows(name).forEach(function (row) {
        var cells = fields.map(function (field) {
          return field in row ? quoted(row[field]) : "";
        });
        lines.push((many ? [number + 1] : []).concat(cells).join(","));
      });
    });
    return lines.join("\n") + "\n";
  }

  mi.wireTools = function (figure, name, names) {
    var details = figure.querySelector(".mi-show");
    details.addEventListener("toggle", function () {
      details.querySelector("summary").textContent = details.open ? "Hide data" : "Show data";
      if (!details.open || details.childElementCount > 1) return;
      names.forEach(function (data, number) {
        table(data, names.length > 1 ? "Table " + (number + 1) + " of " + names.length : "Data", details);
      });
    });
    figure.querySelector(".mi-csv").addEventListener("click", function () {
      var link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv(names)], { type: "text/csv" }));
      link.download = name + ".csv";
      link.click();
      setTimeout(URL.revokeObjectURL.bind(URL, link.href), 1000);
    });
  };
})();
