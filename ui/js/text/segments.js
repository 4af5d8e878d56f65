/**
 * An article cut where pieces of evidence begin and end, so that each piece of text can be
 * shown with the sentences that it supports.
 */
import { positions } from "./offsets.js";

/**
 * @typedef {{start: number, end: number, key: string}} Place evidence of the sentence `key`
 * @typedef {{text: string, keys: string[], first: string[]}} Segment `first` are the keys
 *   whose evidence begins here
 */

/**
 * Paragraphs of segments. Line breaks separate paragraphs and belong to none.
 * @param {string} text
 * @param {Place[]} places in UTF-8 bytes
 * @returns {Segment[][]}
 */
export function paragraphs(text, places) {
  const at = positions(text, places.flatMap((it) => [it.start, it.end]));
  const spans = places
    .map((it) => ({ key: it.key, start: at.get(it.start), end: at.get(it.end) }))
    .filter((it) => it.end > it.start);
  const result = [];
  for (const { start, end } of lines(text)) {
    const here = spans.filter((it) => it.start < end && it.end > start);
    result.push(cut(text, start, end, here));
  }
  return result;
}

/** The lines of a text that hold something. @param {string} text */
function lines(text) {
  const found = [];
  for (const match of text.matchAll(/[^\r\n]+/g)) {
    if (match[0].trim()) found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found;
}

function cut(text, start, end, spans) {
  const inside = (it) => it > start && it < end;
  const edges = spans.flatMap((it) => [it.start, it.end]).filter(inside);
  const bounds = [...new Set([start, ...edges, end])].sort((a, b) => a - b);
  const segments = [];
  for (let i = 0; i + 1 < bounds.length; i += 1) {
    const [from, to] = [bounds[i], bounds[i + 1]];
    const over = spans.filter((it) => it.start < to && it.end > from);
    segments.push({
      text: text.slice(from, to),
      keys: [...new Set(over.map((it) => it.key))],
      first: over.filter((it) => Math.max(it.start, start) === from).map((it) => it.key),
    });
  }
  return segments;
}
