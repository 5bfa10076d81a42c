/* A choice becomes rows of one mart, and these a table, a figure and a statement. Only what is additive is added up. */
(function () {
  "use strict";
  var told = JSON.parse(document.getElementById("explored").textContent);
  var narrow = window.matchMedia("(max-width: 640px)");
  var filters = told.dimensions.filter(function (one) { return one.is_filter; });
  var MOST_BARS = 24, PLAIN = "#5c8db5";

  function at(id) { return document.getElementById(id); }
  function named(list, name) { return list.find(function (one) { return one.name === name; }); }
  function same(some, others) { return some.length === others.length && some.every(function (one) { return others.includes(one); }); }
  function unique(list) { return list.filter(function (one, place) { return list.indexOf(one) === place; }); }

  // The choice, and the fragment that holds it.

  function chosen() {
    var choice = { filters: {} };
    ["measure", "by", "split"].forEach(function (name) { choice[name] = at(name).value; });
    filters.forEach(function (one) { choice.filters[one.name] = at(one.name).value; });
    return choice;
  }

  function choose(fragment) {
    var asked = new URLSearchParams(fragment.replace(/^#/, ""));
    document.querySelectorAll("#choice select").forEach(function (select) {
      var options = Array.from(select.options).map(function (option) { return option.value; });
      select.value = options.includes(asked.get(select.id)) ? asked.get(select.id) : options[0];
    });
  }

  function fragmentOf(choice) {
    var parts = new URLSearchParams({ measure: choice.measure, by: choice.by });
    if (choice.split) { parts.set("split", choice.split); }
    filters.forEach(function (one) { if (choice.filters[one.name]) { parts.set(one.name, choice.filters[one.name]); } });
    return "#" + parts.toString();
  }

  // The mart that answers a choice.

  function columnsOf(choice) {
    var wanted = [choice.by, choice.split].filter(Boolean).map(function (name) { return named(told.dimensions, name); });
    return unique([].concat.apply([], wanted.map(function (one) { return one.columns; })));
  }

  function cutFor(choice) {
    var filtered = filters.map(function (one) { return one.name; }).filter(function (name) { return choice.filters[name]; });
    var needed = unique(columnsOf(choice).concat(filtered));
    var able = told.cuts.filter(function (cut) {
      return cut.measures.includes(choice.measure) && needed.every(function (column) { return cut.columns.includes(column); });
    });
    var exact = able.find(function (cut) { return same(cut.columns, needed); });
    if (exact) { return { cut: exact, isAdded: false }; }
    var whole = able.filter(function (cut) { return !cut.condition; });
    if (whole.length && named(told.measures, choice.measure).is_additive) { return { cut: whole[0], isAdded: true }; }
    return { missing: able.length ? able[0].columns.filter(function (column) { return !needed.includes(column); }) : null };
  }

  // Its rows, added up where the mart is cut finer than was asked.

  function rowsOf(choice, found) {
    var cut = found.cut, columns = columnsOf(choice), value = cut.columns.length + 1 + cut.measures.indexOf(choice.measure);
    var rows = cut.rows.filter(function (row) {
      return filters.every(function (one) {
        var wanted = choice.filters[one.name];
        return !wanted || String(row[cut.columns.indexOf(one.name)]) === wanted;
      });
    }).map(function (row) {
      var key = columns.map(function (column) { return row[cut.columns.indexOf(column)]; });
      return { key: key, value: row[value], withheld: row[cut.columns.length] ? 1 : 0 };
    });
    return (found.isAdded ? added(rows) : rows).sort(function (one, other) { return before(choice, one, other); });
  }

  function added(rows) {
    var sums = new Map();
    rows.forEach(function (row) {
      var name = JSON.stringify(row.key), sum = sums.get(name) || { key: row.key, value: null, withheld: 0 };
      if (row.value !== null) { sum.value = String(BigInt(sum.value || 0) + BigInt(row.value)); }
      sum.withheld += row.withheld;
      sums.set(name, sum);
    });
    return Array.from(sums.values());
  }

  function before(choice, one, other) {
    var difference = choice.by === "month" ? 0 : Number(one.value === null) - Number(other.value === null)
      || Number(other.value) - Number(one.value);
    for (var place = 0; !difference && place < one.key.length; place += 1) {
      difference = one.key[place] < other.key[place] ? -1 : Number(one.key[place] > other.key[place]);
    }
    return difference;
  }

  // The statement that gives the same rows.

  function quoted(text) { return "'" + String(text).replace(/'/g, "''") + "'"; }

  function statement(choice, found) {
    var columns = columnsOf(choice), listed = columns.join(", ");
    var wheres = ["quarter = " + quoted(told.quarter)];
    filters.forEach(function (one) {
      var wanted = choice.filters[one.name];
      if (wanted) { wheres.push(one.name + " = " + (one.name === "month" ? "date " : "") + quoted(wanted)); }
    });
    if (found.cut.condition) { wheres.push(found.cut.condition); }
    var numbers = found.isAdded ? "sum(" + choice.measure + ") as " + choice.measure
      + ", count(*) filter (where is_suppressed) as withheld_cells" : choice.measure + ", is_suppressed";
    return ["select " + listed + ", " + numbers, "from marts." + found.cut.mart, "where " + wheres.join(" and ")]
      .concat(found.isAdded ? ["group by " + listed] : [])
      .concat(["order by " + (choice.by === "month" ? "" : choice.measure + " desc nulls last, ") + listed]).join("\n");
  }

  // Numbers and names for people.

  function withPrefix(value, unit) {
    var size = Math.abs(value), step = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), 8);
    var scaled = Number((size / Math.pow(1000, step)).toPrecision(3));
    if (scaled >= 1000 && step < 8) { step += 1; scaled /= 1000; }
    return (scaled >= 100 ? scaled.toFixed(0) : scaled.toPrecision(3)) + "\u202f" + ["", "k", "M", "G", "T", "P", "E", "Z", "Y"][step] + unit;
  }

  function spoken(value, unit) {
    if (value === null) { return "\u2013"; }
    if (unit === "share") { return value > 0 && value < 0.0005 ? "<0.1%" : (100 * value).toFixed(1) + "%"; }
    if (unit === "count") { return Number(value).toLocaleString("en-US", { maximumFractionDigits: 1 }); }
    return Number(value) ? withPrefix(Number(value), unit) : "0\u202f" + unit;
  }

  function labelOf(column, value) {
    var labels = told.labels[column] || {};
    return value in labels ? labels[value] : String(value);
  }

  function memberOf(name, choice, row) {
    var columns = columnsOf(choice);
    var parts = named(told.dimensions, name).named_by.map(function (column) { return labelOf(column, row.key[columns.indexOf(column)]); });
    return unique(parts.filter(Boolean)).join(", ");
  }

  function notTold(row) { return row.withheld && row.value === null; }

  // What the page shows.

  function cell(kind, text, className, value) {
    var element = document.createElement(kind);
    element.textContent = text;
    if (className) { element.className = className; }
    if (value !== undefined) { element.dataset.value = JSON.stringify(value); }
    return element;
  }

  function showTable(choice, found, rows) {
    var measure = named(told.measures, choice.measure), dimensions = [choice.by, choice.split].filter(Boolean);
    var head = document.createElement("tr"), body = at("rows");
    dimensions.forEach(function (name) { head.append(cell("th", named(told.dimensions, name).label)); });
    head.append(cell("th", measure.label, "number"), cell("th", "Withheld"));
    Array.from(head.children).forEach(function (one) { one.scope = "col"; });
    at("columns").replaceChildren(head);
    body.replaceChildren.apply(body, rows.map(function (row) {
      var line = document.createElement("tr");
      line.dataset.key = JSON.stringify(row.key);
      dimensions.forEach(function (name, place) { line.append(cell(place ? "td" : "th", memberOf(name, choice, row))); });
      line.firstChild.scope = "row";
      line.append(cell("td", notTold(row) ? "withheld" : spoken(row.value, measure.unit), "number", row.value));
      line.append(cell("td", found.isAdded && row.withheld ? row.withheld + " of its cells" : row.withheld ? "yes" : "", "", row.withheld));
      return line;
    }));
  }

  function plain(text) { return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); }

  function short(text) { var most = narrow.matches ? 17 : 40; return plain(text.length > most ? text.slice(0, most - 1) + "\u2026" : text); }

  /* Members in the order of the report, or as they come. */
  function ordered(name, members) {
    var order = told.order[name] || [];
    function place(member) { return order.includes(member) ? order.indexOf(member) : order.length; }
    return members.sort(function (one, other) { return place(one) - place(other); });
  }

  function idOf(name, choice, row) {
    var columns = columnsOf(choice), own = named(told.dimensions, name).columns;
    return own.length === 1 ? row.key[columns.indexOf(own[0])] : memberOf(name, choice, row);
  }

  function seriesOf(choice, rows) {
    if (!choice.split) { return [{ label: "", rows: rows, colour: null }]; }
    var ids = unique(rows.map(function (row) { return idOf(choice.split, choice, row); }));
    return ordered(choice.split, ids).map(function (id) {
      var own = rows.filter(function (row) { return idOf(choice.split, choice, row) === id; });
      return { label: memberOf(choice.split, choice, own[0]), rows: own, colour: choice.split === "network_type" ? colourOf(choice, own[0]) : null };
    });
  }

  function colourOf(choice, row) { return told.colours[row.key[columnsOf(choice).indexOf("network_type")]] || null; }

  /* Each member with what its bar reaches: the sum of a stack, or the greatest of a group. */
  function barsOf(choice, rows, isStacked) {
    var reach = new Map();
    rows.forEach(function (row) {
      var member = memberOf(choice.by, choice, row), soFar = reach.get(member) || 0;
      reach.set(member, isStacked ? soFar + Number(row.value) : Math.max(soFar, Number(row.value)));
    });
    var bars = Array.from(reach, function (one) { return { member: one[0], reach: one[1] }; });
    return choice.by === "month" ? bars : bars.sort(function (one, other) { return other.reach - one.reach; });
  }

  function ticksOf(greatest, unit) {
    if (!greatest) { return { tickvals: [0], ticktext: [spoken(0, unit)] }; }
    var most = narrow.matches ? 2 : 5, power = Math.pow(10, Math.floor(Math.log10(greatest / most)));
    var step = [1, 2, 2.5, 5, 10, 20].map(function (factor) { return factor * power; }).find(function (one) { return one * most >= greatest; });
    var values = [];
    for (var place = 0; place * step <= greatest * 1.001; place += 1) { values.push(place * step); }
    return { tickvals: values, ticktext: values.map(function (value) { return spoken(value, unit).replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, ""); }) };
  }

  function traceOf(choice, one, shown, unit) {
    var rows = one.rows.filter(function (row) { return shown.includes(memberOf(choice.by, choice, row)); });
    var colours = choice.split ? one.colour : rows.map(function (row) { return colourOf(choice, row) || PLAIN; });
    return {
      type: "bar", orientation: "h", name: short(one.label), cliponaxis: false, textposition: "outside", hoverinfo: "text",
      y: rows.map(function (row) { return shown.indexOf(memberOf(choice.by, choice, row)); }),
      x: rows.map(function (row) { return Number(row.value); }),
      text: rows.map(function (row) { return choice.split ? "" : spoken(row.value, unit); }),
      hovertext: rows.map(function (row) {
        return plain(unique([memberOf(choice.by, choice, row), one.label]).filter(Boolean).join(", ")) + ": " + spoken(row.value, unit);
      }),
      marker: Object.assign({ line: { width: 0 } }, colours ? { color: colours } : {})
    };
  }

  function showFigure(choice, rows) {
    var measure = named(told.measures, choice.measure), isStacked = measure.is_additive || measure.name === "share_of_bits";
    var drawn = rows.filter(function (row) { return row.value !== null; });
    var bars = barsOf(choice, drawn, isStacked), series = seriesOf(choice, drawn);
    var shown = bars.slice(0, MOST_BARS).map(function (one) { return one.member; });
    var greatest = Math.max.apply(null, [0].concat(bars.map(function (one) { return one.reach; })));
    var rowHeight = choice.split && !isStacked ? Math.max(30, 12 * series.length) : 30;
    var legendRows = choice.split ? Math.ceil(series.length / (narrow.matches ? 2 : 5)) : 0;
    var layout = Object.assign({}, told.layout, {
      height: 100 + rowHeight * Math.max(shown.length, 1) + 22 * legendRows,
      barmode: isStacked ? "stack" : "group", showlegend: Boolean(choice.split), bargap: 0.25,
      legend: {
        orientation: "h", xref: "container", x: 0, xanchor: "left", yref: "container", y: 0, yanchor: "bottom", traceorder: "normal",
        entrywidthmode: "fraction", entrywidth: narrow.matches ? 0.46 : 0.19
      },
      margin: { l: 8, r: 16, t: 64, b: 12 + 22 * legendRows },
      xaxis: Object.assign({ side: "top", range: [0, greatest * (choice.split ? 1.03 : narrow.matches ? 1.5 : 1.2) || 1] }, ticksOf(greatest, measure.unit)),
      yaxis: { range: [shown.length - 0.5, -0.5], tickvals: shown.map(function (_, place) { return place; }), ticktext: shown.map(short), automargin: true }
    });
    at("more").textContent = bars.length > shown.length
      ? "The figure shows the first " + shown.length + " of " + bars.length + "; the table has all." : "";
    at("explore-plot").setAttribute("aria-label", sentence(choice));
    // Drawn anew: what the legend before needed would stay as a margin.
    Plotly.newPlot(at("explore-plot"), series.map(function (one) { return traceOf(choice, one, shown, measure.unit); }), layout,
      { displayModeBar: false, responsive: true });
  }

  function sentence(choice) {
    var parts = [named(told.measures, choice.measure).label, "by", named(told.dimensions, choice.by).label.toLowerCase()];
    if (choice.split) { parts.push("and", named(told.dimensions, choice.split).label.toLowerCase()); }
    filters.forEach(function (one) { if (choice.filters[one.name]) { parts.push("\u00b7", labelOf(one.name, choice.filters[one.name])); } });
    return parts.join(" ");
  }

  function remedy(choice, missing) {
    if (!missing) {
      return "No published mart has " + named(told.measures, choice.measure).label.toLowerCase() + " cut like this. Choose fewer filters or another dimension.";
    }
    var names = unique(missing.map(function (column) {
      return told.dimensions.find(function (one) { return one.columns.includes(column); }).label.toLowerCase();
    })).join(" and ");
    return named(told.measures, choice.measure).label + " cannot be added up: choose one " + names + ", or “And by” " + names + ".";
  }

  function show() {
    var choice = chosen(), found = cutFor(choice);
    at("said").textContent = sentence(choice);
    at("answer").hidden = !found.cut;
    at("status").textContent = found.cut ? "" : remedy(choice, found.missing);
    if (!found.cut) { return; }
    var rows = rowsOf(choice, found), withheld = rows.reduce(function (sum, row) { return sum + row.withheld; }, 0);
    at("status").textContent = rows.length + (rows.length === 1 ? " row" : " rows") + " of marts." + found.cut.mart
      + (withheld ? "; " + withheld + (withheld === 1 ? " cell is" : " cells are") + " withheld and in no sum" : "")
      + (found.cut.condition ? "; only rows where " + found.cut.condition : "") + ".";
    at("sql").textContent = statement(choice, found);
    showTable(choice, found, rows);
    showFigure(choice, rows);
  }

  function changed() {
    history.replaceState(null, "", fragmentOf(chosen()));
    show();
  }

  async function copy() {
    var range = document.createRange();
    range.selectNodeContents(at("sql"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    try { await navigator.clipboard.writeText(at("sql").textContent); at("copied").textContent = "Copied."; }
    catch (refused) { at("copied").textContent = "Selected: copy it with your keyboard."; }
  }

  function fill() {
    told.measures.filter(function (one) { return told.cuts.some(function (cut) { return cut.measures.includes(one.name); }); })
      .forEach(function (one) { at("measure").add(new Option(one.label, one.name)); });
    at("split").add(new Option("Nothing else", ""));
    told.dimensions.filter(function (one) { return told.cuts.some(function (cut) { return one.columns.every(function (column) { return cut.columns.includes(column); }); }); })
      .forEach(function (one) { at("by").add(new Option(one.label, one.name)); at("split").add(new Option(one.label, one.name)); });
    filters.forEach(function (one) {
      at(one.name).add(new Option("All", ""));
      var members = told.cuts.flatMap(function (cut) {
        var place = cut.columns.indexOf(one.name);
        return place < 0 ? [] : cut.rows.map(function (row) { return row[place]; });
      });
      ordered(one.name, unique(members).filter(Boolean).sort()).forEach(function (member) { at(one.name).add(new Option(labelOf(one.name, member), member)); });
    });
  }

  fill();
  choose(location.hash);
  show();
  document.querySelectorAll("#choice select").forEach(function (select) { select.addEventListener("change", changed); });
  window.addEventListener("hashchange", function () { choose(location.hash); show(); });
  at("copy").addEventListener("click", copy);
  narrow.addEventListener("change", show);
})();
