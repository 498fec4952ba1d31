// The first page: the run, its totals, and where the time went by function, line and file.

const HOT_LINES = 40;
const HOT_LINES_NARROW = 12;
const FUNCTIONS_AT_FIRST = 100;

/** state: {query, order}; the caller keeps it while other pages are shown. */
function makeOverview(model, state, metric) {
  const main = el("main", { class: "overview", id: "main", tabindex: -1 });
  const command = commandOf(model);
  main.append(
    el("div", { class: "run" }, el("h1", {}, command), runFacts(model)),
    ...[...model.notes, nothingToSee(model)].filter(Boolean).map((note) => el("p", { class: "notice" }, note)),
    totals(model),
  );
  if (!model.functions.length) return main;
  if (model.runs.length > 1) main.append(runsTable(model));
  if (model.processes.length > 1) main.append(processesTable(model));
  const timed = model.self > 0;
  const several = model.functions.filter((fn) => fn.self > 0).length > 1;
  main.append(el("div", { class: "panels" },
    several ? section("Where the time goes", "self time by file and function", "map", makeTreemap(model)) : null,
    timed ? section("Hottest lines", `by ${metric} time`, "hot", hotLines(model, metric)) : null,
    functionsSection(model, state),
    section("Files", "self times add up, as they never overlap", "files", filesTable(model)),
  ));
  return main;
}

function section(title, note, name, ...content) {
  return el(
    "section", { class: `panel panel-${name}`, "aria-labelledby": `title-${name}` },
    el("div", { class: "panel-head" },
      el("h2", { id: `title-${name}` }, title), note ? el("span", { class: "note" }, note) : null),
    ...content,
  );
}

function commandOf(model) {
  const commands = [...new Set(model.runs.map((run) => run.command).filter(Boolean))];
  if (!commands.length) return "Line profile";
  return commands.length > 1 ? `${commands[0]} and ${commands.length - 1} more` : commands[0];
}

/** What all runs have in common, as a list of terms. */
function runFacts(model) {
  const facts = el("dl", { class: "facts" });
  const common = (name, value) => {
    const values = [...new Set(model.runs.map(value).filter(Boolean))];
    if (values.length) facts.append(el("div", {}, el("dt", {}, name), el("dd", {}, values.slice(0, 3).join(", "))));
  };
  common("Python", (run) => run.python);
  common("Clock", (run) => run.clock && `${run.clock}${run.core ? `, ${run.core}` : ""}`);
  common("Platform", (run) => run.platform);
  // The processes of several runs are in the table.
  common("Host", (run) => run.host && `${run.host}${run.pid && model.runs.length === 1 ? `, process ${run.pid}` : ""}`);
  common("Started", (run) => formatDate(run.started));
  common("lineprof", (run) => run.lineprof);
  const times = model.raw ? "as measured, the profiler's cost included" : "corrected for the profiler's cost";
  facts.append(el("div", {}, el("dt", {}, "Times"), el("dd", {}, times)));
  return facts;
}

function totals(model) {
  const called = model.functions.filter((fn) => fn.calls || fn.hits).length;
  const lines = sum(model.functions.map((fn) => fn.lines.hits.filter((hits) => hits > 0).length));
  const duration = sum(model.runs.map((run) => run.duration));
  const tiles = [
    ["Duration", duration ? timeNodes(duration) : ["–"], model.runs.length > 1 ? `${model.runs.length} runs added up` : "of the run"],
    ["In profiled code", timeNodes(model.self),
      duration && model.self <= duration ? `${formatShare(model.self / duration)} of it` : "all threads added up"],
    ["Functions", [formatCount(called)], `called, of ${formatCount(model.registered)}`],
    ["Lines", [formatCount(lines)], "were run"],
    ["Hits", [model.hits < 1e10 ? formatCount(model.hits) : formatShort(model.hits)], model.self && model.hits ? `${formatTime(model.self / model.hits)} each` : ""],
  ];
  if (model.suspended) tiles.push(["Await", timeNodes(model.suspended), "suspended in await or yield"]);
  return el(
    "dl", { class: "totals" },
    ...tiles.map(([name, value, note]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, el("b", {}, ...value), el("small", {}, note)))),
  );
}

/** Why the page is empty, if it is. */
function nothingToSee(model) {
  if (!model.registered) return "Nothing was measured: no function was registered (is one decorated with @profile?).";
  if (!model.functions.length) return `Nothing to show: ${plural(model.registered, "function")} left out by --filter.`;
  if (model.functions.every((fn) => !fn.calls && !fn.total && !fn.hits)) {
    return `Nothing was measured: ${plural(model.functions.length, "function")} registered, but none was called.`;
  }
  return null;
}

function runsTable(model) {
  const table = makeTable({
    caption: "Runs",
    limit: 10,
    order: { id: "started", ascending: true },
    items: model.runs,
    columns: [
      { id: "command", label: "Command", text: true, value: (run) => run.command, cell: (run) => run.command || "unknown" },
      { id: "started", label: "Started", text: true, value: (run) => run.started, cell: (run) => formatDate(run.started) },
      { id: "host", label: "Host", text: true, value: (run) => run.host, cell: (run) => run.host },
      { id: "pid", label: "Process", value: (run) => run.pid, cell: (run) => String(run.pid || "") },
      { id: "duration", label: "Duration", value: (run) => run.duration, cell: (run) => timeNodes(run.duration) },
    ],
    changed: () => {},
  });
  return section("Runs", "added up", "runs", table.element);
}

/** The slowest first; a press on one shows it alone. */
function processesTable(model) {
  const most = maximum(model.processes.map((process) => process.time));
  const table = makeTable({
    caption: "Processes",
    limit: 10,
    order: { id: "time", ascending: false },
    items: model.processes,
    columns: [
      { id: "name", label: "Process", text: true, value: (one) => one.name,
        cell: (one) => (one.numbers ? el("a", { href: hashOf(new URLSearchParams({ process: one.name })) }, one.name) : one.name) },
      { id: "time", label: "Time", title: "Total of the function that took longest in it", value: (one) => one.time,
        cell: (one) => timeNodes(one.time), class: (one) => `heat-${heatLevel(one.time, most)}` },
      { id: "pid", label: "Number", value: (one) => one.pid, cell: (one) => String(one.pid || ""), wide: true },
      { id: "host", label: "Host", text: true, value: (one) => one.host, cell: (one) => one.host, wide: true },
      { id: "started", label: "Started", text: true, value: (one) => one.started, cell: (one) => formatDate(one.started), wide: true },
      { id: "duration", label: "Duration", value: (one) => one.duration, cell: (one) => timeNodes(one.duration), wide: true },
      { id: "ending", label: "State", text: true, value: (one) => one.ending, cell: (one) => one.ending || "made this profile" },
    ],
    changed: () => {},
  });
  const one = model.process === null ? "all added up" : `${model.processes[model.process].name} is shown`;
  return section("Processes", one, "processes", table.element);
}

function functionsSection(model, state) {
  const mostSelf = maximum(model.functions.map((fn) => fn.self));
  const mostTotal = maximum(model.functions.map((fn) => fn.total));
  const columns = [
    {
      id: "name", label: "Function", text: true, value: (fn) => fn.name,
      cell: (fn) => [
        nameLink(address(fn), fn.name, { class: "name" }), " ",
        el("span", { class: "place" }, `${fn.file.name}:${fn.line}`),
      ],
    },
    { id: "self", label: "Self", title: "Time not spent in other profiled functions", value: (fn) => fn.self,
      cell: (fn) => timeNodes(fn.self), class: (fn) => `heat-${heatLevel(fn.self, mostSelf)}` },
    { id: "share", label: "% Self", title: "Self time as a share of all time in profiled code", value: (fn) => fn.self,
      cell: (fn) => shareNodes(model.self ? fn.self / model.self : 0), class: () => "share" },
    { id: "total", label: "Total", title: "Time with everything called from it", value: (fn) => fn.total,
      cell: (fn) => timeNodes(fn.total), class: (fn) => `heat-${heatLevel(fn.total, mostTotal)}` },
    { id: "calls", label: "Calls", value: (fn) => fn.calls, cell: (fn) => formatCount(fn.calls) },
    { id: "percall", label: "Per call", title: "Total time per call", value: (fn) => (fn.calls ? fn.total / fn.calls : 0),
      cell: (fn) => timeNodes(fn.calls ? fn.total / fn.calls : 0), wide: true },
    { id: "hits", label: "Hits", title: "Arrivals at its lines", value: (fn) => fn.hits,
      cell: (fn) => formatCount(fn.hits), wide: true },
  ];
  if (model.suspended) {
    columns.push({ id: "await", label: "Await", title: "Time suspended", value: (fn) => fn.suspended,
      cell: (fn) => (fn.suspended ? timeNodes(fn.suspended) : "") });
  }
  const table = makeTable({
    caption: "Functions", columns, items: model.functions, order: state.order, limit: FUNCTIONS_AT_FIRST,
    changed: (order) => (state.order = order),
    rowClass: (fn) => (fn.calls || fn.hits ? "" : "unused"),
  });
  const count = el("span", { class: "note" });
  const search = () => {
    state.query = input.value;
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = model.functions.filter((fn) => {
      const text = `${fn.name} ${fn.file.path}:${fn.line}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    table.keep(found);
    count.textContent = words.length ? `${formatCount(found.length)} of ${formatCount(model.functions.length)}`
      : plural(model.functions.length, "function");
    if (words.length) announce(`${plural(found.length, "function")} found`);
  };
  const input = el("input", {
    type: "search", id: "search", class: "search", placeholder: "Search functions ( / )",
    "aria-label": "Search functions by name or file", oninput: search, autocomplete: "off", spellcheck: "false",
  });
  input.value = state.query;
  search();
  const result = section("Functions", null, "functions", table.element);
  result.querySelector(".panel-head").append(count, input);
  return result;
}

function hotLines(model, metric) {
  const lines = [];
  for (const fn of model.functions) {
    fn.lines[metric].forEach((value, i) => {
      if (value > 0) lines.push({ fn, i, number: fn.lines.number[i], value, hits: fn.lines.hits[i] });
    });
  }
  lines.sort((a, b) => b.value - a.value);
  const most = model.hottest[metric];
  return makeTable({
    caption: "Hottest lines", limit: innerWidth < 700 ? HOT_LINES_NARROW : HOT_LINES, order: {},
    items: lines.slice(0, HOT_LINES),
    columns: [
      { id: "line", label: "Line", text: true,
        cell: ({ fn, number }) => [
          el("a", { href: address(fn, number), class: "code" }, lineText(fn, number).trim() || `line ${number}`), " ",
          el("span", { class: "place" }, `${fn.file.name}:${number} · ${fn.name}`),
        ] },
      { id: "time", label: metric === "self" ? "Self" : "Time", cell: ({ value }) => timeNodes(value),
        class: ({ value }) => `heat-${heatLevel(value, most)}` },
      { id: "share", label: "% of all", cell: ({ value }) => shareNodes(model.self ? value / model.self : 0), class: () => "share", wide: true },
      { id: "hits", label: "Hits", cell: ({ hits }) => formatCount(hits) },
      ...(model.suspended ? [{ id: "await", label: "Await", title: "Time suspended", wide: true,
        cell: ({ fn, i }) => (fn.lines.suspended?.[i] ? timeNodes(fn.lines.suspended[i]) : "") }] : []),
    ],
  }).element;
}

function filesTable(model) {
  const most = maximum(model.files.map((file) => file.self));
  return makeTable({
    caption: "Files", limit: 30, order: { id: "self", ascending: false }, changed: () => {},
    items: model.files,
    rowClass: (file) => (file.hits ? "" : "unused"),
    columns: [
      { id: "name", label: "File", text: true, value: (file) => file.name,
        cell: (file) => el("a", { href: address(file.functions[0]), title: file.path, class: "name" }, file.name) },
      { id: "self", label: "Self", value: (file) => file.self, cell: (file) => timeNodes(file.self),
        class: (file) => `heat-${heatLevel(file.self, most)}` },
      { id: "share", label: "% Self", value: (file) => file.self,
        cell: (file) => shareNodes(model.self ? file.self / model.self : 0), class: () => "share" },
      { id: "functions", label: "Functions", value: (file) => file.functions.length,
        cell: (file) => formatCount(file.functions.length) },
      { id: "hits", label: "Hits", value: (file) => file.hits, cell: (file) => formatCount(file.hits) },
    ],
  }).element;
}
