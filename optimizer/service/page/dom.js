// Elements without innerHTML: whatever a network holds is text, never markup.
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
export function table(head, rows, { numbers = [], classes = () => "" } = {}) {
  const kind = (i) => (numbers.includes(i) ? "number" : "");
  return h("div", { class: "scroll", tabindex: "0" }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((cell, i) => h("th", { scope: "col", class: kind(i) }, cell)))),
    h("tbody", {}, rows.map((row, r) => h("tr", { class: classes(r) }, row.map((cell, i) => h("td", { class: kind(i) }, cell)))))));
}
export function say(text) {
  const box = document.getElementById("said");
  box.replaceChildren(h("div", {}, text));
  clearTimeout(say.timer);
  say.timer = setTimeout(() => box.replaceChildren(), 6000);
}
