// The enlarged view: one map large, the same column's others beside it, two of them to swipe.
const DOWNLOAD_SIZE = 480;
const LEGIBLE_WIDTH = 900; // of a wider picture letters are larger: in a slide 1,200 pixels wide the smallest have 16
const FACE = "Helvetica, Arial, sans-serif";
const RULER = new OffscreenCanvas(1, 1).getContext("2d");

class Enlarged {
  constructor(host) {
    this.dialog = make("dialog", { class: "sal large", "aria-label": "enlarged map" });
    this.dialog.addEventListener("keydown", (event) => this.press(event, true));
    this.dialog.addEventListener("keyup", (event) => this.press(event, false));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    host.append(this.dialog);
  }

  open(sheet, row, column, look) {
    Object.assign(this, { sheet, row, column, swiping: false, at: 50, room: null });
    this.look = { contours: true, ...look, alone: false };
    this.other = this.farthest();
    this.build();
    this.dialog.showModal();
    this.draw();
    this.stage.focus();
  }

  // What to swipe to at first: the same row's most distant column with a map, else another row.
  farthest() {
    const places = this.places().filter(([row, column]) => row !== this.row || column !== this.column);
    const away = ([row, column]) => (row === this.row ? 1000 + Math.abs(column - this.column) : 0);
    return places.sort((one, two) => away(two) - away(one))[0];
  }

  places() {
    return this.sheet.rows.flatMap(({ cells }, row) =>
      cells.flatMap((cell, column) => (cell.map ? [[row, column]] : [])));
  }

  build() {
    const slider = (name, label, step) => make("label", {}, label, make("input", {
      type: "range", min: 0, max: 1, step, value: this.look[name], "aria-label": label,
      oninput: (event) => { this.look[name] = Number(event.target.value); this.draw(); } }));
    const contours = make("input", { type: "checkbox", checked: this.look.contours,
      onchange: (event) => { this.look.contours = event.target.checked; this.draw(); } });
    const hold = (alone) => () => { this.look.alone = alone; this.draw(); };
    this.column_choice = this.choice("Show", this.sheet.columns.map((name, place) => [name, place]), this.column,
      (value) => { this.column = Number(value); this.draw(); });
    const named = this.places().map(([row, column]) => [describe_place(this.sheet, row, column), `${row} ${column}`]);
    this.other_choice = this.choice("against", named, this.other?.join(" "), (value) => {
      this.other = value.split(" ").map(Number); this.draw(); });
    this.swipe_button = make("button", { "aria-pressed": "false", onclick: () => { this.swiping = !this.swiping; this.draw(); } }, "Swipe");
    this.divider = make("input", { type: "range", min: 0, max: 100, value: this.at, "aria-label": "swipe",
      oninput: (event) => { this.at = Number(event.target.value); this.draw(); } });
    this.stage = make("canvas", { tabindex: 0, role: "img", onpointermove: (event) => this.drag(event), onpointerdown: (event) => this.drag(event) });
    this.said = make("p", { class: "said" });
    this.beside = make("div", { class: "beside" });
    const controls = make("div", { class: "controls" },
      this.sheet.columns.length > 1 ? this.column_choice.parentElement : null,
      slider("opacity", "Opacity", 0.05), slider("threshold", "Threshold", 0.05),
      make("label", {}, contours, "Contours"),
      make("button", { onpointerdown: hold(true), onpointerup: hold(false), onpointerleave: hold(false) }, "Image alone (hold, or key I)"),
      ...(this.other ? [this.swipe_button, this.other_choice.parentElement] : []),
      make("button", { onclick: () => this.download_png() }, "Download PNG"),
      make("button", { onclick: () => this.download_svg() }, "Download SVG"),
      make("button", { class: "close", "aria-label": "Close", title: "Close (Escape)", onclick: () => this.dialog.close() }, "✕"));
    this.dialog.replaceChildren(make("h2", {}, this.sheet.title), controls, make("div", { class: "stand" },
      make("div", { class: "main" }, this.stage, this.divider, this.said), this.beside));
  }

  choice(label, options, chosen, take) {
    const select = make("select", { "aria-label": label, onchange: (event) => take(event.target.value) },
      ...options.map(([name, value]) => make("option", { value, selected: String(value) === String(chosen) }, name)));
    make("label", {}, label, select);
    return select;
  }

  press(event, down) {
    if (event.key.toLowerCase() === "i" && this.look.alone !== down) { this.look.alone = down; this.draw(); }
    if (!down || event.target.matches("input, select")) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.swiping) this.divider.value = this.at = Math.min(100, Math.max(0, this.at + 2 * step));
    else this.column = Math.min(this.sheet.columns.length - 1, Math.max(0, this.column + step));
    this.draw();
  }

  drag(event) {
    if (!this.swiping || (event.type === "pointermove" && !event.buttons)) return;
    const { left, width } = this.stage.getBoundingClientRect();
    this.divider.value = this.at = (100 * (event.clientX - left)) / width;
    this.draw();
  }

  draw() {
    const { sheet, row, column } = this;
    this.other_choice.parentElement.hidden = this.divider.hidden = !this.swiping; // before the room is measured
    this.room ??= Math.min(innerHeight * 0.94 - this.stage.offsetTop - 110, innerWidth * 0.9); // once: the map stays as large whatever controls it has
    const size = Math.round(Math.min(Math.max(480, this.room), 760));
    this.column_choice.value = column;
    this.swipe_button.setAttribute("aria-pressed", this.swiping);
    const beside = Math.min(Math.max((innerWidth * 0.94 - size - 76) / 2, 180), 320);
    const shown = sheet.rows[row].cells[column], [width, height] = this.sides_of(row, size);
    Object.assign(this.stage.style, { width: `${width}px`, height: `${height}px` });
    this.divider.style.width = `${width}px`;
    fill(this.stage, picture_of(sheet, shown), shown, this.look, size);
    if (this.swiping) this.reveal(this.stage.getContext("2d"), 0, 0, Math.max(this.stage.width, this.stage.height));
    this.stage.setAttribute("aria-label", `${sheet.title}: ${this.caption()}`);
    this.said.textContent = this.caption();
    this.beside.replaceChildren(...sheet.rows.flatMap(({ name, cells }, place) => {
      if (place === row || this.swiping) return [];
      const tile = make_canvas(picture_of(sheet, cells[column]), beside);
      fill(tile, picture_of(sheet, cells[column]), cells[column], this.look, beside);
      return make("button", { class: "tile", style: `width:${beside}px`, onclick: () => { this.row = place; this.draw(); }, "aria-label": `enlarge ${describe(sheet, place, column)}` },
        tile, make("span", {}, [name, ...cells[column].caption, cells[column].note].filter(Boolean).join(", ")));
    }));
  }

  // Right of the divider the other map.
  reveal(context, left, top, size) {
    const [row, column] = this.other, cell = this.sheet.rows[row].cells[column];
    const [width, height] = this.sides_of(this.row, size), cut = (width * this.at) / 100;
    context.save();
    context.beginPath();
    context.rect(left + cut, top, width - cut, height);
    context.clip();
    paint(context, picture_of(this.sheet, cell), cell.map, this.look, left, top, size);
    context.restore();
    if (this.at <= 0 || this.at >= 100) return; // one of the two alone
    context.fillStyle = "#fff";
    context.fillRect(left + cut - 1, top, 2, height);
  }

  caption() {
    const here = describe(this.sheet, this.row, this.column);
    return this.swiping ? `left: ${here}; right: ${describe(this.sheet, ...this.other)}` : here;
  }

  // What is saved: the maps side by side, and lines of words around them.
  lay_out() {
    const { sheet } = this, order = this.swiping ? [this.row] : [this.row, ...sheet.rows.keys()].filter((row, at, all) => all.indexOf(row) === at);
    const gap = 16, size = DOWNLOAD_SIZE, wide = order.length * (size + gap) + gap;
    const tall = Math.max(...order.map((row) => this.sides_of(row, size)[1]));
    const larger = Math.max(1, wide / LEGIBLE_WIDTH);
    const write = (text, x, y, font, weight, width) => write_lines(text, x, y, font * larger, weight, width);
    const title = write(`${sheet.title} · ${sheet.columns[this.column]}`, gap, 32 * larger, 18, 600, wide - 2 * gap);
    const tiles = order.map((row, place) => ({ row, left: gap + place * (size + gap), top: title.end + 16 }));
    const under = title.end + 16 + tall + 22 * larger;
    const captions = tiles.map(({ row, left }) => write(this.swiping ? this.caption() : describe(sheet, row, this.column), left, under, 14, 400, size));
    const lines = this.look.contours ? "; lines, thin to thick, at 0.25, 0.5 and 0.75 of the maximum" : "";
    const legend = write(`bright: raises the class's score; opacity ${this.look.opacity}, threshold ${this.look.threshold}${lines}`,
      gap, Math.max(...captions.map(({ end }) => end)) + 28 * larger, 12, 400, wide - 2 * gap);
    return { size, wide, high: Math.ceil(legend.end + 20), tiles, words: [title, ...captions, legend].flatMap(({ words }) => words) };
  }

  sides_of(row, size) {
    return sides_within(picture_of(this.sheet, this.sheet.rows[row].cells[this.column]), size);
  }

  paint_tile(context, row, left, top, size) {
    const cell = this.sheet.rows[row].cells[this.column];
    paint(context, picture_of(this.sheet, cell), cell.map, this.look, left, top, size);
    if (this.swiping) this.reveal(context, left, top, size);
  }

  download_png() {
    const { size, wide, high, tiles, words } = this.lay_out();
    const canvas = make("canvas", { width: wide, height: high }), context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, wide, high);
    for (const { row, left, top } of tiles) this.paint_tile(context, row, left, top, size);
    context.fillStyle = "#1d1d1f";
    for (const { text, x, y, font, weight } of words) {
      context.font = `${weight} ${font}px ${FACE}`;
      context.fillText(text, x, y);
    }
    canvas.toBlob((blob) => this.save(blob, "png"));
  }

  // The words stay words; each map is a picture of twice the size.
  download_svg() {
    const { size, wide, high, tiles, words } = this.lay_out();
    const draw = (tag, attributes, text = "") => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.textContent = text;
      return element;
    };
    const figure = draw("svg", { width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, "font-family": FACE, fill: "#1d1d1f" });
    figure.append(draw("rect", { width: wide, height: high, fill: "#fff" }));
    for (const { row, left, top } of tiles) {
      const [width, height] = this.sides_of(row, size), canvas = make("canvas", { width: 2 * width, height: 2 * height });
      this.paint_tile(canvas.getContext("2d"), row, 0, 0, 2 * size);
      figure.append(draw("image", { href: canvas.toDataURL(), x: left, y: top, width, height }));
    }
    for (const { text, x, y, font, weight } of words) figure.append(draw("text", { x, y, "font-size": font, "font-weight": weight }, text));
    this.save(new Blob([new XMLSerializer().serializeToString(figure)], { type: "image/svg+xml" }), "svg");
  }

  save(blob, ending) {
    const name = `${this.sheet.title} ${this.sheet.columns[this.column]}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 120);
    const link = make("a", { href: URL.createObjectURL(blob), download: `${name}.${ending}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

// A text in lines that fit, the first on a base line; end: the last one's.
function write_lines(text, x, y, font, weight, width) {
  RULER.font = `${weight} ${font}px ${FACE}`;
  const fits = (line) => RULER.measureText(line.trimEnd()).width <= width, lines = [""];
  for (const piece of text.split(/(?<=[\s\-_\/])/)) {
    if (lines.at(-1) && !fits(lines.at(-1) + piece)) lines.push("");
    for (const letter of fits(piece) ? [piece] : piece) {
      if (lines.at(-1) && !fits(lines.at(-1) + letter)) lines.push("");
      lines[lines.length - 1] += letter;
    }
  }
  const words = lines.map((line, at) => ({ text: line.trimEnd(), x, y: y + at * font * 1.25, font, weight }));
  return { words, end: words.at(-1).y };
}

// A cell's own image, where a sheet's cells are of several.
const picture_of = (sheet, cell) => cell.picture ?? sheet.picture;
const describe_place = (sheet, row, column) => [sheet.rows[row].name, sheet.columns[column]].filter(Boolean).join(", ");
