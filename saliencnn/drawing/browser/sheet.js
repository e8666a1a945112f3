// A whole sheet on a page.
const shown = new WeakMap(); // where a sheet stands -> what it shows

export default function ({ data, parentElement }) {
  const text = JSON.stringify(data);
  let view = shown.get(parentElement);
  if (!view) {
    const place = make("div", { class: "sal" });
    parentElement.append(place);
    view = { place, enlarged: new Enlarged(parentElement) };
    shown.set(parentElement, view);
  }
  if (view.text === text) return;
  view.text = text;
  unpack(data).then((sheet) => {
    if (view.text !== text) return; // a newer one came meanwhile
    view.place.style.setProperty("--px", `${sheet.cell}px`);
    const open = (row, column) => view.enlarged.open(sheet, row, column, sheet.look);
    if (sheet.cell) replace(view.place, build_table(sheet, open));
    if (sheet.open) open(...sheet.open);
  });
}
