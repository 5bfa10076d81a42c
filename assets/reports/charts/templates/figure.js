function drawnFigure(described, isNarrow, isDark) {
  "use strict";
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

  var figure = { data: described.data, layout: described.layout };
  if (isNarrow) { figure = changed(figure, described.narrow); }
  return isDark ? changed(figure, described.dark) : figure;
}
