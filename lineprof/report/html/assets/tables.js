// Tables of the overview; a press on a column's head sorts them.

/**
 * columns: {id, label, title, text (left-aligned, ascending first), wide (where there is room),
 *   value(item), cell(item), class(item)}
 * order: {id, ascending}; changed(order) is told when a head was pressed.
 */
function makeTable({ caption, columns, items, order, limit, changed, rowClass }) {
  let shown = limit;
  let kept = items;
  const body = el("tbody", {});
  const heads = columns.map((column) => {
    const press = () => {
      const same = order.id === column.id;
      order = { id: column.id, ascending: same ? !order.ascending : Boolean(column.text) };
      fill();
      changed?.(order);
      announce(`${caption} sorted by ${column.label}, ${order.ascending ? "ascending" : "descending"}`);
    };
    const inside = changed
      ? button(column.title || `Sort by ${column.label}`, { class: "sort", onclick: press }, column.label)
      : column.label;
    // A column is left out on a narrow screen together with its head.
    const wide = column.wide ? " wide" : "";
    return el("th", { scope: "col", class: (column.text ? "text" : "number") + wide, title: column.title }, inside);
  });
  const more = button("Show all rows", { class: "more", onclick: () => ((shown = Infinity), fill()) });
  const table = el(
    "table", { class: "list" },
    el("caption", { class: "visually-hidden" }, caption), el("thead", {}, el("tr", {}, ...heads)), body,
  );

  function fill() {
    const column = columns.find((c) => c.id === order.id) || columns[0];
    const sign = order.ascending ? 1 : -1;
    const sorted = changed
      ? [...kept].sort((a, b) => sign * compare(column.value(a), column.value(b)))
      : kept;
    columns.forEach((c, i) => {
      if (!changed) return;
      const direction = order.ascending ? "ascending" : "descending";
      heads[i].setAttribute("aria-sort", c.id === column.id ? direction : "none");
    });
    clear(body, ...sorted.slice(0, shown).map(rowOf));
    if (!sorted.length) {
      clear(body, el("tr", {}, el("td", { colspan: columns.length, class: "empty" }, "Nothing found")));
    }
    more.textContent = `Show all ${formatCount(sorted.length)}`;
    more.hidden = sorted.length <= shown;
  }

  function rowOf(item) {
    return el(
      "tr", { class: rowClass?.(item) },
      ...columns.map((column, i) => {
        const properties = { class: `${column.text ? "text" : "number"} ${column.wide ? "wide" : ""} ${column.class?.(item) || ""}` };
        const cell = column.cell(item);
        const nodes = Array.isArray(cell) ? cell : [cell];
        return i === 0 ? el("th", { scope: "row", ...properties }, ...nodes) : el("td", properties, ...nodes);
      }),
    );
  }

  fill();
  return {
    element: el("div", { class: "list-box" }, table, more),
    /** Show only these. */
    keep(next) {
      kept = next;
      fill();
    },
  };
}

function compare(a, b) {
  return typeof a === "string" ? a.localeCompare(b) : a - b;
}

/** Nodes for a share: a bar, and the number. */
function shareNodes(share) {
  const meter = el("span", { class: "meter", "aria-hidden": "true" });
  meter.style.setProperty("--share", `${(100 * Math.min(1, share)).toFixed(1)}%`);
  return [meter, formatShare(share)];
}
