// The profile in the page's JSON island, decoded; lineprof/report/html/page.py describes the fields.

const HEAT_LEVELS = 8;

/**
 * Everything the page shows. Times are ns.
 * functions: {id, file, line, last, name, calls, total, self, hits, suspended, source, numbers,
 *   lines: {numbers, hits, total, self, suspended}, callees: Map(line -> edges), callers: edges}
 * files: {id, path, name, functions, self, hits}
 */
function decode(data) {
  const files = data.files.map(([path, name], id) => ({
    id, path, name, functions: [], self: 0, hits: 0, suspended: 0,
  }));
  const functions = data.functions.map((record, id) => decodeFunction(record, id, files));
  for (const fn of functions) {
    const edges = data.functions[fn.id][11];
    for (const [line, callee, calls, total] of edges) {
      const edge = { caller: fn, line, calls, total, callee: functions[callee], name: callee };
      if (edge.callee) {
        edge.name = edge.callee.name;
        edge.callee.callers.push(edge);
      }
      if (!fn.callees.has(line)) fn.callees.set(line, []);
      fn.callees.get(line).push(edge);
    }
    for (const list of fn.callees.values()) list.sort((a, b) => b.total - a.total);
  }
  for (const fn of functions) fn.callers.sort((a, b) => b.total - a.total);
  for (const file of files) {
    file.functions.sort((a, b) => a.line - b.line || a.id - b.id);
    markOverlaps(file.functions);
  }
  const model = {
    raw: data.raw, runs: data.runs, registered: data.registered, files, functions,
    byName: new Map(files.map((file) => [file.name, file])),
    self: sum(functions.map((fn) => fn.self)),
    hits: sum(functions.map((fn) => fn.hits)),
    suspended: sum(functions.map((fn) => fn.suspended)),
    hottest: { self: 0, total: 0 },
  };
  for (const fn of functions) {
    for (const metric of ["self", "total"]) {
      model.hottest[metric] = Math.max(model.hottest[metric], maximum(fn.lines[metric]));
    }
  }
  return model;
}

function decodeFunction(record, id, files) {
  const [file, line, name, calls, total, source, deltas, hits, totals, selves, awaits] = record;
  let number = 0;
  const numbers = deltas.map((delta) => (number += delta));
  const fn = {
    id, file: files[file], line, name, calls, total, source,
    lines: { numbers, hits, total: totals, self: selves, suspended: awaits || null },
    index: new Map(numbers.map((n, i) => [n, i])),
    self: sum(selves), hits: sum(hits), suspended: awaits ? sum(awaits) : 0,
    callees: new Map(), callers: [], overlaps: false, text: null,
  };
  fn.last = Math.max(line, number, source ? line + countLines(source) - 1 : line);
  fn.file.functions.push(fn);
  fn.file.self += fn.self;
  fn.file.hits += fn.hits;
  fn.file.suspended += fn.suspended;
  return fn;
}

/** Notes the functions whose lines belong to others as well: nested ones, and their hosts. */
function markOverlaps(functions) {
  let furthest = null;
  for (const fn of functions) {
    if (furthest && fn.line <= furthest.last) fn.overlaps = furthest.overlaps = true;
    if (!furthest || fn.last > furthest.last) furthest = fn;
  }
}

function countLines(text) {
  let count = text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function sum(values) {
  let result = 0;
  for (const value of values) result += value;
  return result;
}

function maximum(values) {
  let result = 0;
  for (const value of values) if (value > result) result = value;
  return result;
}

/** 0 (cold) to HEAT_LEVELS: by the root of the share, or all but one or two lines were cold. */
function heatLevel(value, most) {
  if (!(value > 0) || !(most > 0)) return 0;
  return Math.min(HEAT_LEVELS, Math.floor(HEAT_LEVELS * Math.sqrt(value / most) + 0.5));
}

/** Lines of the function's source, and where each begins in it; made when first needed. */
function sourceText(fn) {
  if (!fn.text) {
    const lines = fn.source === null ? [] : fn.source.split("\n");
    if (lines.length && lines[lines.length - 1] === "") lines.pop();
    let at = 0;
    const starts = lines.map((line) => {
      const start = at;
      at += line.length + 1;
      return start;
    });
    fn.text = { lines, starts, runs: null, indent: indentOf(lines) };
  }
  return fn.text;
}

/** Spaces that all lines begin with: narrow screens leave them out. */
function indentOf(lines) {
  let least = Infinity;
  for (const line of lines) {
    const at = line.search(/[^ ]/);
    if (at >= 0 && at < least) least = at;
  }
  return least === Infinity ? 0 : least;
}

function lineText(fn, number) {
  const text = sourceText(fn).lines[number - fn.line];
  return text === undefined ? "" : text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** The file of this name, or the only one whose path ends so: names get shorter in other reports. */
function fileNamed(model, name) {
  const known = model.byName.get(name);
  if (known || !name) return known;
  const found = model.files.filter((file) => file.path.replaceAll("\\", "/").endsWith(`/${name}`));
  return found.length === 1 ? found[0] : undefined;
}

/** Address of a function, or of a line; the function is named only where the line is not enough. */
function address(fn, line) {
  const parameters = new URLSearchParams({ file: fn.file.name, line: line || fn.line });
  if (fn.overlaps) parameters.set("function", fn.name);
  return hashOf(parameters);
}

function hashOf(parameters) {
  return "#" + parameters.toString().replaceAll("%2F", "/");
}
