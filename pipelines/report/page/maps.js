// The maps: a class's cases, or a comparison's one case, each a sheet of columns and methods.
const by_id = (id) => document.getElementById(id);
const percent = (value) => `${Math.round(100 * value)}%`;
const TILE = 184; // pixels, see .group in the style sheet

class Maps {
  constructor(content) {
    this.content = content;
    this.chosen = new Set([content.first]);
    this.pictures = new Map();
    this.turn = 0;
    this.playing = null;
    this.enlarged = new Enlarged(document.body);
    this.offer_choices();
    this.draw();
    this.glance();
  }

  // Beside what is said of each run at the top: what it looks at in the first example.
  async glance() {
    const image = this.content.classes[this.content.start].cases[0], now = this.settings();
    if (!image) return;
    await this.load([image]);
    const sheet = this.sheet_of(image, { ...now, methods: now.methods.slice(0, 1) });
    for (const place of document.querySelectorAll(".glance")) {
      const column = Number(place.dataset.run), cell = sheet.rows[0]?.cells[column];
      if (!cell?.map) continue;
      const canvas = make("canvas", { role: "img", "aria-label": `${sheet.title}: ${describe(sheet, 0, column)}` });
      fill(canvas, cell.picture, cell, now.look, TILE);
      place.replaceChildren(canvas);
    }
  }

  // ---------------------------------------------------------------- what is shown
  settings() {
    return {
      shown: this.content.classes[by_id("class").value],
      epoch: Number(by_id("epoch").value),
      jointly: by_id("jointly").checked,
      methods: this.content.methods.filter(({ name }) => this.chosen.has(name)),
      look: {
        opacity: Number(by_id("opacity").value),
        threshold: Number(by_id("threshold").value),
        contours: by_id("contours").checked,
      },
    };
  }

  // What one cell shows, as the enlarged view takes it.
  cell_of(column, method, { epoch, jointly }, picture) {
    const packed = column.methods[method.name];
    if (!packed) return { caption: [], note: "not computed" };
    const at = up_to(packed.epochs, epoch), place = packed.epochs.indexOf(at), said = column.predictions[at];
    const focus = packed.focus[place];
    return {
      epoch: at, said, picture,
      caption: [
        ...(said ? [`${said.correct ? "✓" : "✗"} ${said.class} (${percent(said.confidence)})`] : []),
        ...(focus == null ? [] : [`focus ${focus.toFixed(2)}`]),
      ],
      ...(packed.empty[place] ? { note: "empty map" } : { map: map_of(packed, place, jointly) }),
    };
  }

  // The maps of one case: a row a method, a column a run, a network or an image.
  sheet_of(image, now) {
    const own = (column) => this.picture(column.source ?? image.source);
    const rows = now.methods.map((method) => ({
      name: method.label, cells: image.columns.map((column) => this.cell_of(column, method, now, own(column))) }));
    const columns = image.columns.map((column, place) => {
      if (column.name) return column.name;
      const { name } = this.content.runs[place], epoch = rows.map(({ cells }) => cells[place].epoch).find(Boolean);
      return epoch ? `${name}, epoch ${epoch}` : name;
    });
    const names = image.columns.map((column, place) => column.name ?? this.content.runs[place].name);
    return { title: image.title, picture: own(image.columns[0]), rows, columns, names };
  }

  picture(source) {
    return this.pictures.get(source);
  }

  // Decodes what a class shows, so that it can be painted at once.
  async load(cases) {
    const wanted = cases.flatMap(({ source, columns }) => [source, ...columns.map((column) => column.source)]);
    await Promise.all(wanted.filter((source) => source && !this.pictures.has(source)).map(async (source) => {
      const picture = new Image();
      picture.src = source;
      await picture.decode();
      this.pictures.set(source, picture);
    }));
  }

  // ---------------------------------------------------------------- how it is drawn
  async draw() {
    const now = this.settings(), turn = ++this.turn;
    by_id("epoch-shown").textContent = `${now.epoch} of ${this.content.epochs}`;
    by_id("threshold-shown").textContent = now.look.threshold ? percent(now.look.threshold) : "none";
    await this.load(now.shown.cases);
    if (turn !== this.turn) return; // something newer has been chosen meanwhile
    const place = by_id("cases"), focused = document.activeElement?.dataset.place;
    place.replaceChildren(...now.shown.cases.map((image, at) => this.build_case(image, at, now)));
    place.dataset.epoch = now.epoch;
    if (focused) place.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus();
  }

  // The views that a person pinned: each as it was pinned, null where it has no maps.
  async draw_pins(pins) {
    const shown = pins.filter(Boolean);
    await this.load(shown.map(({ image }) => image));
    pins.forEach((pin, at) => pin && by_id(`pin-${at}`).replaceChildren(this.build_case(pin.image, `pin ${at}`, pin)));
  }

  build_case(image, at, now) {
    const sheet = this.sheet_of(image, now);
    const groups = sheet.names.map((name, column) => make("div", { class: "group", style: `--run: var(--run-${column})` },
      make("span", { class: "label", title: name }, name),
      make("div", { class: "tiles" }, ...sheet.rows.map((_, row) => this.build_map(sheet, `${at} ${row} ${column}`, row, column, now.look)))));
    return make("div", { class: "case" }, make("h3", {}, image.heading),
      make("div", { class: "tiles" }, image.source ? this.build_image(image) : null, ...groups));
  }

  build_image(image) {
    const box = make("div", { class: "image", style: box_style(this.picture(image.source)) }, make("img", { src: image.source, alt: image.title }));
    if (image.outline) box.append(make("img", { src: image.outline, alt: "" }));
    return make("figure", { class: "group" }, make("span", { class: "label" }, "Image"), box,
      make("figcaption", {}, image.name));
  }

  build_map(sheet, place, row, column, look) {
    const cell = sheet.rows[row].cells[column], words = describe(sheet, row, column);
    const view = cell.map ? make("canvas") : make("div", { class: "void", style: box_style(picture_of(sheet, cell)), role: "img", "aria-label": words }, cell.note);
    if (cell.map) fill(view, cell.picture, cell, look, TILE);
    const caption = make("figcaption", {}, ...cell.caption.flatMap((line, at) => (at ? [make("br"), line] : [line])));
    if (cell.said) caption.className = cell.said.correct ? "right" : "wrong";
    const button = make("button", { class: "cell", style: box_style(picture_of(sheet, cell)), type: "button", "aria-label": `Enlarge ${words}`, "data-place": place,
      onclick: () => this.enlarged.open(sheet, row, column, look) }, view);
    const at = this.content.epochs > 1 && cell.epoch ? `, epoch ${cell.epoch}` : "";
    return make("figure", {}, make("span", { class: "label" }, `${sheet.rows[row].name}${at}`), cell.map ? button : view, caption);
  }

  // ---------------------------------------------------------------- controls
  offer_choices() {
    const { classes, start, epochs, methods } = this.content, controls = by_id("controls");
    by_id("class").append(...classes.map(({ name }, place) => make("option", { value: place }, name)));
    by_id("class").value = start;
    by_id("class").parentElement.hidden = classes.length < 2;
    by_id("epoch").max = by_id("epoch").value = epochs;
    for (const id of ["epoch", "jointly", "play"]) (by_id(id).closest("label") ?? by_id(id)).hidden = epochs < 2;
    by_id("methods").append(...methods.map(({ name, label }) => make("label", {},
      make("input", { type: "checkbox", checked: this.chosen.has(name), onchange: (event) => {
        if (event.target.checked) this.chosen.add(name);
        else this.chosen.delete(name);
      } }), ` ${label}`)));
    for (const event of ["input", "change"]) controls.addEventListener(event, () => this.draw());
    controls.addEventListener("submit", (event) => event.preventDefault());
    by_id("play").addEventListener("click", () => (this.playing ? this.stop() : this.play()));
  }

  play() {
    const epoch = by_id("epoch");
    this.show_playing("❚❚ Pause", true);
    if (epoch.value === epoch.max) epoch.value = epoch.min;
    this.playing = setInterval(() => {
      epoch.stepUp();
      if (epoch.value === epoch.max) this.stop();
      this.draw();
    }, 800);
    this.draw();
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.show_playing("▶ Play", false);
  }

  show_playing(label, pressed) {
    by_id("play").textContent = label;
    by_id("play").setAttribute("aria-pressed", pressed);
  }
}

// A run that has ended by the chosen epoch shows its last.
const up_to = (epochs, chosen) => epochs.filter((epoch) => epoch <= chosen).at(-1) ?? epochs[0];
