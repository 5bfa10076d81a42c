/* What a page looks like, measured: texts that are cut or overlap, what is wider than the window, what is not named. */
function measured() {
  "use strict";
  var width = document.documentElement.clientWidth;
  var found = [];

  function isShown(element) {
    var box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
  }

  function tell(what, element, text) {
    var figure = element.closest("figure");
    found.push(what + ": " + (figure ? figure.id + ": " : "") + (text || element.textContent.trim()).slice(0, 60));
  }

  function meet(one, other) {
    return Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
      && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3;
  }

  if (document.documentElement.scrollWidth > width) { found.push("the page scrolls sideways"); }
  document.querySelectorAll("h1, h2, h3, p, li, dt, dd, summary, figcaption").forEach(function (element) {
    if (isShown(element) && !element.closest(".scroll, .hidden, .skip") && element.getBoundingClientRect().right > width + 1) {
      tell("wider than the window", element);
    }
  });
  document.querySelectorAll(".plot").forEach(function (plot) {
    var frame = plot.getBoundingClientRect();
    var texts = Array.from(plot.querySelectorAll("svg text")).filter(function (text) {
      return isShown(text) && text.textContent.trim() && !text.closest(".hoverlayer");
    });
    texts.forEach(function (text, place) {
      var box = text.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
        tell("cut", text);
      }
      texts.slice(place + 1).forEach(function (other) {
        if (meet(box, other.getBoundingClientRect())) { tell("overlap", text, text.textContent + " | " + other.textContent); }
      });
    });
  });
  return found;
}

function unnamed() {
  "use strict";
  var found = [];
  var ids = Array.from(document.querySelectorAll("[id]")).map(function (element) { return element.id; });
  ids.filter(function (id, place) { return ids.indexOf(id) !== place; }).forEach(function (id) { found.push("id twice: " + id); });
  document.querySelectorAll("[aria-labelledby], [aria-describedby]").forEach(function (element) {
    [element.getAttribute("aria-labelledby"), element.getAttribute("aria-describedby")].forEach(function (id) {
      if (id && !document.getElementById(id)) { found.push("names what is not there: " + id); }
    });
  });
  document.querySelectorAll("img").forEach(function (image) {
    if (!image.alt) { found.push("a picture without a text: " + image.src); }
  });
  document.querySelectorAll("a, summary, button").forEach(function (element) {
    if (!element.textContent.trim()) { found.push("a link without a text"); }
  });
  var levels = Array.from(document.querySelectorAll("h1, h2, h3")).map(function (heading) { return Number(heading.tagName[1]); });
  levels.forEach(function (level, place) {
    if (place && level > levels[place - 1] + 1) { found.push("a heading of level " + level + " after one of " + levels[place - 1]); }
  });
  return found;
}
