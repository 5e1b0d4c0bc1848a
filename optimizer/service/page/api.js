// The HTTP interface, with the key of this session.
export const session = {
  get key() { return sessionStorage.getItem("key"); },
  set key(value) { value ? sessionStorage.setItem("key", value) : sessionStorage.removeItem("key"); },
};
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "refused");
    this.problem = problem;
  }
}
export async function ask(method, path, { json, form, headers = {} } = {}) {
  const all = { Authorization: `Bearer ${session.key}`, ...headers };
  if (json !== undefined) all["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers: all, body: json !== undefined ? JSON.stringify(json) : form });
  if (answer.ok) return answer;
  let problem = { status: answer.status, detail: answer.statusText };
  try { problem = await answer.json(); } catch { /* not ours */ }
  throw new Refused({ status: answer.status, ...problem });
}
export const get = async (path) => (await ask("GET", path)).json();
export const post = async (path, what) => (await ask("POST", path, what)).json();
export async function download(path, name) {
  const blob = await (await ask("GET", path)).blob();
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
// Server-sent events by fetch, because EventSource sends no key; goes on after a broken connection.
export async function follow(path, onEvent, signal, onBroken = () => {}) {
  let last = "0";
  while (!signal.aborted) {
    try {
      const answer = await fetch(path, { headers: { Authorization: `Bearer ${session.key}`, "Last-Event-ID": last }, signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        const parts = (rest + value).split("\n\n");
        rest = parts.pop();
        for (const part of parts) {
          const fields = Object.fromEntries(part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
          if (!fields.data) continue;
          last = fields.id;
          if (onEvent(fields.event, JSON.parse(fields.data)) === "end") return;
        }
      }
    } catch {
      if (signal.aborted) return;
      onBroken();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
