// Brings a report to life: its maps and charts.
const content = JSON.parse(document.getElementById("content").textContent);

function show_examples({ classes }) {
  document.getElementById("examples").append(...classes.flatMap(({ name, cases }) => cases.slice(0, 1).map(({ source }) =>
    make("figure", {}, make("img", { src: source, alt: name }), make("figcaption", {}, name)))));
}

addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
if (document.getElementById("examples")) show_examples(content.maps);
const maps = content.maps ? new Maps(content.maps) : null;
if (content.pins?.length) maps.draw_pins(content.pins);
if (content.charts?.length) {
  draw_charts(content.charts);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw_charts(content.charts));
}
