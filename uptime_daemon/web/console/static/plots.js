// Plots of latencies: the numbers come as JSON, the same stand below as a table for whoever does not look.
"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const inks = ["--up-bar", "--slow-bar", "--down-bar"];
  const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

  const drawn = async (place) => {
    const answer = await fetch(place.dataset.plot, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { from, to, at, series } = await answer.json();
    const vantages = [...new Set(series.map((each) => each.vantage))];
    const percentiles = [...new Set(series.map((each) => each.percentile))];
    const value = (_, milliseconds) => (milliseconds === null || milliseconds === undefined ? "–" : `${milliseconds} ms`);
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    const options = () => ({
      width: place.clientWidth,
      height: 260,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), place.dataset.zone),
      scales: { x: { range: () => [from, to] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [axis, { ...axis, size: 70, values: (_, marks) => marks.map((each) => `${each} ms`) }],
      series: [
        { value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
        ...series.map((each) => ({
          label: `${vantages.length > 1 ? `${each.vantage}, ` : ""}${each.percentile} %`,
          stroke: colour(inks[percentiles.indexOf(each.percentile) % inks.length]),
          dash: dashes[vantages.indexOf(each.vantage) % dashes.length],
          width: 1.5,
          points: { show: at.length < 60 },
          value,
        })),
      ],
    });
    const data = [at, ...series.map((each) => each.milliseconds)];
    let plot = new uPlot(options(), data, place);
    const again = () => { plot.destroy(); plot = new uPlot(options(), data, place); };
    new ResizeObserver(() => { if (plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: 260 }); }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  };
  document.querySelectorAll("[data-plot]").forEach((place) => { drawn(place).catch(() => {}); });
})();
