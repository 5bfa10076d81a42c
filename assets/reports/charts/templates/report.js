(function () {
  "use strict";
  var narrow = window.matchMedia("(max-width: 640px)");
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var elements = Array.prototype.slice.call(document.querySelectorAll("script[data-plot]"));
  var printing = false;

  function merged(base, change) {
    var isPlain = function (value) { return value && typeof value === "object" && !Array.isArray(value); };
    if (!isPlain(base) || !isPlain(change)) { return change; }
    var result = Object.assign({}, base);
    Object.keys(change).forEach(function (key) { result[key] = key in base ? merged(base[key], change[key]) : change[key]; });
    return result;
  }

  function without(layout, names) {
    if (!names.length) { return layout; }
    var kept = (layout.annotations || []).filter(function (annotation) { return names.indexOf(annotation.name) < 0; });
    return Object.assign({}, layout, { annotations: kept });
  }

  function changed(figure, change) {
    return {
      data: figure.data.map(function (trace, index) { return merged(trace, (change.traces || [])[index] || {}); }),
      layout: without(change.layout ? merged(figure.layout, change.layout) : figure.layout, change.without || [])
    };
  }

  function draw(element) {
    var target = document.getElementById(element.dataset.plot);
    var described = JSON.parse(element.textContent);
    var figure = { data: described.data, layout: described.layout };
    if (narrow.matches && !printing) { figure = changed(figure, described.narrow); }
    if (dark.matches && !printing) { figure = changed(figure, described.dark); }
    if (printing) { figure.layout = merged(figure.layout, { width: 680 }); }
    Plotly.react(target, figure.data, figure.layout, { displayModeBar: false, responsive: !printing });
  }

  function drawAll() { elements.forEach(draw); }

  if (typeof Plotly === "undefined") {
    document.querySelectorAll("details.data").forEach(function (details) { details.open = true; });
    return;
  }
  drawAll();
  narrow.addEventListener("change", drawAll);
  dark.addEventListener("change", drawAll);
  window.addEventListener("beforeprint", function () { printing = true; drawAll(); });
  window.addEventListener("afterprint", function () { printing = false; drawAll(); });
})();
