// The selected line: its numbers, what it called, and what called its function.

function makeInspector(model, settings, close) {
  const element = el("aside", { class: "inspector", "aria-label": "Selected line", hidden: true });

  function show(fn, line) {
    const numbers = lineNumbersOf(fn, line);
    const callees = fn.callees.get(line) || [];
    element.hidden = false;
    clear(
      element,
      el("div", { class: "inspector-head" },
        el("h2", {}, el("a", { href: address(fn, line) }, `${fn.file.name}:${line}`)),
        button("Close (Esc)", { class: "close", "aria-label": "Close", onclick: close }, "×")),
      el("pre", { class: "inspector-code" }, lineText(fn, line).trim().slice(0, 400) || " "),
      numbers ? facts(fn, numbers) : el("p", { class: "note" }, "Never ran, or there is nothing to run."),
      edges("callees", "Calls from this line", callees, (edge) => edge.callee && {
        href: address(edge.callee), place: `${edge.callee.file.name}:${edge.callee.line}`,
      }, (edge) => edge.name, numbers?.total),
      edges("callers", `Callers of ${fn.name}`, fn.callers, (edge) => ({
        href: address(edge.caller, edge.line), place: `${edge.caller.file.name}:${edge.line}`,
      }), (edge) => edge.caller.name, sum(fn.callers.map((edge) => edge.total))),
      fn.callers.length ? null
        : el("p", { class: "note" }, fn.calls ? "No profiled line called this function." : "This function was never called."),
    );
  }

  function facts(fn, { hits, total, self, suspended }) {
    const list = el("dl", { class: "line-facts" });
    const add = (name, value, note) => list.append(el("div", {},
      el("dt", {}, name), el("dd", {}, ...value), el("dd", { class: "note" }, note || "")));
    add("Hits", [formatCount(hits), el("span", { class: "unit" })]);
    add("Per hit", timeNodes(hits ? total / hits : 0));
    add("Time", timeNodes(total), fn.total && `${formatShare(total / fn.total)} of the function`);
    add("Self", timeNodes(self), model.self && `${formatShare(self / model.self)} of all`);
    if (suspended) add("Await", timeNodes(suspended), hits && `${formatTime(suspended / hits)} per hit`);
    list.title = `time ${exactTime(total)}, self ${exactTime(self)}`;
    return list;
  }

  function edges(name, title, list, target, label, whole) {
    if (!list.length) return null;
    return el("section", { class: `edges edges-${name}`, "aria-label": title },
      el("h3", {}, title),
      el("table", { class: "list" },
        el("caption", { class: "visually-hidden" }, title),
        el("thead", {}, el("tr", {},
          el("th", { scope: "col", class: "text" }, name === "callees" ? "Function" : "Line"),
          el("th", { scope: "col", class: "number" }, "Calls"),
          el("th", { scope: "col", class: "number" }, "Time"),
          el("th", { scope: "col", class: "number" }, "%"))),
        el("tbody", {}, ...list.map((edge) => {
          const to = target(edge);
          return el("tr", {},
            el("th", { scope: "row", class: "text" },
              to ? nameLink(to.href, label(edge)) : label(edge),
              to ? el("span", { class: "place" }, to.place) : null),
            el("td", { class: "number" }, formatCount(edge.calls)),
            el("td", { class: "number" }, ...timeNodes(edge.total)),
            el("td", { class: "number" }, whole ? formatShare(Math.min(1, edge.total / whole)) : ""));
        }))));
  }

  return {
    element,
    show,
    hide: () => (element.hidden = true),
    /** Put the focus on the first of these edges. */
    enter: (name) => element.querySelector(`.edges-${name} a`)?.focus(),
    /** Follow the first of these edges; whether there was one. */
    follow(name) {
      const link = element.querySelector(`.edges-${name} a`);
      if (link) location.hash = link.getAttribute("href");
      return Boolean(link);
    },
  };
}
