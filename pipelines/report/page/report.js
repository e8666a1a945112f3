const content = JSON.parse(document.getElementById("content").textContent);
const by_id = (id) => document.getElementById(id);
const chosen_methods = new Set([content.first]);
const percent = (value) => `${Math.round(100 * value)}%`;
const TILE = 184; // pixels, see .group in the style sheet

// ---------------------------------------------------------------- what is shown
function settings() {
  return {
    shown: content.classes[by_id("class").value],
    epoch: Number(by_id("epoch").value),
    jointly: by_id("jointly").checked,
    methods: content.methods.filter(({ name }) => chosen_methods.has(name)),
    look: {
      opacity: Number(by_id("opacity").value),
      threshold: Number(by_id("threshold").value),
      contours: by_id("contours").checked,
    },
  };
}

// A run that has ended by the chosen epoch shows its last.
const up_to = (epochs, chosen) => epochs.filter((epoch) => epoch <= chosen).at(-1) ?? epochs[0];

// What one cell shows, as the enlarged view takes it.
function cell_of(run, method, { epoch, jointly }) {
  const packed = run.methods[method.name];
  if (!packed) return { caption: [], note: "not computed" };
  const at = up_to(packed.epochs, epoch), place = packed.epochs.indexOf(at), said = run.predictions[at];
  const focus = packed.focus[place];
  return {
    epoch: at, said,
    caption: [
      ...(said ? [`${said.correct ? "✓" : "✗"} ${said.class} (${percent(said.confidence)})`] : []),
      ...(focus == null ? [] : [`focus ${focus.toFixed(2)}`]),
    ],
    ...(packed.empty[place] ? { note: "empty map" } : { map: map_of(packed, place, jointly) }),
  };
}

// The maps of one image: a row a method, a column a run.
function sheet_of(image, picture, now) {
  const rows = now.methods.map((method) => ({
    name: method.label, cells: image.runs.map((run) => cell_of(run, method, now)) }));
  const columns = content.runs.map(({ name }, place) => {
    const epoch = rows.map(({ cells }) => cells[place].epoch).find(Boolean);
    return epoch ? `${name}, epoch ${epoch}` : name;
  });
  return { title: `${image.name}, ${image.kind.toLowerCase()}: ${image.true}`, picture, rows, columns };
}

// ---------------------------------------------------------------- the cases
const pictures = new Map();
function picture_of(source) {
  if (!pictures.has(source)) {
    const picture = new Image();
    picture.src = source;
    pictures.set(source, picture.decode().then(() => picture));
  }
  return pictures.get(source);
}

function build_map(sheet, row, column, look) {
  const cell = sheet.rows[row].cells[column], words = describe(sheet, row, column);
  const view = cell.map ? make("canvas") : make("div", { class: "void", role: "img", "aria-label": words }, cell.note);
  if (cell.map) fill(view, sheet.picture, cell, look, TILE);
  const caption = make("figcaption", {}, ...cell.caption.flatMap((line, place) => (place ? [make("br"), line] : [line])));
  if (cell.said) caption.className = cell.said.correct ? "right" : "wrong";
  const button = make("button", { class: "cell", type: "button", "aria-label": `Enlarge ${words}`, "data-place": `${sheet.title} ${row} ${column}`,
    onclick: () => enlarged.open(sheet, row, column, look) }, view);
  return make("figure", {}, make("span", { class: "label" }, sheet.rows[row].name), cell.map ? button : view, caption);
}

function build_image(image) {
  const box = make("div", { class: "image" }, make("img", { src: image.source, alt: `${image.name}, ${image.true}` }));
  if (image.outline) box.append(make("img", { src: image.outline, alt: "" }));
  return make("figure", { class: "group" }, make("span", { class: "label" }, "Image"), box,
    make("figcaption", {}, image.name));
}

function build_case(image, picture, now) {
  const sheet = sheet_of(image, picture, now);
  const groups = sheet.columns.map((name, column) => make("div", { class: "group", style: `--run: var(--run-${column})` },
    make("span", { class: "label", title: name }, name),
    make("div", { class: "tiles" }, ...sheet.rows.map((_, row) => build_map(sheet, row, column, now.look)))));
  return make("div", { class: "case" }, make("h3", {}, `${image.kind}: ${image.true}`),
    make("div", { class: "tiles" }, build_image(image), ...groups));
}

let drawing = 0;
async function draw_cases() {
  const now = settings(), turn = ++drawing;
  by_id("epoch-shown").textContent = `${now.epoch} of ${content.epochs}`;
  by_id("threshold-shown").textContent = now.look.threshold ? percent(now.look.threshold) : "none";
  const loaded = await Promise.all(now.shown.cases.map(({ source }) => picture_of(source)));
  if (turn !== drawing) return; // something newer has been chosen meanwhile
  by_id("cases").replaceChildren(...now.shown.cases.map((image, place) => build_case(image, loaded[place], now)));
  by_id("cases").dataset.epoch = now.epoch;
}

// ---------------------------------------------------------------- controls
let playing = null;
function play() {
  const epoch = by_id("epoch");
  if (playing) return stop();
  by_id("play").textContent = "❚❚ Pause";
  by_id("play").setAttribute("aria-pressed", "true");
  if (epoch.value === epoch.max) epoch.value = epoch.min;
  playing = setInterval(() => {
    epoch.stepUp();
    if (epoch.value === epoch.max) stop();
    draw_cases();
  }, 800);
  draw_cases();
}

function stop() {
  clearInterval(playing);
  playing = null;
  by_id("play").textContent = "▶ Play";
  by_id("play").setAttribute("aria-pressed", "false");
}

function offer_choices() {
  by_id("class").append(...content.classes.map(({ name }, place) => make("option", { value: place }, name)));
  by_id("class").value = content.start;
  by_id("epoch").max = by_id("epoch").value = content.epochs;
  by_id("methods").append(...content.methods.map(({ name, label }) => make("label", {},
    make("input", { type: "checkbox", checked: chosen_methods.has(name), onchange: (event) => {
      if (event.target.checked) chosen_methods.add(name);
      else chosen_methods.delete(name);
    } }), ` ${label}`)));
  for (const event of ["input", "change"]) by_id("controls").addEventListener(event, draw_cases);
  by_id("controls").addEventListener("submit", (event) => event.preventDefault());
  by_id("play").addEventListener("click", play);
}

function show_examples() {
  by_id("examples").append(...content.classes.flatMap(({ name, cases }) => cases.slice(0, 1).map(({ source }) =>
    make("figure", {}, make("img", { src: source, alt: name }), make("figcaption", {}, name)))));
}

// ---------------------------------------------------------------- charts
// A colour of the style sheet as the browser computes it for today's theme.
function resolve(color) {
  const probe = make("i", { style: `color: ${color}` });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function draw_charts() {
  const ink = resolve("var(--text)"), soft = resolve("var(--line)");
  const config = {
    background: "transparent", view: { stroke: null }, font: "system-ui, sans-serif",
    axis: { labelColor: ink, titleColor: ink, gridColor: soft, domainColor: soft, tickColor: soft,
      labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12 },
    range: { category: content.runs.map((_, place) => resolve(`var(--run-${place})`)) },
  };
  by_id("charts").replaceChildren(...content.charts.map(({ title, spec, caption }) => {
    const place = make("div", { role: "img", "aria-label": `${title}. ${caption}` });
    requestAnimationFrame(() => vegaEmbed(place, spec, { actions: false, renderer: "svg", config }));
    return make("figure", {}, make("h3", {}, title), place, make("figcaption", {}, caption));
  }));
}

const enlarged = new Enlarged(document.body);
offer_choices();
show_examples();
draw_cases();
draw_charts();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw_charts);
