// The profile in the page's JSON island, decoded; lineprof/report/html/page.py makes it.

/** scale: percentages at which a share reaches heat 1, 2...; hot: what a line needs not to be cold. */
let heat = { scale: [], hot: 0 };

/**
 * Everything the page shows, of all processes or of one (a number in `processes`). Times are ns.
 * functions: {id, file, line, last, name, calls, total, self, hits, suspended, source,
 *   lines: {number, hits, total, self, suspended}, callees: Map(line -> edges), callers: edges}
 * files: {id, path, name, functions, self, hits}
 */
function decode(data, process = null) {
  heat = data.heat;
  const all = data.functions;
  if (process !== null) {
    const { functions, ...numbers } = data.processes[process].numbers;
    data = { ...data, ...numbers, functions: { ...all, ...functions } };
  }
  const files = records(data.files).map((file, id) => ({
    id, ...file, functions: [], self: 0, hits: 0, suspended: 0,
  }));
  const lines = records(data.lines);
  const functions = records(data.functions).map((fn, id) => decodeFunction({ id, ...fn }, lines[id], files));
  for (const { caller, callee, ...edge } of records(data.edges)) {
    const fn = functions[caller];
    Object.assign(edge, { caller: fn, callee: functions[callee], name: functions[callee]?.name ?? callee });
    edge.callee?.callers.push(edge);
    if (!fn.callees.has(edge.line)) fn.callees.set(edge.line, []);
    fn.callees.get(edge.line).push(edge);
  }
  const longestFirst = (a, b) => b.total - a.total;
  for (const fn of functions) {
    fn.callers.sort(longestFirst);
    for (const list of fn.callees.values()) list.sort(longestFirst);
  }
  for (const file of files) {
    file.functions.sort((a, b) => a.line - b.line || a.id - b.id);
    markOverlaps(file.functions);
  }
  const { raw, runs, registered, columns, notes, processes } = data;
  return {
    raw, runs, registered, columns, notes, processes, process, files, functions,
    byName: new Map(files.map((file) => [file.name, file])),
    self: sum(functions.map((fn) => fn.self)),
    hits: sum(functions.map((fn) => fn.hits)),
    suspended: sum(functions.map((fn) => fn.suspended)),
    hottest: {
      self: maximum(functions.map((fn) => maximum(fn.lines.self))),
      total: maximum(functions.map((fn) => maximum(fn.lines.total))),
    },
  };
}

/** The rows of a table that is given by columns. */
function records(table) {
  const names = Object.keys(table);
  return table[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, table[name][i]])));
}

function decodeFunction(fn, { step, hits, total, self, suspended }, files) {
  let at = 0;
  const number = step.map((more) => (at += more));
  Object.assign(fn, {
    file: files[fn.file],
    lines: { number, hits, total, self, suspended: suspended || null },
    index: new Map(number.map((n, i) => [n, i])),
    self: sum(self), hits: sum(hits), suspended: sum(suspended || []),
    callees: new Map(), callers: [], overlaps: false, text: null,
  });
  fn.last = Math.max(fn.line, at, fn.source ? fn.line + countLines(fn.source) - 1 : 0);
  fn.file.functions.push(fn);
  fn.file.self += fn.self;
  fn.file.hits += fn.hits;
  fn.file.suspended += fn.suspended;
  return fn;
}

/** Marks functions that share lines: nested ones and those around them. */
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

/** 0 (cold) to as many as the scale has, by the share of the hottest. */
function heatLevel(value, most) {
  return most > 0 ? heat.scale.filter((limit) => 100 * value >= limit * most).length : 0;
}

/** Lines of the function's source and where each begins in it; made when first needed. */
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

/** Spaces that every line begins with: narrow screens leave them out. */
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

/** The file of this name, or the only one whose path ends in it: other reports may shorten it less. */
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
