// Which view is shown, and what stands above it.
import { ask, get, session } from "./api.js";
import { h, say } from "./dom.js";
import { language, switchLanguage, t } from "./texts.js";
import { compareView } from "./compare.js";
import { homeView } from "./home.js";
import { jobView } from "./job.js";

let leaving = new AbortController();
const main = document.getElementById("main");

function header(me) {
  document.documentElement.lang = language();
  document.getElementById("nav").replaceChildren(
    ...(me ? [h("span", {}, me.tenant), h("a", { href: "#/" }, t("plans"))] : []),
    h("button", { class: "plain", id: "language", onclick: () => { switchLanguage(); show(); } }, t("language")),
    ...(me ? [h("button", { class: "plain", onclick: () => { session.key = null; show(); } }, t("signOut"))] : []));
}

function signIn() {
  const key = h("input", { type: "password", id: "key", autocomplete: "off", required: true, size: 50 });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    session.key = key.value.trim();
    try { await ask("GET", "/v1/me"); show(); } catch (error) { session.key = null; wrong.textContent = error.message; }
  } }, h("label", {}, t("key"), key), h("div", { class: "row" }, h("button", { class: "first" }, t("signIn"))), wrong);
  main.replaceChildren(h("section", {}, h("h1", {}, t("signIn")), form, h("p", { class: "soft" }, t("keyHint"))));
  key.focus();
}

async function show() {
  leaving.abort();
  const mine = leaving = new AbortController();
  const given = location.hash.match(/^#key=(.+)$/);
  if (given) {
    session.key = decodeURIComponent(given[1]);
    history.replaceState(null, "", location.pathname + "#/");
  }
  let me = null;
  try { me = session.key ? await get("/v1/me") : null; } catch (error) {
    if (error.problem && error.problem.status === 401) session.key = null; else say(t("offline"));
  }
  if (mine.signal.aborted) return; // a later view has been asked for
  header(me);
  if (!session.key) return signIn();
  const [, view, a, b] = location.hash.split("/");
  const views = { job: () => jobView(a, mine.signal), compare: () => compareView(a, b) };
  try {
    const shown = await (views[view] || (() => homeView(mine.signal, me)))();
    if (!mine.signal.aborted) main.replaceChildren(...shown);
  } catch (error) {
    if (mine.signal.aborted) return;
    main.replaceChildren(h("section", {}, h("p", { class: "wrong", role: "alert" }, error.message), h("button", { onclick: show }, t("again"))));
  }
}

addEventListener("hashchange", async () => { await show(); main.focus(); });
show();
