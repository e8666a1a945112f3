// The enlarged view: one map large, the same column's others beside it, two of them to swipe.
const DOWNLOAD_SIZE = 480;

class Enlarged {
  constructor(host) {
    this.dialog = make("dialog", { class: "sal large", "aria-label": "enlarged map" });
    this.dialog.addEventListener("keydown", (event) => this.press(event, true));
    this.dialog.addEventListener("keyup", (event) => this.press(event, false));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    host.append(this.dialog);
  }

  open(sheet, row, column, look) {
    Object.assign(this, { sheet, row, column, swiping: false, at: 50 });
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
      make("button", { onclick: () => this.download() }, "Download PNG"),
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
    const room = Math.min(innerHeight * 0.94 - this.stage.offsetTop - 110, innerWidth * 0.9);
    const size = Math.round(Math.min(Math.max(480, room), 760));
    this.column_choice.value = column;
    this.swipe_button.setAttribute("aria-pressed", this.swiping);
    this.other_choice.parentElement.hidden = this.divider.hidden = !this.swiping;
    const beside = Math.min(Math.max((innerWidth * 0.94 - size - 76) / 2, 180), 320);
    this.stage.style.width = this.stage.style.height = this.divider.style.width = `${size}px`;
    const shown = sheet.rows[row].cells[column];
    fill(this.stage, picture_of(sheet, shown), shown, this.look, size);
    if (this.swiping) this.reveal(this.stage.getContext("2d"), 0, 0, this.stage.width);
    this.stage.setAttribute("aria-label", `${sheet.title}: ${this.caption()}`);
    this.said.textContent = this.caption();
    this.beside.replaceChildren(...sheet.rows.flatMap(({ name, cells }, place) => {
      if (place === row || this.swiping) return [];
      const tile = make("canvas");
      fill(tile, picture_of(sheet, cells[column]), cells[column], this.look, beside);
      return make("button", { class: "tile", style: `width:${beside}px`, onclick: () => { this.row = place; this.draw(); }, "aria-label": `enlarge ${describe(sheet, place, column)}` },
        tile, make("span", {}, [name, ...cells[column].caption, cells[column].note].filter(Boolean).join(", ")));
    }));
  }

  // Right of the divider the other map.
  reveal(context, left, top, size) {
    const [row, column] = this.other, cut = (size * this.at) / 100, cell = this.sheet.rows[row].cells[column];
    context.save();
    context.beginPath();
    context.rect(left + cut, top, size - cut, size);
    context.clip();
    paint(context, picture_of(this.sheet, cell), cell.map, this.look, left, top, size);
    context.restore();
    if (this.at <= 0 || this.at >= 100) return; // one of the two alone
    context.fillStyle = "#fff";
    context.fillRect(left + cut - 1, top, 2, size);
  }

  caption() {
    const here = describe(this.sheet, this.row, this.column);
    return this.swiping ? `left: ${here}; right: ${describe(this.sheet, ...this.other)}` : here;
  }

  download() {
    const { sheet } = this, order = this.swiping ? [this.row] : [this.row, ...sheet.rows.keys()].filter((row, at, all) => all.indexOf(row) === at);
    const gap = 16, size = DOWNLOAD_SIZE, wide = order.length * (size + gap) + gap;
    const canvas = make("canvas", { width: wide, height: size + 128 }), context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const write = (text, x, y, font, width) => { context.fillStyle = "#1d1d1f"; context.font = `${font} system-ui, sans-serif`; context.fillText(text, x, y, width); };
    write(`${sheet.title} · ${sheet.columns[this.column]}`, gap, 32, "600 18px", wide - 2 * gap);
    order.forEach((row, place) => {
      const left = gap + place * (size + gap), cell = sheet.rows[row].cells[this.column];
      paint(context, picture_of(sheet, cell), cell.map, this.look, left, 48, size);
      if (this.swiping) this.reveal(context, left, 48, size);
      write(this.swiping ? this.caption() : describe(sheet, row, this.column), left, size + 74, "14px", size);
    });
    const lines = this.look.contours ? "; lines, thin to thick, at 0.25, 0.5 and 0.75 of the maximum" : "";
    write(`bright: raises the class's score; opacity ${this.look.opacity}, threshold ${this.look.threshold}${lines}`, gap, size + 106, "12px", wide - 2 * gap);
    const name = `${sheet.title} ${sheet.columns[this.column]}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 120);
    canvas.toBlob((blob) => {
      const link = make("a", { href: URL.createObjectURL(blob), download: `${name}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
}

// A cell's own image, where a sheet's cells are of several.
const picture_of = (sheet, cell) => cell.picture ?? sheet.picture;
const describe_place = (sheet, row, column) => [sheet.rows[row].name, sheet.columns[column]].filter(Boolean).join(", ");
