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

const describe = (sheet, row, column) => {
  const cell = sheet.rows[row].cells[column];
  return [sheet.rows[row].name, sheet.columns[column], ...cell.caption, cell.note].filter(Boolean).join(", ");
};
