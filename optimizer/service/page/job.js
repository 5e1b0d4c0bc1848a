// One run: progress while it goes on, the plan once it has ended.
import { ask, download, follow, get, post } from "./api.js";
import { closing } from "./chart.js";
import { h, say, table } from "./dom.js";
import { findingsTable } from "./home.js";
import { language, number, percent, t, term, word } from "./texts.js";

export const FIGURES = { objective: 0, cost_before_public_money: 0, cost_after_public_money: 0, public_money: 0, finance_cost: 0, peak_loans: 0,
  unmet_share: "%", parcel_share: "%", average_delivery_days: 1, containers: 0, sites_opened: 0, leases_started: 0, hubs_opened: 0, demand_units: 0, co2_t: 1 };
export const shown = (key, value) => (FIGURES[key] === "%" ? percent(value, 1) : number(value, FIGURES[key]));
const figure = (label, value) => h("div", { class: "figure" }, h("span", {}, label), h("b", {}, value));

export async function jobView(id, signal) {
  const job = await get(`/v1/jobs/${id}`);
  const body = h("div"), head = h("section", {}, h("h1", {}, job.name), body);
  const after = h("div", { style: "display:grid;gap:1rem;min-width:0" });
  const ended = async () => {
    const now = await get(`/v1/jobs/${id}`);
    body.replaceChildren(...summary(now), history(id, signal));
    after.replaceChildren(...(now.plan && now.plan.objective !== null ? planSections(now) : now.status === "done" ? [why(now)] : []));
  };
  if (["done", "failed", "cancelled"].includes(job.status)) await ended();
  else watch(job, body, signal, ended);
  return [head, after];
}

function watch(job, body, signal, ended) {
  const points = [], figures = h("div", { class: "figures" }), chart = h("div"), log = h("pre", { tabindex: "0" });
  const state = h("p", {}, h("span", { class: `status ${job.status}` }, t(job.status)));
  const stop = h("button", { class: "stop", id: "stop", onclick: async () => {
    stop.disabled = true;
    say(t("stopping"));
    await ask("DELETE", `/v1/jobs/${job.id}`).catch((error) => say(error.message));
  } }, t("stop"));
  body.replaceChildren(state, figures, chart, h("div", { class: "row" }, stop), h("details", {}, h("summary", {}, t("log")), log));
  follow(`/v1/jobs/${job.id}/events`, (kind, data) => {
    if (kind === "status") {
      state.replaceChildren(h("span", { class: `status ${data.status}` }, t(data.status)));
      if (["done", "failed", "cancelled"].includes(data.status)) { ended().catch((error) => say(error.message)); return "end"; }
      return "";
    }
    if (!data.phase.startsWith("comparing")) points.push(data);
    const unknown = t("unknown");
    figures.replaceChildren(figure(t("best"), data.incumbent === null ? unknown : number(data.incumbent)), figure(t("bound"), data.bound === null ? unknown : number(data.bound)),
      figure(t("gapShort"), data.gap === null ? unknown : percent(data.gap)), figure(t("elapsed"), `${number(data.seconds, 1)} ${t("seconds")}`));
    chart.replaceChildren(closing(points));
    log.textContent = `${data.seconds.toFixed(1)} s  ${data.phase}  ${data.message}\n${log.textContent}`.slice(0, 20000);
    return "";
  }, signal, () => say(t("offline")));
}

function history(id, signal) {
  const points = [], chart = h("div");
  follow(`/v1/jobs/${id}/events`, (kind, data) => {
    if (kind === "progress") { if (!data.phase.startsWith("comparing")) points.push(data); return ""; }
    if (!["done", "failed", "cancelled"].includes(data.status)) return "";
    if (points.some((point) => point.incumbent !== null)) chart.replaceChildren(closing(points));
    return "end";
  }, signal, () => {});
  return chart;
}

function summary(job) {
  const plan = job.plan || {}, alone = (plan.comparisons || {}).alone;
  const parts = [h("p", {}, h("span", { class: `status ${job.status}` }, t(job.status)), plan.status ? ` · ${word("is", plan.status)} (${word("end", plan.termination)})` : "")];
  if (job.problem) parts.push(h("p", { class: "wrong", role: "alert" }, job.problem.detail), ...(job.problem.findings.length ? findingsTable(job.problem.findings).filter(Boolean) : []));
  if (plan.objective === null) parts.push(h("p", { class: "wrong" }, t("noPlan")));
  if (plan.objective === undefined || plan.objective === null) return parts;
  parts.push(h("p", { class: plan.check.ok ? "" : "wrong" }, t(plan.check.ok ? "checked" : "notChecked")));
  const figures = [figure(t("best"), number(plan.objective)), figure(t("bound"), number(plan.bound)), figure(t("gapShort"), percent(plan.gap)), figure(t("elapsed"), `${number(plan.runtime_seconds, 1)} ${t("seconds")}`)];
  if (alone && alone.saving_low !== null) figures.push(figure(t("aloneSaving"), `${number(alone.saving_low)} – ${number(alone.saving_high)}`));
  parts.push(h("div", { class: "figures" }, figures));
  return parts;
}

function planSections(job) {
  const views = { overview, map, tables, money, shares, why, report }, place = h("div", { id: "view" });
  let result = null;
  const buttons = Object.entries(views).map(([key, make]) => h("button", { id: `view-${key}`, "aria-pressed": "false", onclick: async (event) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.currentTarget)));
    try {
      result = result || (await get(`/v1/jobs/${job.id}/result`));
      place.replaceChildren(...[await make(job, result, place)].flat());
    } catch (error) { place.replaceChildren(h("p", { class: "wrong", role: "alert" }, error.message)); }
  } }, t(key)));
  buttons[0].click();
  const files = [["workbook", "result.xlsx", "xlsx"], ["archive", "result.zip", "zip"], ["network", "network", "json"]];
  const short = job.id.slice(0, 8);
  const publish = h("button", { onclick: async () => {
    const now = await (await ask("PUT", `/v1/jobs/${job.id}/published`, { json: { published: !job.published } })).json();
    job.published = now.published;
    publish.textContent = t(job.published ? "withdraw" : "publish");
  } }, t(job.published ? "withdraw" : "publish"));
  return [h("section", {}, h("div", { class: "row", role: "group" }, buttons), place),
    h("section", {}, h("h2", {}, t("download")), h("div", { class: "row" },
      files.map(([key, path, end]) => h("button", { id: `get-${key}`, onclick: () => download(`/v1/jobs/${job.id}/${path}`, `plan-${short}.${end}`).catch((error) => say(error.message)) }, t(key))), publish))];
}

function overview(job) {
  const kpis = job.plan.kpis;
  return h("div", { class: "figures" }, Object.keys(FIGURES).filter((key) => kpis[key] !== undefined && kpis[key] !== null).map((key) => figure(t(key), shown(key, kpis[key]))));
}

async function map(job) {
  const blob = await (await ask("GET", `/v1/jobs/${job.id}/map?language=${language()}`)).blob();
  return h("img", { class: "map", alt: t("map"), src: URL.createObjectURL(blob) });
}

function tables(job, result) {
  const all = { ...result.tables, ledger: result.ledger }, place = h("div");
  const choose = h("select", { id: "table" }, Object.keys(all).map((name) => h("option", { value: name, selected: name === "leases" }, `${name} (${all[name].length})`)));
  const filter = h("input", { type: "search", id: "filter" });
  const show = () => {
    const rows = all[choose.value], wanted = filter.value.toLowerCase(), heads = rows.length ? Object.keys(rows[0]) : [];
    const found = wanted ? rows.filter((row) => heads.some((key) => String(row[key]).toLowerCase().includes(wanted))) : rows;
    const numeric = heads.map((key, i) => (rows.length && typeof rows[0][key] === "number" ? i : -1)).filter((i) => i >= 0);
    const cells = found.slice(0, 300).map((row) => heads.map((key) => (typeof row[key] === "number" ? number(row[key], 2) : String(row[key] ?? ""))));
    place.replaceChildren(table(heads, cells, { numbers: numeric }), h("p", { class: "soft" }, `${Math.min(300, found.length)} ${t("rowsShown")} ${found.length}`));
  };
  choose.addEventListener("change", show);
  filter.addEventListener("input", show);
  show();
  return [h("div", { class: "row" }, h("label", {}, t("table"), choose), h("label", {}, t("filter"), filter)), place];
}

function sums(rows, key, value) {
  const found = new Map();
  for (const row of rows) found.set(row[key], (found.get(row[key]) || 0) + value(row));
  return found;
}

function money(job, result) {
  const terms = [...sums(result.ledger, "term", (row) => row.amount)].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const paid = sums(result.ledger, "payer", (row) => row.amount), got = sums(result.ledger, "payee", (row) => row.amount);
  const firms = [...new Set((result.tables.cash || []).map((row) => row.firm))];
  const way = new Map(result.ledger.map((row) => [row.term, row.inside ? "inside" : firms.includes(row.payee) ? "fromOutside" : "outside"]));
  const by = (rows, period) => sums(rows, "period", period);
  const peak = (firm) => Math.max(0, ...by((result.tables.loans || []).filter((row) => row.firm === firm), (row) => row.balance).values());
  const least = (firm) => Math.min(...result.tables.cash.filter((row) => row.firm === firm).map((row) => row.cash));
  const lines = firms.map((firm) => [firm, number(paid.get(firm) || 0), number(got.get(firm) || 0), number(peak(firm)), number(least(firm))]);
  return [h("h2", {}, t("firm")), table([t("firm"), t("paid"), t("received"), t("peakLoan"), t("least")], lines, { numbers: [1, 2, 3, 4] }),
    h("h2", {}, t("term")), table([t("term"), "", t("amount")], terms.map(([name, amount]) => [term(name), t(way.get(name)), number(amount)]), { numbers: [2] })];
}

async function followUp(job, kind, place, make) {
  const path = `/v1/jobs/${job.id}/${kind}`;
  try {
    return await make(await ask("GET", `${path}?language=${language()}`));
  } catch (error) {
    if (!error.problem || error.problem.status !== 409) throw error;
  }
  const go = h("button", { class: "first", id: `work-out-${kind}`, onclick: async () => {
    place.replaceChildren(h("p", { role: "status" }, t("workingOut")));
    try {
      let child = await post(path, {});
      while (["queued", "running"].includes(child.status)) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        child = await get(`/v1/jobs/${child.id}`);
      }
      place.replaceChildren(...[await make(await ask("GET", `${path}?language=${language()}`))].flat());
    } catch (error) { place.replaceChildren(h("p", { class: "wrong", role: "alert" }, error.message)); }
  } }, t("workOut"));
  return go;
}

const shares = (job, result, place) => followUp(job, "shares", place, async (answer) => {
  const found = await answer.json();
  const range = (low, high) => (low === null || high === null ? "–" : Math.abs(high - low) < 0.5 ? number(low) : `${number(low)} – ${number(high)}`);
  const rows = found.table.map((row) => [row.player, number(row.direct), range(row.alone_low, row.alone_high), number(row.share), range(row.saving_low, row.saving_high)]);
  return table([t("firm"), t("direct"), t("alone"), t("share"), t("saving")], rows, { numbers: [1, 2, 3, 4] });
});

const explain = (job, place) => followUp(job, "explanation", place, async (answer) => h("pre", { tabindex: "0" }, (await answer.json()).text));

function why(job, result, place) {
  if (place) return explain(job, place);
  const inner = h("div"), section = h("section", {}, h("h2", {}, t("why")), inner);
  explain(job, inner).then((found) => inner.replaceChildren(found)).catch((error) => inner.replaceChildren(h("p", { class: "wrong" }, error.message)));
  return section;
}

const report = (job, result, place) => followUp(job, "report", place, async () =>
  h("button", { id: "get-report", onclick: () => download(`/v1/jobs/${job.id}/report?language=${language()}`, `report-${job.id.slice(0, 8)}.html`).catch((error) => say(error.message)) }, `${t("download")}: ${t("report")}`));
