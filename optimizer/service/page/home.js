// A new plan with its findings, and the list of runs.
import { get, post } from "./api.js";
import { h, say, table } from "./dom.js";
import { moment, number, percent, t } from "./texts.js";

const place = (f) => [f.file, f.table, f.row === null || f.row === "" ? "" : f.row, f.column].filter((part) => part !== "" && part !== null).join(" · ");

export function findingsTable(found) {
  const errors = found.some((f) => f.severity === "error");
  const text = errors ? "withErrors" : found.length ? "withWarnings" : "noFindings";
  const rows = found.slice(0, 500).map((f) => [t(f.severity), place(f), f.value, f.cause, f.remedy]);
  return [h("h2", {}, t("findings")), h("p", { class: errors ? "wrong" : "" }, t(text)),
    found.length ? table(["severity", "place", "value", "cause", "remedy"].map(t), rows, { classes: (r) => found[r].severity }) : null];
}

function newPlan(demos) {
  const file = h("input", { type: "file", id: "file", accept: ".xlsx,.zip,.json" });
  const demo = h("select", { id: "demo" }, h("option", { value: "" }, t("none")), demos.map((d) => h("option", { value: d.name }, d.name)));
  const gap = h("input", { type: "number", id: "gap", value: "1", min: "0", max: "100", step: "any", size: 6 });
  const limit = h("input", { type: "number", id: "limit", min: "1", step: "any", value: "300", size: 6 });
  const alone = h("input", { type: "checkbox", id: "alone" });
  const findings = h("div", { id: "findings", "aria-live": "polite" });
  const body = () => {
    const options = { gap: Number(gap.value) / 100, compare: alone.checked };
    if (limit.value) options.time_limit = Number(limit.value);
    if (file.files[0]) {
      const form = new FormData();
      form.append("file", file.files[0]);
      form.append("options", JSON.stringify(options));
      return { form };
    }
    return demo.value ? { json: { demo: demo.value, options } } : null;
  };
  const send = async (path, then) => {
    const what = body();
    if (!what) return say(t("chooseOne"));
    buttons.forEach((button) => { button.disabled = true; });
    try { await then(await post(path, what)); } catch (error) {
      const found = error.problem ? error.problem.findings || [] : [];
      findings.replaceChildren(h("p", { class: "wrong", role: "alert" }, error.message), ...(found.length ? findingsTable(found).filter(Boolean) : []));
    } finally { buttons.forEach((button) => { button.disabled = false; }); }
  };
  const check = () => send("/v1/validate", (found) => findings.replaceChildren(...findingsTable(found.findings).filter(Boolean)));
  const start = () => send("/v1/jobs", (job) => { say(t("started")); location.hash = `#/job/${job.id}`; });
  const buttons = [h("button", { id: "check", onclick: check }, t("checkIt")), h("button", { class: "first", id: "start", onclick: start }, t("start"))];
  file.addEventListener("change", () => { demo.value = ""; if (file.files[0]) check(); });
  demo.addEventListener("change", () => { file.value = ""; });
  return h("section", {}, h("h1", {}, t("newPlan")),
    h("div", { class: "row" }, h("label", {}, t("file"), file), h("label", {}, t("demo"), demo)),
    h("div", { class: "row" }, h("label", {}, t("gap"), gap), h("label", {}, t("timeLimit"), limit), h("label", { class: "inline" }, alone, t("compareAlone"))),
    h("div", { class: "row" }, buttons), findings);
}

function jobsTable(jobs, chosen, changed) {
  if (!jobs.length) return h("p", {}, t("noJobs"));
  const rows = jobs.map((job) => {
    const box = h("input", { type: "checkbox", "aria-label": `${t("choose")} ${job.name}`, disabled: !(job.plan && job.plan.objective !== null), onchange: () => {
      box.checked ? chosen.add(job.id) : chosen.delete(job.id);
      changed();
    } });
    box.checked = chosen.has(job.id);
    const plan = job.plan || {};
    return [box, h("a", { href: `#/job/${job.id}` }, job.name), h("span", { class: `status ${job.status}` }, t(job.status)), number(plan.objective), percent(plan.gap), moment(job.created)];
  });
  return table([t("choose"), t("name"), t("status"), t("cost"), t("gapShort"), t("when")], rows, { numbers: [3, 4] });
}

export async function homeView(signal, me) {
  const chosen = new Set(), list = h("div"), firm = me && me.role === "firm";
  const compare = h("button", { id: "compare", onclick: () => {
    if (chosen.size !== 2) return say(t("chooseTwo"));
    location.hash = `#/compare/${[...chosen].join("/")}`;
  } }, t("compare"));
  const load = async () => {
    const found = (await get("/v1/jobs?limit=100")).jobs.filter((job) => job.kind === "solve");
    list.replaceChildren(jobsTable(found, chosen, () => {}));
  };
  await load();
  const timer = setInterval(() => load().catch(() => {}), 4000);
  signal.addEventListener("abort", () => clearInterval(timer));
  const runs = h("section", {}, h("h1", {}, t("jobs")), list, firm ? null : h("div", { class: "row" }, compare));
  return firm ? [runs] : [newPlan(await get("/v1/demos")), runs];
}
