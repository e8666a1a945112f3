// One image over the epochs: a film strip that chooses the epoch, and the maps of a few epochs.
const films = new WeakMap(); // where a film stands -> its view
const FRAME_MS = 350;
const SETTLED_MS = 300; // the server is told a first step at once, and of more in a row the last
const PICTURE_WIDTH = 184, LABELS_WIDTH = 112, PLAY_WIDTH = 104, GAP = 8, SMALLEST = 160, LARGEST = 200;
const AROUND = 23, LINE = 17, LEAST = 140, SMALL = 64; // rem around film and maps of a step, pixels of a caption's line, of maps

class Film {
  constructor(host) {
    this.place = make("div", { class: "sal film" });
    host.append(this.place);
    this.enlarged = new Enlarged(host);
    this.playing = this.waiting = null;
    new ResizeObserver(() => this.sheet && this.place.clientWidth !== this.width && this.build()).observe(this.place);
  }

  take(sheet) {
    if (this.sheet?.of !== sheet.of) {
      this.stop();
      this.sent = null;
    }
    this.sheet = sheet;
    this.follow(sheet.chosen);
    this.build();
  }

  // The epoch that Python has; a choice that is still on its way there stays. Whether it changes anything.
  follow(chosen) {
    if (this.sent === chosen) this.sent = null;
    if (this.sent == null) this.known = chosen;
    const stays = this.waiting || this.playing || this.sent != null, before = this.chosen;
    this.chosen = Math.min(stays ? before : chosen, this.sheet.columns.length - 1);
    return this.chosen !== before;
  }

  build() {
    const { sheet } = this, size = frame_size(this.place.clientWidth - (sheet.side ? 0 : PICTURE_WIDTH) - PLAY_WIDTH - (sheet.fits ? PLAY_WIDTH : 0), sheet.columns.length, sheet.fits);
    const focused = this.strip?.contains(this.place.getRootNode().activeElement);
    this.frames = sheet.columns.map((name, place) => {
      const cell = sheet.rows[0].cells[place], canvas = make_canvas(sheet.picture, size);
      fill(canvas, sheet.picture, cell, { ...sheet.look, contours: false }, size);
      const said = sheet.marks[place];
      return make("button", { class: "frame", title: sheet.said[place].join(" "), "aria-label": `${name}${said == null ? "" : said ? ", correct" : ", wrong"}`, onclick: () => this.choose(place) },
        canvas, make("span", {}, sheet.epochs[place], said == null ? "" : make("b", { class: said ? "good" : "bad" }, said ? " ✓" : " ✗")),
        sheet.named[place] ? make("small", { style: `width:${size}px` }, sheet.named[place]) : null);
    });
    this.strip = make("div", { class: "strip", role: "group", "aria-label": "epochs", onkeydown: (event) => this.press(event) }, ...this.frames);
    this.play = sheet.columns.length > 1 ? make("button", { class: "play", onclick: () => (this.playing ? this.pause() : this.start()) }, "▶ Play") : null;
    this.said = make("p", { class: "told", "aria-live": "polite" });
    this.left = make("small", { class: "left" });
    this.table = make("div");
    this.place.classList.toggle("fits", Boolean(sheet.fits));
    const through = make("div", { class: "run-through" }, this.play, this.strip, this.left);
    if (sheet.side) {
      this.side = make("div");
      this.head = make("div", {}, through, this.said);
      const course = sheet.side.course ? [make("p", { class: "told" }, make("b", {}, "Over the epochs: "), sheet.side.course)] : [];
      this.place.replaceChildren(this.side, this.head, ...course, ...(sheet.fits ? [] : [this.table]));
    } else {
      this.head = make("div", { class: "head" }, build_picture(sheet), make("div", { class: "beside-picture" }, this.said, through));
      this.place.replaceChildren(this.head, this.table);
    }
    this.draw();
    if (focused) this.frames[this.chosen].focus();
  }

  draw() {
    const { sheet, chosen } = this;
    this.width = this.place.clientWidth;
    this.said.replaceChildren(...sheet.said[chosen].map((line) => make("span", {}, line)));
    const open = (row, column) => this.enlarged.open(sheet, row, column, sheet.look);
    const room = sheet.fits ? room_below(this.head) : Infinity;
    if (sheet.side) this.draw_side(room, open);
    if (!sheet.side || !sheet.fits) this.draw_table(room, open);
    this.frames.forEach((frame, place) => {
      frame.setAttribute("aria-current", place === chosen);
      frame.tabIndex = place === chosen ? 0 : -1;
    });
    if (this.play) this.play.textContent = this.playing ? "❚❚ Pause" : "▶ Play";
  }

  draw_side(room, open) {
    const { sheet, chosen, width } = this, rows = sheet.fits ? sheet.rows.slice(0, rows_beside(width, sheet)) : sheet.rows;
    const highest = sheet.fits ? Math.max(SMALL, room - captions(rows)) : WIDEST;
    replace(this.side, build_side({ ...sheet, rows }, chosen, width, highest, open, (name) => this.send("add", name)));
    this.say_left(rows);
  }

  draw_table(room, open) {
    const { sheet, chosen } = this, rows = sheet.fits ? sheet.rows.slice(0, fitting_rows(room, sheet)) : sheet.rows;
    const largest = sheet.fits ? fitting_size(room, rows) : LARGEST, smallest = Math.min(SMALLEST, largest);
    const wide = this.width - LABELS_WIDTH, most = Math.max(1, Math.floor(wide / (smallest + GAP)));
    sheet.cell = Math.min(largest, Math.max(smallest, Math.floor(wide / Math.min(most, 5)) - GAP));
    sheet.highlighted = chosen;
    this.place.style.setProperty("--px", `${sheet.cell}px`);
    replace(this.table, build_table({ ...sheet, rows }, open, this.choose_columns(Math.min(most, 5))));
    this.say_left(rows);
  }

  say_left({ length }) {
    const { rows, fits } = this.sheet;
    this.left.textContent = length < rows.length ? `${length / fits} of ${rows.length / fits} methods; enlarge a map to see all.` : "";
  }

  // The chosen epoch and those where something changes, in their order; where it stands large above, these alone.
  choose_columns(most) {
    const { sheet, chosen } = this, in_order = ([one], [two]) => one - two;
    if (sheet.side) return sheet.keys.slice(0, most).sort(in_order);
    const keys = sheet.keys.filter(([place]) => place !== chosen).slice(0, most - 1);
    return [[chosen, ["chosen", sheet.keys.find(([place]) => place === chosen)?.[1]].filter(Boolean).join(", ")], ...keys].sort(in_order);
  }

  press(event) {
    const last = this.frames.length - 1;
    const to = { ArrowLeft: this.chosen - 1, ArrowRight: this.chosen + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(Math.min(Math.max(to, 0), last));
    this.frames[this.chosen].focus();
  }

  choose(place) {
    const first = !this.waiting;
    this.stop();
    this.chosen = place;
    this.draw();
    if (first) this.tell();
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.tell();
    }, SETTLED_MS);
  }

  tell() {
    if (this.known === this.chosen) return;
    this.sent = this.known = this.chosen;
    this.send("epoch", this.sheet.epochs[this.chosen]);
  }

  start() {
    this.stop();
    if (this.chosen === this.frames.length - 1) this.chosen = 0;
    this.playing = setInterval(() => {
      if (this.chosen === this.frames.length - 1) return this.pause();
      this.chosen += 1;
      this.draw();
    }, FRAME_MS);
    this.draw();
  }

  pause() {
    this.stop();
    this.draw();
    this.tell();
  }

  stop() {
    clearInterval(this.playing);
    clearTimeout(this.waiting);
    this.playing = this.waiting = null;
  }
}

// What stands around a film on its step grows with the type.
const room_below = (head) => innerHeight - head.offsetHeight - AROUND * parseFloat(getComputedStyle(document.documentElement).fontSize);

// Pixels of a row's captions: two lines, or as many as its longest has.
const captions = (rows) => 10 + LINE * Math.max(2, ...rows.flatMap(({ cells }) => cells.map(({ caption }) => caption.length)));

// Whole methods, each with a row for every run, as many as fit on the screen; at least one.
const fitting_rows = (room, { rows, fits }) => Math.min(rows.length, fits * Math.max(1, Math.floor(room / (LEAST + captions(rows)) / fits)));

// Whole methods beside each other, as many as leave maps large; at least one.
const rows_beside = (width, { rows, fits }) => Math.min(rows.length, fits * Math.max(1, Math.floor((width / (LARGEST + BETWEEN) - 1) / fits)));

// As large as fits on the screen with all that stands around the maps.
const fitting_size = (room, rows) => Math.min(320, Math.max(SMALL, Math.floor(room / rows.length) - captions(rows)));

// As large as fits in one row; many frames take several rows.
const frame_size = (room, count, fits) => Math.min(72, Math.max(fits ? 18 : count > 40 ? 26 : 34, Math.floor(room / count) - 12));

export default function ({ data, parentElement, setTriggerValue }) {
  if (!films.has(parentElement)) films.set(parentElement, new Film(parentElement));
  const film = films.get(parentElement), text = JSON.stringify({ ...data, chosen: null });
  film.send = setTriggerValue;
  if (film.text !== text) {
    film.text = text;
    film.ready = unpack(data).then((sheet) => film.text === text && film.take(sheet));
    return;
  }
  film.ready.then(() => {
    if (film.follow(data.chosen)) film.draw();
  });
}
