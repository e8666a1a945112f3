// A sheet as a table: a row a method, a column an epoch or a change.
// columns: [place, label] of those to show; by default all.
function build_table(sheet, open, columns = sheet.columns.map((_, place) => [place, ""])) {
  const on = (place) => (place === sheet.highlighted ? "on" : null);
  const head = columns.map(([place, label]) => make("th", { scope: "col", class: on(place) },
    sheet.columns[place], label ? make("small", {}, label) : null));
  const body = sheet.rows.map((row, at) => make("tr", {},
    make("th", { scope: "row" }, row.name, ...row.details.map((text) => make("small", {}, text))),
    ...columns.map(([place]) => make("td", { class: on(place) }, build_cell(sheet, at, place, open)))));
  const foot = columns.map(([place]) => make("td", { class: on(place) }, build_prediction(sheet.predictions[place])));
  return make("div", { class: "sal-scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, make("td"), ...head)), make("tbody", {}, ...body),
    make("tfoot", {}, make("tr", {}, make("td"), ...foot))));
}

function build_cell(sheet, row, column, open) {
  const cell = sheet.rows[row].cells[column], words = describe(sheet, row, column);
  const lines = cell.caption.map((line) => make("figcaption", {}, line));
  if (!cell.map) {
    const box = make("div", { class: "sal-box sal-void", style: box_style(sheet.picture), role: "img", "aria-label": words }, make("span", { class: "sal-note" }, cell.note));
    return make("figure", {}, box, ...lines);
  }
  const canvas = draw_once(sheet, cell);
  const flag = cell.note ? make("span", { class: "sal-flag" }, cell.note) : null;
  const button = make("button", { class: "sal-box", style: box_style(sheet.picture), title: words, "aria-label": `enlarge ${words}`, "data-place": `${row} ${column}`,
    onclick: () => open(row, column) }, canvas, flag);
  return make("figure", {}, button, ...lines);
}

// A cell's picture, which is drawn again only where it was drawn at another size or pixel ratio.
function draw_once(sheet, cell) {
  const as = `${sheet.cell} ${devicePixelRatio}`;
  if (cell.drawn?.as !== as) {
    const canvas = make("canvas");
    fill(canvas, sheet.picture, cell, { contours: true, ...sheet.look }, sheet.cell);
    cell.drawn = { as, canvas };
  }
  return cell.drawn.canvas;
}

function build_prediction(said) {
  if (!said) return null;
  const mark = said.correct == null ? null : make("b", { class: said.correct ? "good" : "bad", role: "img",
    "aria-label": said.correct ? "correct" : "wrong" }, said.correct ? "✓" : "✗");
  return make("div", { class: "sal-said" }, mark, ` ${said.confidence}`, make("span", { class: "sal-name", title: said.name }, said.name));
}

// Replaces what stands in a place; what had the focus there has it again.
function replace(place, content) {
  const focused = place.getRootNode().activeElement?.dataset.place;
  place.replaceChildren(content);
  if (focused) place.querySelector(`[data-place="${focused}"]`)?.focus();
}
