// A source page: one table with the functions of a file. Heights are known, so only the rows near the
// screen need to exist, and fifty thousand lines scroll like fifty. In a small file all rows exist:
// the browser's own search works there.

const ALL_ROWS = 1200;
const MARGIN_ROWS = 40;
const PRINTED_ROWS = 4000;
const PAPER_ROWS = 50;
/** Pixels of the table's own head. */
const TABLE_HEAD = 30;

/** The column that holds what heat goes by. */
const COLUMN_OF = { self: "self", total: "time" };

/** Columns that heads and folds span; their text flows over the others. */
const SPAN = 2;

/** events: select(fn, line) when a row is chosen, inspect(name) when its calls are asked for. */
function makeSource(model, file, settings, events) {
  const columns = [
    { name: "line", title: "Line" },
    ...model.columns.filter((column) => column.name !== "await" || file.suspended),
    { name: "source", title: "Source" },
  ];
  const opened = new Set();
  const live = new Map();
  let rows = null;
  let selected = { fn: null, line: 0 };
  /** Index of its row. */
  let chosen = -1;
  let found = { query: "", matches: [], at: -1 };
  let paper = null;

  const body = el("tbody", {});
  const table = makeTableOf(body);
  const sizer = el("div", { class: "sizer" }, table);
  const scroller = el("div", {
    class: "scroller", tabindex: 0, role: "region", "aria-label": `Source of ${file.name}`,
  }, sizer);
  for (const [name, digits] of Object.entries(widestNumbers(file))) {
    scroller.style.setProperty(`--${name}`, `${8 * digits}px`);
  }
  const minimap = makeMinimap((share) => {
    scroller.scrollTop = share * sizer.offsetHeight - scroller.clientHeight / 2;
  });
  const outline = makeOutline(file, settings);

  function makeTableOf(rowsOfIt) {
    return el(
      "table", { class: `source by-${settings.metric}` },
      el("caption", { class: "visually-hidden" }, `Source of ${file.name} with numbers for each line`),
      el("colgroup", {}, ...columns.map((column) => el("col", { class: `col-${column.name}` }))),
      el("thead", {}, el("tr", { "aria-rowindex": 1 },
        ...columns.map((c) => el("th", { scope: "col", class: `c-${c.name}`, title: c.help }, titleOf(c))))),
      rowsOfIt,
    );
  }

  /** Shares are of what heat goes by. */
  function titleOf({ kind, title }) {
    return kind === "share" && settings.metric === "self" ? "% Self" : title;
  }

  function build() {
    rows = makeRows(file, settings.metric, settings.hot, opened);
    table.className = `source by-${settings.metric}`;
    table.querySelectorAll("thead th").forEach((head, i) => (head.textContent = titleOf(columns[i])));
    table.setAttribute("aria-rowcount", rows.kind.length + 1);
    sizer.style.setProperty("--longest", `${Math.ceil(rows.longest) + 3}ch`);
    chosen = selectedIndex();
    const total = rows.tops[rows.kind.length];
    sizer.style.height = `${total + TABLE_HEAD}px`;
    body.replaceChildren();
    live.clear();
    if (!rows.kind.length) {
      const text = settings.hot ? "No line of this file is hot." : "This file has no functions.";
      body.append(el("tr", {}, el("td", { colspan: SPAN, class: "empty" }, text)));
    }
    const heads = [];
    const lines = [];
    for (let i = 0; i < rows.kind.length; i += 1) {
      if (rows.kind[i] === HEAD) heads.push(rows.tops[i] / total);
      if (rows.kind[i] !== LINE) continue;
      const index = rows.fn[i].index.get(rows.number[i]);
      if (index === undefined) continue;
      const level = heatLevel(rows.fn[i].lines[settings.metric][index], model.hottest[settings.metric]);
      if (level) lines.push([rows.tops[i] / total, rows.tops[i + 1] / total, level]);
    }
    // With very many functions there would be nothing but borders to see.
    minimap.fill({ heads: heads.length > 60 ? [] : heads, lines });
    search(found.query, true);
    paint();
  }

  /** Make the rows that are on the screen, or near it. */
  function paint() {
    const count = rows.kind.length;
    const top = Math.max(0, scroller.scrollTop);
    const height = scroller.clientHeight;
    const all = rows.tops[count] + TABLE_HEAD;
    const first = rowAt(rows, top);
    const last = rowAt(rows, top + height);
    // Measure before changing, or the browser lays everything out twice.
    const there = chosen >= first && chosen <= last ? chosen : rowAt(rows, top + TABLE_HEAD);
    outline.mark(rows.fn[Math.min(count - 1, there)]);
    minimap.window(Math.min(1, top / all), Math.min(1, (top + height) / all));
    let from = 0;
    let to = count;
    if (count > ALL_ROWS) {
      from = Math.max(0, first - MARGIN_ROWS);
      to = Math.min(count, last + MARGIN_ROWS);
      // Enough rows exist on all sides: do not work on every step of a scroll.
      if (live.size && live.has(Math.max(0, first - 5)) && live.has(Math.min(count - 1, last + 5))) return;
    } else if (live.size === count) return;
    for (const [index, row] of live) {
      if (index < from || index >= to) {
        row.remove();
        live.delete(index);
      }
    }
    let before = null;
    for (let index = to - 1; index >= from; index -= 1) {
      let row = live.get(index);
      if (!row) {
        row = makeRow(index);
        live.set(index, row);
        body.insertBefore(row, before);
      }
      before = row;
    }
    table.style.marginTop = `${rows.tops[from]}px`;
    highlight();
  }

  function makeRow(index) {
    const fn = rows.fn[index];
    const number = rows.number[index];
    const row =
      rows.kind[index] === HEAD ? headRow(fn) : rows.kind[index] === FOLD ? foldRow(index) : lineRow(fn, number);
    row.setAttribute("aria-rowindex", index + 2);
    if (fn === selected.fn && rows.kind[index] === LINE && number === selected.line) choose(row, true);
    return row;
  }

  function headRow(fn) {
    const facts = [
      `${plural(fn.calls, "call")}`, `total ${formatTime(fn.total)}`, `self ${formatTime(fn.self)}`,
      model.self ? `${formatShare(fn.self / model.self)} of all` : "",
    ];
    if (fn.suspended) facts.push(`await ${formatTime(fn.suspended)}`);
    const callers = fn.callers.length
      ? button("Show what called this function", {
        class: "chip", onclick: () => (pick(fn, fn.line), events.inspect("callers")),
      }, `← ${plural(fn.callers.length, "caller")}`)
      : null;
    return el("tr", { class: fn.calls || fn.hits ? "head" : "head unused" },
      el("td", { colspan: SPAN }, el("div", { class: "head-in" },
        el("h2", {}, el("a", { href: address(fn) }, fn.name)),
        el("span", { class: "place" }, `${file.name}:${fn.line}`),
        el("span", { class: "facts" }, fn.calls || fn.hits ? facts.filter(Boolean).join(" · ") : "never called"),
        callers)));
  }

  function foldRow(index) {
    const count = rows.count[index];
    const open = () => {
      opened.add(foldKey(rows.fn[index], rows.number[index]));
      build();
    };
    return el("tr", { class: "fold" }, el("td", { colspan: SPAN },
      button("Show these lines", { class: "fold-open", onclick: open },
        `… ${plural(count, "line")} below ${heat.hot} %`)));
  }

  function lineRow(fn, number) {
    const numbers = lineNumbersOf(fn, number);
    const most = model.hottest[settings.metric];
    const level = numbers ? heatLevel(numbers[settings.metric], most) : 0;
    const row = el("tr", { class: `line row-${level}` });
    for (const column of columns) {
      if (column.name === "line") {
        row.append(el("th", { scope: "row", class: "c-line" },
          el("a", { href: address(fn, number), tabindex: -1 }, String(number))));
        continue;
      }
      const cell = el("td", { class: `c-${column.name}` });
      if (column.name === "source") {
        cell.append(...codeNodes(fn, number));
        cell.style.setProperty("--indent", sourceText(fn).indent);
      } else if (numbers) cell.append(...cellNodes(column, fn, number, numbers));
      if (column.name === COLUMN_OF[settings.metric] && numbers) cell.classList.add(`heat-${level}`);
      row.append(cell);
    }
    row.addEventListener("click", (event) => {
      if (!event.target.closest("a, button") && getSelection().isCollapsed) pick(fn, number);
    });
    return row;
  }

  function cellNodes({ name, kind, field }, fn, number, numbers) {
    if (name === "calls") return callNodes(fn, number);
    if (kind === "share") {
      const whole = fn[settings.metric];
      return whole ? shareNodes(numbers[settings.metric] / whole) : [];
    }
    const value = numbers[field];
    if (value === null) return [];
    return kind === "time" ? timeNodes(value) : [formatCount(value)];
  }

  function callNodes(fn, number) {
    const edges = fn.callees.get(number);
    if (!edges) return [];
    const calls = sum(edges.map((edge) => edge.calls));
    const names = edges.slice(0, 3).map((edge) => edge.name).join(", ");
    return [button(`${plural(calls, "call")} of ${names}${edges.length > 3 ? "…" : ""}: press to see which`, {
      class: "chip", "aria-label": `${plural(calls, "call")} of ${names}: show`,
      onclick: () => (pick(fn, number), events.inspect("callees")),
    }, el("span", { class: "count" }, `${calls < 1e6 ? formatCount(calls) : formatShort(calls)} `), "→")];
  }

  function codeNodes(fn, number) {
    const text = visible(lineText(fn, number).slice(0, LONGEST));
    const nodes = lineRuns(fn, number)
      .filter(([, start]) => start < text.length)
      .map(([kind, start, end]) => {
        const part = text.slice(start, end);
        return kind === null ? part : el("span", { class: `k-${kind}` }, part);
      });
    if (lineText(fn, number).length > LONGEST) nodes.push(el("span", { class: "unit" }, " …"));
    return nodes;
  }

  function choose(row, on) {
    row.classList.toggle("selected", on);
    const link = row.querySelector("th a");
    if (on) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    if (link) link.tabIndex = on ? 0 : -1;
  }

  function pick(fn, line) {
    for (const row of live.values()) if (row.classList.contains("selected")) choose(row, false);
    selected = { fn, line };
    chosen = selectedIndex();
    if (live.has(chosen) && rows.kind[chosen] === LINE) choose(live.get(chosen), true);
    outline.mark(fn);
    events.select(fn, line);
  }

  function selectedIndex() {
    for (let i = 0; selected.fn && i < rows.kind.length; i += 1) {
      if (rows.fn[i] === selected.fn && rows.kind[i] !== FOLD && rows.number[i] === selected.line &&
        (rows.kind[i] === LINE || !lineNumbers(selected.fn).length)) return i;
    }
    return -1;
  }

  /** Bring a row to the screen: to the middle if it was not there, heads to the top. */
  function reveal(index, focus) {
    const top = rows.tops[index];
    const height = scroller.clientHeight - TABLE_HEAD;
    const head = rows.kind[index] === HEAD ? index : rows.kind[index - 1] === HEAD ? index - 1 : -1;
    if (head >= 0 && !focus) scroller.scrollTop = rows.tops[head];
    else if (top < scroller.scrollTop || rows.tops[index + 1] > scroller.scrollTop + height) {
      scroller.scrollTop = top - height / 2 + 11;
    }
    paint();
    if (focus) live.get(index)?.querySelector("th a, button")?.focus({ preventScroll: true });
  }

  function show(number, name) {
    let index = findRow(rows, number, name);
    if (index < 0 && settings.hot && open(number, name)) index = findRow(rows, number, name);
    if (index < 0) index = findRow(rows, number, null);
    if (index < 0) return false;
    if (rows.kind[index] === FOLD) {
      opened.add(foldKey(rows.fn[index], rows.number[index]));
      build();
      index = findRow(rows, number, rows.fn[index].name);
    }
    pick(rows.fn[index], number);
    reveal(index, false);
    return true;
  }

  /** Show the functions that have this line although they were never called. */
  function open(number, name) {
    const wanted = file.functions.filter((fn) =>
      (name === null || fn.name === name) && fn.line <= number && number <= fn.last);
    for (const fn of wanted) opened.add(fn);
    if (wanted.length) build();
    return wanted.length > 0;
  }

  /** Select the next row (step 1) or the one before (-1) that `wanted` accepts. */
  function step(direction, wanted) {
    let index = chosen >= 0 ? chosen + direction : rowAt(rows, scroller.scrollTop);
    while (index >= 0 && index < rows.kind.length && !(rows.kind[index] === LINE && wanted(index))) index += direction;
    if (index < 0 || index >= rows.kind.length) return announce("No more");
    pick(rows.fn[index], rows.number[index]);
    reveal(index, true);
  }

  function search(query, quiet) {
    const matches = findMatches(rows, query);
    found = { query, matches, at: -1 };
    const total = rows.tops[rows.kind.length] || 1;
    minimap.fill({ matches: matches.map((index) => rows.tops[index] / total) });
    if (!quiet && query) {
      const here = matches.findIndex((index) => rows.tops[index] >= scroller.scrollTop);
      if (matches.length) goto(Math.max(0, here));
      else announce("Nothing found");
    }
    highlight();
    return found;
  }

  function goto(at) {
    found.at = at;
    reveal(found.matches[at], false);
    highlight();
  }

  function highlight() {
    const current = found.matches[found.at];
    for (const [index, row] of live) row.classList.toggle("match", index === current && found.query !== "");
    highlightText(found.query ? body.querySelectorAll(".c-source, h2") : [], found.query);
  }

  let waiting = false;
  scroller.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => ((waiting = false), paint()));
  });
  new ResizeObserver(() => {
    scroller.style.setProperty("--shown", `${scroller.clientWidth}px`);
    if (rows) paint();
  }).observe(scroller);
  build();

  return {
    file, scroller, minimap: minimap.element, outline: outline.element,
    show, step, search,
    redraw: minimap.draw,
    next(direction) {
      const { matches, at } = found;
      if (matches.length) goto((at + direction + matches.length) % matches.length);
      return found;
    },
    stepHot(direction) {
      step(direction, (index) => isHot(rows.fn[index], rows.number[index], settings.metric));
    },
    stepLine: (direction) => step(direction, () => true),
    selected: () => selected,
    /** After a setting changed: draw the lines anew, with the selected one in sight. */
    rebuild() {
      for (const key of opened) if (typeof key === "string") opened.delete(key);
      const at = rows.fn[rowAt(rows, scroller.scrollTop)];
      build();
      outline.refresh(settings);
      if (chosen >= 0) reveal(chosen, false);
      else scroller.scrollTop = rows.tops[rows.fn.indexOf(at)] || 0;
      paint();
    },
    /**
     * Make all rows for paper, in small tables: browsers take minutes to break a large one into
     * pages. False if there are too many rows; then only those on the screen are printed.
     */
    print(on) {
      paper?.remove();
      paper = null;
      const count = rows.kind.length;
      if (!on || count > PRINTED_ROWS) return !on;
      paper = el("div", { class: "paper" });
      for (let from = 0; from < count; from += PAPER_ROWS) {
        const part = el("tbody", {});
        for (let i = from; i < Math.min(count, from + PAPER_ROWS); i += 1) part.append(makeRow(i));
        paper.append(makeTableOf(part));
      }
      scroller.append(paper);
      return true;
    },
  };
}

/** The functions of the file, with their share of its time. */
function makeOutline(file, settings) {
  let current = null;
  const items = new Map();
  const list = el("ol", {});
  const most = { self: maximum(file.functions.map((f) => f.self)), total: maximum(file.functions.map((f) => f.total)) };
  for (const fn of file.functions) {
    const bar = el("span", { class: "outline-bar", "aria-hidden": "true" });
    const time = el("span", { class: "outline-time" });
    const link = el("a", { href: address(fn), class: fn.hits ? "" : "unused", title: `${fn.name}, line ${fn.line}` },
      shortName(fn.name, { class: "outline-name" }), time, bar);
    items.set(fn, { link, bar, time });
    list.append(el("li", {}, link));
  }
  const title = el("p", { class: "outline-title" });
  const element = el("nav", { class: "outline", "aria-label": `Functions of ${file.name}` }, title, list);
  const called = file.functions.filter((fn) => fn.hits).length;
  const refresh = ({ metric, hot }) => {
    element.classList.toggle("hot", hot);
    title.textContent = hot && called < file.functions.length
      ? `${formatCount(called)} called, of ${formatCount(file.functions.length)}`
      : plural(file.functions.length, "function");
    for (const [fn, { bar, time }] of items) {
      bar.style.setProperty("--share", `${most[metric] ? (100 * fn[metric]) / most[metric] : 0}%`);
      time.textContent = fn.hits ? formatTime(fn[metric]) : "";
    }
  };
  refresh(settings);
  return {
    element,
    refresh,
    mark(fn) {
      if (fn === current) return;
      const before = items.get(current)?.link;
      const link = items.get(fn)?.link;
      current = fn;
      const box = element.getBoundingClientRect();
      const at = link?.getBoundingClientRect();
      before?.removeAttribute("aria-current");
      if (!link) return;
      link.setAttribute("aria-current", "location");
      if (at.top < box.top || at.bottom > box.bottom) element.scrollTop += at.top - box.top - box.height / 3;
    },
  };
}
