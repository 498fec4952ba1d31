// A treemap of files and their functions by self time. Self times never overlap, so areas add up.

const TREEMAP_LIMIT = 200;

/** Hidden from assistive technology: the tables have the same numbers as text. */
function makeTreemap(model) {
  const few = model.functions.filter((fn) => fn.self > 0).length <= 6;
  const box = el("div", { class: few ? "treemap few" : "treemap", "aria-hidden": "true" });
  // A press follows the link, but a hidden element must not take the focus.
  box.addEventListener("mousedown", (event) => event.preventDefault());
  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth && box.clientWidth !== width) {
      width = box.clientWidth;
      clear(box, ...tiles(model, width, box.clientHeight));
    }
  }).observe(box);
  return box;
}

function tiles(model, width, height) {
  const most = maximum(model.functions.map((fn) => fn.self));
  const shown = model.functions.filter((fn) => fn.self > 0)
    .sort((a, b) => b.self - a.self).slice(0, TREEMAP_LIMIT);
  const groups = new Map();
  for (const fn of shown) {
    if (!groups.has(fn.file)) groups.set(fn.file, []);
    groups.get(fn.file).push(fn);
  }
  const items = [...groups].map(([file, fns]) => ({ file, fns, size: sum(fns.map((f) => f.self)) }))
    .sort((a, b) => b.size - a.size);
  const result = [];
  // In percent, because paper has another width that nobody asks for.
  const place = (element, x, y, w, h) => {
    Object.assign(element.style, {
      left: `${(100 * x) / width}%`, top: `${(100 * y) / height}%`,
      width: `calc(${(100 * w) / width}% - 1px)`, height: `calc(${(100 * h) / height}% - 1px)`,
    });
    return element;
  };
  for (const { item, x, y, w, h } of squarify(items, 0, 0, width, height)) {
    const named = groups.size > 1 && w > 50 && h > 40;
    const head = named ? 18 : 0;
    const inner = item.fns.map((fn) => ({ fn, size: fn.self }));
    if (named) result.push(place(el("span", { class: "tile-file" }, shortName(item.file.name, {}, "/")), x, y, w, head));
    for (const tile of squarify(inner, x, y + head, w, h - head)) {
      const fn = tile.item.fn;
      const label = `${fn.name} (${fn.file.name}:${fn.line})\nself ${formatTime(fn.self)}, ` +
        `${formatShare(fn.self / model.self)} of all`;
      const link = el(
        "a",
        { class: `tile heat-${Math.max(1, heatLevel(fn.self, most))}`, href: address(fn), title: label, tabindex: -1 },
        tile.w > 46 && tile.h > 16 ? shortName(fn.name) : null,
        tile.w > 60 && tile.h > 32 ? el("small", {}, formatTime(fn.self)) : null,
      );
      result.push(place(link, tile.x, tile.y, tile.w, tile.h));
    }
  }
  return result;
}

/** Squarified layout (Bruls, Huizing, van Wijk): rows of items, each as square as can be. */
function squarify(items, x, y, w, h) {
  const placed = [];
  let left = items;
  let rest = sum(items.map((item) => item.size));
  while (left.length && w > 0 && h > 0 && rest > 0) {
    const side = Math.min(w, h);
    const scale = (w * h) / rest;
    let count = 0;
    let used = 0;
    let worst = Infinity;
    while (count < left.length) {
      const next = used + left[count].size;
      const ratio = worstRatio(left[0].size, left[count].size, next, side, scale);
      if (ratio > worst) break;
      [worst, used, count] = [ratio, next, count + 1];
    }
    const thick = (used * scale) / side;
    let along = 0;
    for (const item of left.slice(0, count)) {
      const length = (item.size / used) * side;
      placed.push(w >= h ? { item, x, y: y + along, w: thick, h: length }
        : { item, x: x + along, y, w: length, h: thick });
      along += length;
    }
    if (w >= h) [x, w] = [x + thick, w - thick];
    else [y, h] = [y + thick, h - thick];
    rest -= used;
    left = left.slice(count);
  }
  return placed;
}

/** The worst aspect ratio in a row of such a sum whose sizes go from `most` down to `least`. */
function worstRatio(most, least, all, side, scale) {
  const square = side * side;
  const area = all * scale;
  return Math.max((square * most * scale) / (area * area), (area * area) / (square * least * scale));
}
