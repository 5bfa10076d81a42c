(function () {
  "use strict";
  var narrow = window.matchMedia("(max-width: 640px)");
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var elements = Array.prototype.slice.call(document.querySelectorAll("script[data-plot]"));

  function draw(element) {
    var target = document.getElementById(element.dataset.plot);
    var figure = drawnFigure(JSON.parse(element.textContent), narrow.matches, dark.matches);
    Plotly.react(target, figure.data, figure.layout, { displayModeBar: false, responsive: true });
  }

  function drawAll() { elements.forEach(draw); }

  if (typeof Plotly === "undefined") { return; }
  // From here on the drawn figures stand in the place of their pictures.
  document.documentElement.classList.add("drawn");
  drawAll();
  narrow.addEventListener("change", drawAll);
  dark.addEventListener("change", drawAll);
})();
