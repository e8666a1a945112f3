// An element with attributes and children; texts stay texts.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// A sheet as Python packs it: images and maps decoded.
async function unpack(sheet) {
  const picture = new Image();
  picture.src = sheet.image;
  await picture.decode();
  const rows = sheet.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => (
    cell.values ? { ...cell, map: { values: bytes(cell.values), height: cell.height, width: cell.width } } : cell
  )) }));
  return { ...sheet, picture, rows };
}

// The style of a box of a picture's proportions in a place that is as wide as the longer side.
function box_style(picture) {
  const [width, height] = sides_within(picture, 1000);
  return `width:${width / 10}%;aspect-ratio:${width}/${height}`;
}

// A canvas for a picture whose longer side is drawn that long.
function make_canvas(picture, longest) {
  const [width, height] = sides_within(picture, longest);
  return make("canvas", { style: `width:${width}px;height:${height}px` });
}

const describe = (sheet, row, column) => {
  const cell = sheet.rows[row].cells[column];
  return [sheet.rows[row].name, sheet.columns[column], ...cell.caption, cell.note].filter(Boolean).join(", ");
};
