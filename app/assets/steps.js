// The bar below a presentation, and its keys.
const bars = new WeakMap(); // where a bar stands -> the bar
const TYPED = "input, textarea, select, [contenteditable], [role=slider], [role=listbox], [role=combobox], [role=radiogroup], dialog, [role=dialog]";
const PRESSED = "button, a, summary";

class Bar {
  constructor(host) {
    this.host = host;
    const press = (event) => (host.isConnected ? this.press(event) : removeEventListener("keydown", press));
    addEventListener("keydown", press);
  }

  // The step that Python has; one that is still on its way there stays.
  take({ step, titles }) {
    if (this.step === undefined || this.sent === step || this.titles?.join() !== titles.join()) this.sent = null;
    this.step = this.sent ?? step;
    this.titles = titles;
    this.draw();
    if (this.step !== step) this.send("step", this.step); // two keys at once: Python took the first
  }

  draw() {
    const { step, titles } = this, last = titles.length;
    const button = (words, act, more = {}) => make("button", { type: "button", onclick: act, ...more }, words);
    const dots = titles.map((title, place) => make("li", {}, button(make("i"), () => this.go(place + 1), {
      title, "aria-label": `Step ${place + 1}: ${title}`, "aria-current": place + 1 === step ? "step" : "false" })));
    const bar = make("nav", { class: "bar", "aria-label": "Presentation" },
      button("‹ Back", () => this.go(step - 1), { disabled: step === 1, title: "Left arrow" }),
      button("Next ›", () => this.go(step + 1), { disabled: step === last, title: "Right arrow" }),
      make("ol", { class: "dots" }, ...dots),
      make("span", { class: "place", role: "status" }, `${step} of ${last}`),
      button("Full screen", fill_screen, { class: "full", title: "F" }),
      button("Close ✕", () => this.send("close", true), { title: "Escape" }));
    this.host.querySelector(".bar")?.remove();
    this.host.append(bar);
  }

  go(step) {
    if (step < 1 || step > this.titles.length || step === this.step) return;
    this.step = this.sent = step;
    this.draw();
    this.send("step", step);
  }

  press(event) {
    const within = (selector) => event.composedPath().some((one) => one instanceof Element && one.matches(selector));
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || within(TYPED)) return;
    if (event.key === " " && within(PRESSED)) return;
    const act = {
      ArrowRight: () => this.go(this.step + 1), PageDown: () => this.go(this.step + 1), " ": () => this.go(this.step + 1),
      ArrowLeft: () => this.go(this.step - 1), PageUp: () => this.go(this.step - 1),
      Home: () => this.go(1), End: () => this.go(this.titles.length),
      Escape: () => this.send("close", true), f: fill_screen,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

const fill_screen = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());

export default function ({ data, parentElement, setTriggerValue }) {
  if (!bars.has(parentElement)) bars.set(parentElement, new Bar(parentElement));
  const bar = bars.get(parentElement);
  bar.send = setTriggerValue;
  bar.take(data);
}
