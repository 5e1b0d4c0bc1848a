// Best plan and bound over time, as they close.
import { s } from "./dom.js";
import { number, t } from "./texts.js";
const W = 800, H = 260, LEFT = 90, RIGHT = 20, TOP = 16, BOTTOM = 34;
export function closing(points) {
  const known = points.filter((p) => p.incumbent !== null || p.bound !== null);
  const values = known.flatMap((p) => [p.incumbent, p.bound]).filter((v) => v !== null);
  const svg = s("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": t("chartTitle") });
  if (!values.length) return svg;
  const least = Math.min(...values), most = Math.max(...values);
  const room = Math.max(0, 0.001 * Math.max(Math.abs(most), 1) - (most - least)) / 2; // a change of less is no cliff
  const low = least - room, high = most + room, pad = (high - low) * 0.08;
  const end = Math.max(...known.map((p) => p.seconds), 1e-3);
  const x = (seconds) => LEFT + (seconds / end) * (W - LEFT - RIGHT);
  const y = (value) => TOP + ((high + pad - value) / (high - low + 2 * pad)) * (H - TOP - BOTTOM);
  for (let i = 0; i <= 4; i++) {
    const value = low + ((high - low) * i) / 4;
    svg.append(s("line", { x1: LEFT, x2: W - RIGHT, y1: y(value), y2: y(value), stroke: "#e3e8ee" }),
      s("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end", "font-size": 12, fill: "#5a6675" }, number(value, high - low < 10 ? 1 : 0)));
  }
  for (let i = 0; i <= 4; i++) {
    const seconds = (end * i) / 4;
    svg.append(s("text", { x: x(seconds), y: H - 10, "text-anchor": i === 4 ? "end" : "middle", "font-size": 12, fill: "#5a6675" }, `${number(seconds, end < 10 ? 1 : 0)} ${t("seconds")}`));
  }
  const steps = (pick) => known.filter((p) => pick(p) !== null).map((p, i, all) =>
    (i ? `H${x(p.seconds).toFixed(1)}V` : `M${x(p.seconds).toFixed(1)} `) + y(pick(p)).toFixed(1)).join("");
  for (const [pick, colour, dash, key] of [[(p) => p.incumbent, "#155e8a", "", "best"], [(p) => p.bound, "#b35c00", "6 4", "bound"]]) {
    svg.append(s("path", { d: steps(pick), fill: "none", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash }, s("title", {}, t(key))));
  }
  return svg;
}
