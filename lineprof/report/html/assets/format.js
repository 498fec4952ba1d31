// Numbers as text. Times come in nanoseconds.

const UNITS = [
  [1, "ns"],
  [1e3, "µs"],
  [1e6, "ms"],
  [1e9, "s"],
];

/** [digits, unit]: three digits at least, in the unit that needs the fewest. */
function timeParts(ns) {
  if (!(ns > 0)) return ["0", ""];
  let [factor, unit] = UNITS[0];
  for (const [next, name] of UNITS) {
    // What rounds to 1000 of a unit is 1 of the next.
    if (ns >= next * 0.9995) [factor, unit] = [next, name];
  }
  const value = ns / factor;
  if (unit === "ns") return [value < 10 ? trimmed(value.toFixed(1)) : value.toFixed(0), unit];
  if (value >= 9999.5) return [Math.round(value).toLocaleString("en-US"), unit];
  return [value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2), unit];
}

function trimmed(text) {
  return text.replace(/\.0$/, "");
}

function formatTime(ns) {
  return timeParts(ns).join(" ").trim();
}

/** The same as nodes, with a faint unit; all units have one width, so that digits line up. */
function timeNodes(ns) {
  const [digits, unit] = timeParts(ns);
  return [digits, el("span", { class: "unit" }, unit && ` ${unit}`)];
}

// Made once: toLocaleString would make it for every number.
const COUNT = new Intl.NumberFormat("en-US");

function formatCount(value) {
  return COUNT.format(value);
}

/** Three digits, as "12.3M". */
function formatShort(value) {
  return value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
}

function formatShare(share) {
  const percent = 100 * share;
  return percent > 0 && percent < 0.05 ? "<0.1 %" : `${percent.toFixed(1)} %`;
}

function exactTime(ns) {
  return `${formatCount(Math.round(ns))} ns`;
}

function formatDate(seconds) {
  if (!seconds) return "";
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "";
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

// Control characters except tab, characters without width, those that turn the direction of text,
// line separators, and halves of surrogate pairs.
const INVISIBLE =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * The text, in which pictures replace control characters, and U+FFFD others that cannot be seen or
 * would reorder what stands beside them: one character for one.
 */
function visible(text) {
  return text.replace(INVISIBLE, (c) => {
    const code = c.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}
