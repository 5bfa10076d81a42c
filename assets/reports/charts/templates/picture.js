/* Pictures of one figure: as it stands on the page, wide and narrow, and whole with its words, to be kept and sent. */
async function pictures(described, words, sizes) {
  "use strict";
  // Plotly names clip paths by chance: the same figure must give the same bytes.
  var state = 1;
  Math.random = function () { state = (state * 48271) % 2147483647; return state / 2147483647; };

  async function drawn(width, isNarrow) {
    var figure = drawnFigure(described, isNarrow, false);
    var options = { format: "svg", width: width, height: figure.layout.height };
    var address = await Plotly.toImage({ data: figure.data, layout: figure.layout }, options);
    return decodeURIComponent(address.slice(address.indexOf(",") + 1));
  }

  function element(name, values, text) {
    var made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(values).forEach(function (key) { made.setAttribute(key, values[key]); });
    if (text !== undefined) { made.textContent = text; }
    return made;
  }

  var measure = document.createElement("canvas").getContext("2d");

  function lines(text, font, width) {
    measure.font = font;
    return text.split(" ").reduce(function (found, word) {
      var last = found[found.length - 1];
      var longer = last ? last + " " + word : word;
      if (last !== undefined && measure.measureText(longer).width <= width) { found[found.length - 1] = longer; }
      else { found.push(word); }
      return found;
    }, []);
  }

  function written(parent, text, style, top) {
    lines(text, style.weight + " " + style.size + "px " + style.family, sizes.whole).forEach(function (line) {
      top += Math.round(style.size * 1.35);
      parent.appendChild(element("text", {
        x: sizes.margin, y: top, "font-family": style.family, "font-size": style.size, "font-weight": style.weight,
        fill: style.colour
      }, line));
    });
    return top;
  }

  function whole(svg) {
    var outer = element("svg", { xmlns: "http://www.w3.org/2000/svg" });
    var paper = outer.appendChild(element("rect", { width: "100%", height: "100%", fill: "#ffffff" }));
    var top = sizes.margin / 2;
    words.above.forEach(function (part) { top = written(outer, part.text, part.style, top) + 4; });
    var inner = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    inner.setAttribute("x", sizes.margin);
    inner.setAttribute("y", top + 8);
    top += 8 + Number(inner.getAttribute("height")) + 6;
    outer.appendChild(document.importNode(inner, true));
    words.below.forEach(function (part) { top = written(outer, part.text, part.style, top); });
    outer.setAttribute("width", sizes.whole + 2 * sizes.margin);
    outer.setAttribute("height", top + sizes.margin);
    outer.setAttribute("viewBox", "0 0 " + (sizes.whole + 2 * sizes.margin) + " " + (top + sizes.margin));
    paper.setAttribute("width", sizes.whole + 2 * sizes.margin);
    paper.setAttribute("height", top + sizes.margin);
    return new XMLSerializer().serializeToString(outer);
  }

  async function raster(svg) {
    var image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
    await image.decode();
    var canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * sizes.scale;
    canvas.height = image.naturalHeight * sizes.scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    var address = canvas.toDataURL("image/png");
    return address.slice(address.indexOf(",") + 1);
  }

  var svg = whole(await drawn(sizes.whole, false));
  return { wide: await drawn(sizes.wide, false), narrow: await drawn(sizes.narrow, true), svg: svg, png: await raster(svg) };
}
