// The rows of a source page: a head for each function, its lines, and folds for cold ones.

const HEAD = 0;
const LINE = 1;
const FOLD = 2;
const HEIGHTS = [54, 22, 24];

/**
 * Rows as parallel arrays: kind, function, line number (HEAD: first, FOLD: first hidden), count
 * (FOLD: lines hidden), and `tops`, one longer: their positions in pixels.
 * hotOnly leaves out functions never called and folds cold lines; opened: the folds and functions
 * that are shown all the same.
 */
function makeRows(file, metric, hotOnly, opened) {
  const rows = { kind: [], fn: [], number: [], count: [], tops: null, longest: 0 };
  const add = (kind, fn, number, count) => {
    rows.kind.push(kind);
    rows.fn.push(fn);
    rows.number.push(number);
    rows.count.push(count);
  };
  for (const fn of file.functions) {
    if (hotOnly && !fn.hits && !opened.has(fn)) continue;
    add(HEAD, fn, fn.line, 0);
    const numbers = lineNumbers(fn);
    if (!hotOnly) {
      for (const number of numbers) add(LINE, fn, number, 0);
      continue;
    }
    let hidden = [];
    const flush = () => {
      if (hidden.length === 1 || (hidden.length && opened.has(foldKey(fn, hidden[0])))) {
        for (const number of hidden) add(LINE, fn, number, 0);
      } else if (hidden.length) add(FOLD, fn, hidden[0], hidden.length);
      hidden = [];
    };
    for (const number of numbers) {
      if (isHot(fn, number, metric)) {
        flush();
        add(LINE, fn, number, 0);
      } else hidden.push(number);
    }
    flush();
  }
  rows.tops = new Float64Array(rows.kind.length + 1);
  for (let i = 0; i < rows.kind.length; i += 1) rows.tops[i + 1] = rows.tops[i] + HEIGHTS[rows.kind[i]];
  for (const fn of file.functions) {
    for (const line of sourceText(fn).lines) rows.longest = Math.max(rows.longest, columnsOf(line));
  }
  return rows;
}

/** Columns that the part of a line takes that is shown. */
function columnsOf(line) {
  const text = line.slice(0, LONGEST);
  let more = 0;
  for (const { 0: character, index } of text.matchAll(/[^\x20-\x7e]/gu)) {
    more += character === "\t" ? TAB - 1 - (Math.floor(index + more) % TAB) : widthOf(character) - character.length;
  }
  return text.length + more;
}

const measuredWidths = new Map();
let measure = null;

/** Columns of a character that is not ASCII, in whatever font this machine has for it. */
function widthOf(character) {
  if (!measuredWidths.has(character)) {
    if (!measure) {
      measure = document.createElement("canvas").getContext("2d");
      measure.font = `13px ${getComputedStyle(document.documentElement).getPropertyValue("--mono")}`;
    }
    const width = (text) => measure.measureText(text).width;
    measuredWidths.set(character, width(visible(character)) / width("0"));
  }
  return measuredWidths.get(character);
}

/** Characters of a line that are shown. */
const LONGEST = 1000;
/** Columns from one tab stop to the next, as in the style sheet. */
const TAB = 4;

/** How many characters the largest number of each kind in a file has; of times without the unit. */
function widestNumbers(file) {
  const largest = (values) => maximum(file.functions.map((fn) => maximum(values(fn))));
  const time = largest(({ lines }) => [...lines.total, ...(lines.suspended || [])]);
  return {
    line: String(maximum(file.functions.map((fn) => fn.last))).length,
    hits: formatCount(largest(({ lines }) => lines.hits)).length,
    time: timeParts(time)[0].length,
  };
}

function foldKey(fn, number) {
  return `${fn.id}:${number}`;
}

/** All lines of the source, or those measured if there is no source. */
function lineNumbers(fn) {
  const count = sourceText(fn).lines.length;
  const within = new Set();
  for (let number = fn.line; number < fn.line + count; number += 1) within.add(number);
  const outside = fn.lines.number.filter((number) => !within.has(number));
  if (!outside.length) return [...within];
  return [...within, ...outside].sort((a, b) => a - b);
}

function isHot(fn, number, metric) {
  const index = fn.index.get(number);
  if (index === undefined) return false;
  const value = fn.lines[metric][index];
  return value > 0 && 100 * value >= heat.hot * fn[metric];
}

/** Numbers of a line by field, null for those that are not shown; null if it was not measured. */
function lineNumbersOf(fn, number) {
  const index = fn.index.get(number);
  if (index === undefined) return null;
  const { hits, total, self, suspended } = fn.lines;
  return {
    hits: hits[index], total: total[index], self: self[index],
    per_hit: hits[index] ? total[index] / hits[index] : null,
    suspended: suspended?.[index] || null,
  };
}

/** Index of the row at this height. */
function rowAt(rows, y) {
  let low = 0;
  let high = rows.kind.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows.tops[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The row of a line: in the function named, or in the innermost one that measured it. It may be the
 * fold that hides the line, or the head of a function whose first line has no row. -1: none.
 */
function findRow(rows, number, name) {
  let best = -1;
  let measured = false;
  for (let i = 0; i < rows.kind.length; i += 1) {
    const fn = rows.fn[i];
    if (name !== null && fn.name !== name) continue;
    const first = rows.number[i];
    const found =
      rows.kind[i] === FOLD ? first <= number && number < first + rows.count[i] : first === number;
    if (!found) continue;
    const has = rows.kind[i] !== HEAD && fn.index.has(number);
    if (best < 0 || has || !measured) best = i;
    measured = measured || has;
  }
  return best;
}
