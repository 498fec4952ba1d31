// Making elements. Text only becomes text nodes: nothing in this page writes HTML. Text of others
// cannot change the direction of what stands beside it: all of its characters are made visible.

/** Properties that people read. */
const SAID = new Set(["title", "aria-label"]);

function eachVisible(lines) {
  return lines.split("\n").map(visible).join("\n");
}

/** Element with properties (`class`, `aria-*`, `data-*`, `onclick`...) and children. */
function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : SAID.has(name) ? eachVisible(value) : value);
  }
  const there = children.filter((child) => child !== null && child !== undefined);
  element.append(...there.map((child) => (typeof child === "string" ? visible(child) : child)));
  return element;
}

function button(label, properties, ...children) {
  return el("button", { type: "button", title: label, ...properties }, ...children);
}

/** A link that may break after each part of the name; screen readers read it as one. */
function nameLink(href, name, properties) {
  const parts = visible(name).split(/(?<=[._])/).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));
  return el("a", { href, "aria-label": name, ...properties }, ...parts);
}

/** A name on one line, with what it is part of if there is room. */
function shortName(name, properties, separator = ".") {
  const at = name.lastIndexOf(separator) + 1;
  return el("span", { ...properties, class: `short ${properties?.class || ""}` },
    el("span", {}, at ? el("b", {}, name.slice(0, at)) : null, el("b", {}, name.slice(at))));
}

function clear(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null));
}

/** Speaks to screen readers: others see the change itself. */
function announce(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

function plural(count, noun, many) {
  return `${formatCount(count)} ${count === 1 ? noun : many || noun + "s"}`;
}
