/* The reader's hand on a live chart: pointer, touch and arrow keys find marks; Enter or a click taps them. */
(function () {
  "use strict";
  var mi = window.mi;
  var NEAR = 24;
  var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function collect(node, x, y, found) {
    (node.items || []).forEach(function (item) {
      if (node.marktype === "group") {
        (item.items || []).forEach(function (mark) {
          collect(mark, x + (item.x || 0), y + (item.y || 0), found);
        });
      } else if (node.role === "mark" && item.tooltip !== undefined && item.tooltip !== null) {
        var b = item.bounds;
        found.push({ item: item, x1: x + b.x1, y1: y + b.y1, x2: x + b.x2, y2: y + b.y2 });
      }
    });
  }

  function distance(target, x, y) {
    var dx = Math.max(target.x1 - x, 0, x - target.x2);
    var dy = Math.max(target.y1 - y, 0, y - target.y2);
    var off = Math.hypot(x - (target.x1 + target.x2) / 2, y - (target.y1 + target.y2) / 2);
    return Math.hypot(dx, dy) + off / 1000;
  }

  mi.Hand = function (live, view, label, options) {
    this.live = live;
    this.view = view;
    this.tap = options.tap;
    this.tell = options.tell;
    this.targets = null;
    this.at = null;
    this.ring = document.createElement("span");
    this.ring.className = "mi-ring";
    this.ring.hidden = true;
    live.appendChild(this.ring);
    if (!this.all().length && !this.tap) return;
    live.tabIndex = 0;
    live.setAttribute("role", "application");
    live.setAttribute("aria-roledescription", "chart");
    live.setAttribute("aria-label", label + " Arrow keys move between marks" + (this.tap ? ", Enter selects." : "."));
    if (this.tap) live.classList.add("mi-tappable");
    this.wire();
  };

  mi.Hand.prototype.origin = function () {
    var matrix = this.live.querySelector("svg > g").transform.baseVal.consolidate().matrix;
    return [matrix.e, matrix.f];
  };

  /* Marks that tell something, in pixels of the chart; kept until the chart changes. */
  mi.Hand.prototype.all = function () {
    if (!this.targets) {
      var origin = this.origin();
      this.targets = [];
      collect(this.view.scenegraph().root, origin[0], origin[1], this.targets);
    }
    return this.targets;
  };

  mi.Hand.prototype.changed = function () {
    this.targets = null;
    if (this.at === null) return;
    this.leave();
  };

  mi.Hand.prototype.nearest = function (event, reach) {
    var box = this.live.getBoundingClientRect();
    var x = event.clientX - box.left;
    var y = event.clientY - box.top;
    var best = null;
    var least = reach;
    this.all().forEach(function (target) {
      var d = distance(target, x, y);
      if (d <= least) {
        least = d;
        best = target;
      }
    });
    return best;
  };

  mi.Hand.prototype.show = function (target) {
    var box = this.live.getBoundingClientRect();
    this.at = target;
    this.ring.hidden = false;
    this.ring.style.left = target.x1 - 3 + "px";
    this.ring.style.top = target.y1 - 3 + "px";
    this.ring.style.width = target.x2 - target.x1 + 6 + "px";
    this.ring.style.height = target.y2 - target.y1 + 6 + "px";
    mi.showTip(target.item, {
      left: box.left + target.x1,
      right: box.left + target.x2,
      top: box.top + target.y1,
      bottom: box.top + target.y2,
    });
  };

  mi.Hand.prototype.leave = function () {
    this.at = null;
    this.ring.hidden = true;
    mi.hideTip();
  };

  /* The next mark in a direction: along it as near as may be, aside from it hardly at all. */
  mi.Hand.prototype.next = function (way) {
    var from = this.at;
    var cx = (from.x1 + from.x2) / 2;
    var cy = (from.y1 + from.y2) / 2;
    var best = null;
    var least = Infinity;
    this.all().forEach(function (target) {
      var dx = (target.x1 + target.x2) / 2 - cx;
      var dy = (target.y1 + target.y2) / 2 - cy;
      var along = dx * way[0] + dy * way[1];
      var cost = along + 3 * Math.abs(dx * way[1] + dy * way[0]);
      if (along > 0.5 && cost < least) {
        least = cost;
        best = target;
      }
    });
    return best;
  };

  mi.Hand.prototype.key = function (event) {
    var way = STEPS[event.key];
    if (event.key === "Escape") this.leave();
    else if (way) {
      var target = this.at ? this.next(way) : this.all()[0];
      if (target) {
        this.show(target);
        this.tell(mi.words(target.item));
      }
    } else if ((event.key === "Enter" || event.key === " ") && this.at && this.tap) this.select(this.at);
    else return;
    event.preventDefault();
  };

  /* After a tap the marks are new ones: the ring stays where it was. */
  mi.Hand.prototype.select = function (target) {
    var hand = this;
    this.tap(target.item.datum, mi.words(target.item)).then(function () {
      var x = (target.x1 + target.x2) / 2;
      var y = (target.y1 + target.y2) / 2;
      var again = hand.all().filter(function (other) {
        return distance(other, x, y) < 1;
      });
      if (again.length) hand.show(again[0]);
    });
  };

  mi.Hand.prototype.wire = function () {
    var hand = this;
    this.live.addEventListener("pointermove", function (event) {
      if (event.pointerType === "touch") return;
      var target = hand.nearest(event, NEAR);
      if (target) hand.show(target);
      else hand.leave();
    });
    this.live.addEventListener("pointerleave", function (event) {
      if (event.pointerType !== "touch") hand.leave();
    });
    this.live.addEventListener("click", function (event) {
      var target = hand.nearest(event, NEAR);
      if (!target) hand.leave();
      else if (hand.tap) hand.select(target);
      else hand.show(target);
    });
    this.live.addEventListener("keydown", this.key.bind(this));
    this.live.addEventListener("blur", this.leave.bind(this));
    document.addEventListener("pointerdown", function (event) {
      if (hand.at && !hand.live.contains(event.target)) hand.leave();
    });
  };
})();
