// Two plans side by side: key figures, warehouses, cost by kind.
import { get } from "./api.js";
import { h, table } from "./dom.js";
import { FIGURES, shown } from "./job.js";
import { number, t, term } from "./texts.js";

const change = (a, b, show) => (typeof a === "number" && typeof b === "number" ? (b - a > 0 ? "+" : "") + show(b - a) : "–");

export async function compareView(a, b) {
  const jobs = await Promise.all([get(`/v1/jobs/${a}`), get(`/v1/jobs/${b}`)]);
  const [one, two] = await Promise.all([get(`/v1/jobs/${a}/result`), get(`/v1/jobs/${b}/result`)]);
  const names = jobs.map((job) => `${job.name} (${job.id.slice(0, 6)})`), kpis = jobs.map((job) => job.plan.kpis);
  const figures = Object.keys(FIGURES).filter((key) => kpis.some((k) => k[key] !== undefined)).map((key) =>
    [t(key), shown(key, kpis[0][key]), shown(key, kpis[1][key]), change(kpis[0][key], kpis[1][key], (v) => shown(key, v))]);
  const terms = [...new Set(kpis.flatMap((k) => Object.keys(k.cost_by_term || {})))].map((name) => {
    const [x, y] = kpis.map((k) => (k.cost_by_term || {})[name] || 0);
    return [term(name), number(x), number(y), change(x, y, number)];
  });
  const sites = [one, two].map((result) => new Set(result.tables.sites.map((row) => row.warehouse)));
  const places = [...new Set([...sites[0], ...sites[1]])].sort().map((place) => [place, ...sites.map((set) => (set.has(place) ? "●" : "–"))]);
  const head = (first) => [t(first), ...names, t("difference")];
  return [h("section", { id: "comparison" }, h("h1", {}, t("openCompare")), table(head("figure"), figures, { numbers: [1, 2, 3] })),
    h("section", {}, h("h2", {}, t("sites_opened")), table([t("sites_opened"), ...names], places)),
    h("section", {}, h("h2", {}, t("term")), table(head("term"), terms, { numbers: [1, 2, 3] }))];
}
