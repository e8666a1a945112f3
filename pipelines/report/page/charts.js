// The charts, in the colours of today's theme.

// A colour of the style sheet as the browser computes it.
function resolve(color) {
  const probe = make("i", { style: `color: ${color}` });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function draw_charts(charts) {
  const ink = resolve("var(--text)"), soft = resolve("var(--line)"), dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const colors = Array.from({ length: 7 }, (_, place) => resolve(`var(--run-${place})`));
  const config = {
    background: "transparent", view: { stroke: null }, font: "system-ui, sans-serif",
    axis: { labelColor: ink, titleColor: ink, gridColor: soft, domainColor: soft, tickColor: soft,
      labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, layout: { top: { direction: "vertical", anchor: "start" } } },
    range: { category: colors },
  };
  for (const place of document.querySelectorAll(".charts")) {
    const own = charts.filter((chart) => chart.place === place.dataset.charts);
    place.replaceChildren(...own.map(({ title, spec, dark_spec, caption }) => {
      const drawn = make("div", { class: "chart", role: "img", "aria-label": `${title}. ${caption}` });
      requestAnimationFrame(() => vegaEmbed(drawn, dark ? dark_spec ?? spec : spec, { actions: false, renderer: "svg", config }));
      return make("figure", {}, make("h3", {}, title), drawn, make("figcaption", {}, caption));
    }));
  }
}
