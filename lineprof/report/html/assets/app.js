// The page as a whole: its bar, its address (what follows the #), settings, theme and keys.

/** What the reader has chosen, on every page. */
const view = {
  metric: "self",
  hot: false,
  overview: { query: "", order: { id: "self", ascending: false } },
};

const THEME_KEY = "lineprof-theme";
const darkness = matchMedia("(prefers-color-scheme: dark)");

function storedTheme() {
  try {
    return localStorage.getItem(THEME_KEY);
  } catch {
    return null; // a page from a file may have no storage
  }
}

function applyTheme(choice) {
  const theme = choice || (darkness.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  return theme;
}

// Before anything is painted: no flash of the other theme.
applyTheme(storedTheme());

function start() {
  const data = JSON.parse(document.getElementById("profile").textContent);
  let model = decode(data);
  let source = null;
  let inspector = null;

  const title = el("nav", { class: "crumbs", "aria-label": "Place" });
  const heat = el("div", { class: "segments", role: "group", "aria-label": "Heat by" },
    ...["self", "total"].map((metric) => button(
      metric === "self" ? "Heat by time not spent in other profiled functions (t)" : "Heat by time, everything called included (t)",
      { "data-metric": metric, onclick: () => setMetric(metric) }, metric === "self" ? "Self" : "Total")));
  const alone = data.processes.filter((process) => process.numbers);
  const processes = el("select", { id: "process", "aria-label": "Process", onchange: () => setProcess(processes.value) },
    el("option", { value: "" }, `All ${plural(alone.length, "process", "processes")}`),
    ...[...alone].sort((a, b) => b.time - a.time)
      .map(({ name, time }) => el("option", { value: name }, `${name} (${formatTime(time)})`)));
  processes.hidden = alone.length < 2;
  const hotOnly = button("Only lines with 1 % of their function's time or more (h)",
    { class: "toggle", id: "hot-only", onclick: () => setHot(!view.hot) }, "Hot lines");
  const findCount = el("span", { class: "find-count" });
  const findInput = el("input", {
    type: "search", class: "search", id: "find", placeholder: "Find in file ( / )", "aria-label": "Find in this file",
    autocomplete: "off", spellcheck: "false",
    oninput: () => tellFound(source.search(findInput.value)),
    onkeydown: (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        tellFound(source.next(event.shiftKey ? -1 : 1));
      }
    },
  });
  const find = el("div", { class: "find", role: "search" }, findInput, findCount);
  const theme = button("Light or dark (d)", { class: "icon", id: "theme", "aria-label": "Switch between light and dark", onclick: switchTheme }, "◐");
  const help = button("Keys (?)", { class: "icon", id: "keys", "aria-label": "Keyboard shortcuts", onclick: () => dialog.showModal() }, "?");
  const bar = el("header", { class: "bar" }, title, el("div", { class: "tools" }, processes, find, hotOnly, heat, theme, help));
  const dialog = helpDialog();
  document.body.append(
    el("a", { class: "skip", href: "#main", onclick: skip }, "Skip to content"), bar,
    el("main", { id: "main" }),
    el("div", { id: "status", role: "status", class: "visually-hidden" }), dialog,
  );

  function skip(event) {
    event.preventDefault();
    (source ? source.scroller : document.getElementById("main")).focus();
  }

  // Places

  function place() {
    const parameters = new URLSearchParams(location.hash.slice(1));
    const file = fileNamed(model, parameters.get("file"));
    return { parameters, file, line: Number(parameters.get("line")) || 0, name: parameters.get("function") };
  }

  function route() {
    const process = new URLSearchParams(location.hash.slice(1)).get("process");
    if (process !== null) decodeProcess(process);
    const { parameters, file, line, name } = place();
    const metric = { self: "self", total: "total" }[parameters.get("heat")];
    const changed = (metric && metric !== view.metric) || (parameters.has("hot") && (parameters.get("hot") === "1") !== view.hot);
    if (metric) view.metric = metric;
    if (parameters.has("hot")) view.hot = parameters.get("hot") === "1";
    if (!file) {
      showOverview();
      if (parameters.has("file")) announce(`${parameters.get("file")} is not in this profile`);
    }
    else {
      if (!source || source.file !== file) showFile(file);
      else if (changed) source.rebuild();
      if (line && !source.show(line, name)) announce(`Line ${line} is not in this profile`);
    }
    settle();
  }

  function showOverview() {
    source = inspector = null;
    document.title = visible(`${commandOf(model)} · lineprof`);
    document.body.className = "on-overview";
    clear(title, el("a", { href: "#", class: "brand", "aria-current": "page" }, "lineprof"));
    document.getElementById("main").replaceWith(makeOverview(model, view.overview, view.metric));
    scrollTo(0, 0);
  }

  function showFile(file) {
    document.title = visible(`${file.name} · lineprof`);
    document.body.className = "on-source";
    const files = el("select", {
      "aria-label": "File", onchange: () => (location.hash = address(model.files[files.value].functions[0])),
    }, ...[...model.files].sort((a, b) => a.name.localeCompare(b.name))
      .map((other) => el("option", { value: other.id, selected: other === file }, other.name)));
    clear(title, el("a", { href: "#", class: "brand" }, "lineprof"), el("span", { "aria-hidden": "true" }, "/"), files);
    inspector = makeInspector(model, view, closeInspector);
    const main = el("main", { id: "main", class: "source-page" });
    document.getElementById("main").replaceWith(main);
    source = makeSource(model, file, view, {
      select: (fn, line) => {
        inspector.show(fn, line);
        const parameters = new URLSearchParams(address(fn, line).slice(1));
        replaceHash(parameters);
      },
      inspect: (name) => inspector.enter(name),
    });
    main.append(
      el("h1", { class: "visually-hidden" }, file.path), el("p", { class: "print-note" }),
      source.outline, source.scroller, source.minimap, inspector.element,
    );
    source.rebuild();
    findInput.value = findCount.textContent = "";
    scrollTo(0, 0);
  }

  function closeInspector() {
    inspector.hide();
    source.scroller.focus();
  }

  /** Put the settings into the bar and the address, so that whoever gets the address sees the same. */
  function settle() {
    for (const segment of heat.children) segment.setAttribute("aria-pressed", segment.dataset.metric === view.metric);
    hotOnly.setAttribute("aria-pressed", view.hot);
    replaceHash(place().parameters);
  }

  function replaceHash(parameters) {
    for (const name of ["heat", "hot", "process"]) parameters.delete(name);
    if (model.process !== null) parameters.set("process", data.processes[model.process].name);
    if (view.metric !== "self") parameters.set("heat", view.metric);
    if (view.hot) parameters.set("hot", "1");
    const hash = parameters.size ? hashOf(parameters) : "#";
    if (hash !== (location.hash || "#")) history.replaceState(null, "", hash);
  }

  // Settings

  /** Show the process of this name; all of them if there is none. */
  function decodeProcess(name) {
    const at = data.processes.findIndex((process) => process.numbers && process.name === name);
    const process = at < 0 ? null : at;
    if (process === model.process) return;
    model = decode(data, process);
    source = inspector = null;
    processes.value = process === null ? "" : name;
  }

  function setProcess(name) {
    const parameters = place().parameters;
    parameters.delete("process");
    decodeProcess(name);
    replaceHash(parameters);
    route();
    announce(name ? `Process ${name}` : "All processes");
  }

  function setMetric(metric) {
    view.metric = metric;
    if (source) source.rebuild();
    else showOverview();
    settle();
    announce(`Heat by ${metric} time`);
  }

  function setHot(hot) {
    view.hot = hot;
    source.rebuild();
    settle();
    announce(hot ? "Only hot lines" : "All lines");
  }

  function switchTheme() {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    applyTheme(next);
    try {
      localStorage.setItem(THEME_KEY, next);
    } catch {
      // then the theme holds for this page only
    }
    source?.redraw();
    announce(`${next} theme`);
  }

  function tellFound({ query, matches, at }) {
    findCount.textContent = query ? `${matches.length ? at + 1 : 0}/${formatCount(matches.length)}` : "";
    if (query) announce(matches.length ? `${at + 1} of ${matches.length} found` : "Nothing found");
  }

  // Keys

  const keys = {
    "/": () => (source ? findInput : document.getElementById("search"))?.focus(),
    "?": () => dialog.showModal(),
    t: () => setMetric(view.metric === "self" ? "total" : "self"),
    d: switchTheme,
    o: () => (location.hash = "#"),
    h: () => source && setHot(!view.hot),
    j: () => source?.stepLine(1),
    k: () => source?.stepLine(-1),
    n: () => source?.stepHot(1),
    p: () => source?.stepHot(-1),
    c: () => source?.selected().fn && inspector.follow("callees"),
    b: () => source?.selected().fn && inspector.follow("callers"),
    "]": () => source && stepFunction(1),
    "[": () => source && stepFunction(-1),
    Escape: () => source && !inspector.element.hidden && closeInspector(),
  };

  function stepFunction(direction) {
    const functions = source.file.functions;
    const at = functions.indexOf(source.selected().fn) + direction;
    if (functions[at]) location.hash = address(functions[at]);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const typing = event.target.closest("input, select, textarea");
    if (typing && event.key === "Escape") {
      typing.blur();
      source?.scroller.focus();
      return;
    }
    const action = typing ? null : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  addEventListener("hashchange", route);
  darkness.addEventListener("change", () => {
    applyTheme(storedTheme());
    source?.redraw();
  });
  addEventListener("beforeprint", () => {
    const whole = !source || source.print(true);
    const note = document.querySelector(".print-note");
    if (note) note.textContent = whole ? source.file.path
      : `${source.file.path}: too long to print whole; choose "Hot lines" first.`;
  });
  addEventListener("afterprint", () => source?.print(false));
  route();
}

const KEYS = [
  ["/", "search functions, or in the file; Enter and Shift+Enter for the next and previous"],
  ["t", "heat by self or total time"],
  ["h", "hot lines only"],
  ["n p", "next, previous hot line"],
  ["j k", "next, previous line"],
  ["] [", "next, previous function"],
  ["c", "to the function called from this line that took longest"],
  ["b", "back to the line that called this function and took longest"],
  ["o", "overview"],
  ["d", "light or dark"],
  ["Esc", "close, leave the search"],
  ["?", "this list"],
];

function helpDialog() {
  const dialog = el("dialog", { class: "keys", "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, "Keyboard"),
    el("dl", {}, ...KEYS.map(([key, does]) => el("div", {},
      el("dt", {}, ...key.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, does)))),
    el("form", { method: "dialog" }, el("button", { class: "more" }, "Close")));
  return dialog;
}

document.addEventListener("DOMContentLoaded", start);
