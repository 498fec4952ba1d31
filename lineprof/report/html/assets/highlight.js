// Colours for Python source. The text is right even where the colours are not, as in an f-string
// that nests its own quotes.

const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except " +
    "finally for from global if import in is lambda nonlocal not or pass raise return try while " +
    "with yield").split(" "),
);
const BUILTINS = new Set(
  ("abs all any bool bytearray bytes callable chr classmethod cls dict dir divmod enumerate " +
    "filter float format frozenset getattr hasattr hash hex id input int isinstance issubclass " +
    "iter len list map max memoryview min next object oct open ord pow print property range repr " +
    "reversed round self set setattr slice sorted staticmethod str sum super tuple type vars zip").split(" "),
);
const TOKEN = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    // A string that is not closed ends with its line; with three quotes, with the text.
    /(?<string>(?:(?<![\p{L}\p{N}_])[bfrtuBFRTU]{1,2})?(?:"""(?:\\[^]|[^\\])*?(?:"""|$(?![^]))|'''(?:\\[^]|[^\\])*?(?:'''|$(?![^]))|"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?))/,
    /(?<decorator>(?<=^[ \t]*)@[ \t]*[\p{L}_][\p{L}\p{N}_.]*)/,
    /(?<number>0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?)/,
    /(?<word>[\p{L}_][\p{L}\p{N}_]*)/,
  ].map((part) => part.source).join("|"),
  "gmu",
);

/** The coloured parts of the text: kinds, and edges [start, end, start, end...]. */
function tokenize(text) {
  const kinds = [];
  const edges = [];
  let before = "";
  for (const match of text.matchAll(TOKEN)) {
    const kind = kindOf(match, before, text);
    before = match.groups.word || "";
    if (!kind) continue;
    kinds.push(kind);
    edges.push(match.index, match.index + match[0].length);
  }
  return { kinds, edges };
}

/** Letter of the style sheet's class, or null: C(omment), S(tring), D(ecorator), N(umber)... */
function kindOf(match, before, text) {
  const { comment, string, decorator, word } = match.groups;
  if (word) {
    if (before === "def" || before === "class") return "F";
    if (KEYWORDS.has(word)) return "K";
    return BUILTINS.has(word) && text[match.index - 1] !== "." ? "B" : null;
  }
  if (comment) return "C";
  if (string) return isDocstring(string, match.index, text) ? "C" : "S";
  return decorator ? "D" : "N";
}

/** Whether a string with three quotes begins its line. */
function isDocstring(string, at, text) {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^\w*("""|''')/.test(string) && /^[ \t]*$/.test(line);
}

/** The runs that make up a line: [kind or null, start, end] within the line. */
function lineRuns(fn, number) {
  const text = sourceText(fn);
  const index = number - fn.line;
  if (text.lines[index] === undefined) return [];
  text.runs ??= tokenize(fn.source);
  const { kinds, edges } = text.runs;
  const start = text.starts[index];
  const end = start + text.lines[index].length;
  let low = 0;
  let high = kinds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[2 * middle + 1] > start) high = middle;
    else low = middle + 1;
  }
  const runs = [];
  let at = start;
  for (; low < kinds.length && edges[2 * low] < end; low += 1) {
    const from = Math.max(start, edges[2 * low]);
    const to = Math.min(end, edges[2 * low + 1]);
    if (from > at) runs.push([null, at - start, from - start]);
    runs.push([kinds[low], from - start, to - start]);
    at = to;
  }
  if (at < end) runs.push([null, at - start, end - start]);
  return runs;
}
