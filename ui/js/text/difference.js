/**
 * What differs between two texts: paragraphs first, and words within those that were
 * changed. Longest common subsequences, with a bound on what they may cost.
 */

/** Cells of one table; beyond it, all counts as changed. */
const MOST_CELLS = 4_000_000;

/** @typedef {{kind: "same"|"added"|"removed", text: string}} Piece */

/**
 * @param {string} before @param {string} after
 * @returns {Piece[][]} one list for each paragraph
 */
export function difference(before, after) {
  const result = [];
  let removed = [];
  // What was removed waits for what was added in its place.
  const giveUp = (paragraphs) => result.push(...paragraphs.map((text) => [{ kind: "removed", text }]));
  for (const { kind, text } of compare(paragraphsOf(before), paragraphsOf(after))) {
    if (kind === "removed") {
      removed.push(text);
      continue;
    }
    const at = kind === "added" ? removed.findIndex((it) => isAkin(it, text)) : -1;
    if (at >= 0) {
      giveUp(removed.slice(0, at));
      result.push(compare(wordsOf(removed[at]), wordsOf(text)).reduce(joined, []));
      removed = removed.slice(at + 1);
    } else {
      if (kind === "same") giveUp(removed.splice(0));
      result.push([{ kind, text }]);
    }
  }
  giveUp(removed);
  return result;
}

function paragraphsOf(text) {
  return text.split(/\n+/).map((it) => it.trim()).filter(Boolean);
}

function wordsOf(text) {
  return text.match(/\s*\S+/g) ?? [];
}

/** Whether one is a version of the other: a third of the words are the same. */
function isAkin(a, b) {
  const [first, second] = [new Set(wordsOf(a).map((it) => it.trim())), wordsOf(b).map((it) => it.trim())];
  return second.filter((it) => first.has(it)).length * 3 > Math.max(first.size, second.length);
}

function joined(pieces, piece) {
  const last = pieces.at(-1);
  if (last?.kind === piece.kind) last.text += piece.text;
  else pieces.push({ ...piece });
  return pieces;
}

/** @param {string[]} before @param {string[]} after @returns {Piece[]} what was removed stands before what was added */
function compare(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const of = (kind) => (text) => ({ kind, text });
  const [a, b] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const middle = a.length * b.length > MOST_CELLS ? [...a.map(of("removed")), ...b.map(of("added"))] : walk(a, b, table(a, b));
  return [...before.slice(0, start).map(of("same")), ...middle, ...before.slice(before.length - end).map(of("same"))];
}

/** Lengths of the longest common subsequences of what follows each place. */
function table(a, b) {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      lengths[at] = a[i] === b[j] ? lengths[at + width + 1] + 1 : Math.max(lengths[at + width], lengths[at + 1]);
    }
  }
  return { lengths, width };
}

function walk(a, b, { lengths, width }) {
  const pieces = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pieces.push({ kind: "same", text: a[i] });
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      pieces.push({ kind: "removed", text: a[i] });
      i += 1;
    } else {
      pieces.push({ kind: "added", text: b[j] });
      j += 1;
    }
  }
  return pieces;
}
