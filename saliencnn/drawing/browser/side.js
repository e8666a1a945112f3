// Maps beside each other at one epoch, large, and what may be added to them.
const WIDEST = 240, NARROW = 160, NARROWEST = 140, BETWEEN = 12; // pixels of a map, and between two

// width: of the place; highest: pixels of a map; open: enlarges one by row and column; add: takes a method's name.
function build_side(sheet, column, width, highest, open, add) {
  const { offers, notes } = sheet.side, fit = (tiles) => Math.floor((width + BETWEEN) / tiles) - BETWEEN;
  const tiles = sheet.rows.length + 1, beside = offers.length > 0 && fit(tiles + 1) >= NARROW; // what may be added, or below the maps
  const size = Math.min(highest, Math.max(NARROWEST, fit(beside ? tiles + 1 : tiles)));
  const rows = sheet.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => ({ ...cell, drawn: null })) })); // drawn again at its size
  const tile = (name, shown, ...below) => make("div", { class: "beside-one" }, make("b", {}, name), shown, make("div", {}, ...below));
  const maps = rows.map((row, at) => tile(row.name, build_cell({ ...sheet, rows, cell: size }, at, column, open),
    ...(notes[at] ?? []).map((text) => make("small", {}, text))));
  const offered = offers.map(({ name, label, cost }) => make("button", { onclick: () => add(name) }, `+ ${label}`, make("small", {}, cost)));
  return make("div", { class: "side", style: `--px:${size}px` },
    tile(sheet.columns[column], build_picture(sheet), build_prediction(sheet.predictions[column])), ...maps,
    offered.length ? make("div", { class: beside ? "adds" : "adds below", role: "group", "aria-label": "add a method" }, ...offered) : null);
}

function build_picture(sheet) {
  const image = make("img", { alt: sheet.alt, src: sheet.image });
  const outline = sheet.outline ? make("img", { alt: "", src: sheet.outline }) : null;
  return make("figure", { class: "picture" }, make("div", { class: "sal-box", style: box_style(sheet.picture) }, image, outline), make("figcaption", {}, sheet.alt));
}
