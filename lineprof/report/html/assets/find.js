// Searching in a file: the browser's own search misses rows that are not on the screen.

/** Indices of rows whose text, or function's name, contains the query; case does not matter. */
function findMatches(rows, query) {
  const wanted = query.toLowerCase();
  const matches = [];
  if (!wanted) return matches;
  for (let i = 0; i < rows.kind.length; i += 1) {
    const fn = rows.fn[i];
    const text = rows.kind[i] === HEAD ? fn.name : rows.kind[i] === LINE ? lineText(fn, rows.number[i]) : "";
    if (text.toLowerCase().includes(wanted)) matches.push(i);
  }
  return matches;
}

/** Colours the query in these elements if the browser can do so without changing them. */
function highlightText(elements, query) {
  if (typeof Highlight === "undefined" || !CSS.highlights) return;
  const wanted = query.toLowerCase();
  const ranges = [];
  for (const element of wanted ? elements : []) {
    const nodes = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let text = "";
    while (walker.nextNode()) {
      nodes.push([text.length, walker.currentNode]);
      text += walker.currentNode.data;
    }
    text = text.toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      const start = nodes.findLast(([from]) => from <= at);
      const end = nodes.findLast(([from]) => from < at + wanted.length);
      range.setStart(start[1], Math.min(at - start[0], start[1].length));
      range.setEnd(end[1], Math.min(at + wanted.length - end[0], end[1].length));
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}
