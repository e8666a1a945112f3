// Maps beside each other at one epoch, large, and what may be added to them.
const WIDEST = 240, NARROW = 160, NARROWEST = 140, PAIRED = 112, BETWEEN = 12; // pixels of a map, of one of two runs, and between two

// width: of the place; highest: pixels of a map; open: enlarges one by row and column; add: takes a method's name.
function build_side(sheet, column, width, highest, open, add) {
  const { offers, notes } = sheet.side, runs = sheet.said[column].length, fit = (tiles) => Math.floor((width + BETWEEN) / tiles) - BETWEEN;
  const tiles = sheet.rows.length + 1, beside = offers.length > 0 && fit(tiles + 1) >= NARROW; // what may be added, or below the maps
  const line = tiles_in_line(beside ? tiles + 1 : tiles, runs, Math.floor((width + BETWEEN) / ((runs > 1 ? PAIRED : NARROWEST) + BETWEEN)));
  const size = Math.min(highest, fit(line)), first = line > runs ? 2 : 1; // column of a line's first map: beside the image, or below it
  const rows = sheet.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => ({ ...cell, drawn: null })) })); // drawn again at its size
  const tile = (name, shown, below, style) => make("div", { class: "beside-one", style }, make("b", {}, name), shown, make("div", {}, ...below));
  const maps = rows.map((row, at) => tile(row.name, build_cell({ ...sheet, rows, cell: size }, at, column, open),
    (notes[at] ?? []).map((text) => make("small", {}, text)), runs > 1 && at % (line + 1 - first) === 0 ? `grid-column-start:${first}` : null));
  const offered = offers.map(({ name, label, cost }) => make("button", { onclick: () => add(name) }, `+ ${label}`, make("small", {}, cost)));
  return make("div", { class: "side", style: `--px:${size}px;--tiles:${line}` },
    tile(sheet.columns[column], build_picture(sheet), [build_prediction(sheet.predictions[column])]), ...maps,
    offered.length ? make("div", { class: beside ? "adds" : "adds below", role: "group", "aria-label": "add a method" }, ...offered) : null);
}

// How many stand beside each other: all, or what fits, the maps of a method in all runs together.
function tiles_in_line(tiles, runs, most) {
  if (tiles <= most) return tiles;
  return most > runs ? 1 + runs * Math.floor((most - 1) / runs) : Math.max(1, most);
}

function build_picture(sheet) {
  const image = make("img", { alt: sheet.alt, src: sheet.image });
  const outline = sheet.outline ? make("img", { alt: "", src: sheet.outline }) : null;
  return make("figure", { class: "picture" }, make("div", { class: "sal-box", style: box_style(sheet.picture) }, image, outline), make("figcaption", {}, sheet.alt));
}
