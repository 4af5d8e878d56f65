/**
 * Sentences and words of what an editor types, by the browser's own rules. The service
 * has the last word: this only says what is sent there to be checked.
 */

const splitter = new Intl.Segmenter("en", { granularity: "sentence" });
/** After these a point ends no sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Col|Lt|Jr|Sr|vs|No|U\.S|U\.K|a\.m|p\.m)\.$/;

/** @param {string} text @returns {string[]} */
export function sentences(text) {
  const found = [];
  for (const { segment } of splitter.segment(text.replace(/\s+/g, " "))) {
    const last = found.at(-1);
    if (last !== undefined && ABBREVIATION.test(last.trim())) found[found.length - 1] = last + segment;
    else found.push(segment);
  }
  return found.map((it) => it.trim()).filter(Boolean);
}

/** @param {string} text */
export function countWords(text) {
  return text.match(/[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}

/** What reads as text of HTML, to count its words. @param {string} html */
export function countWordsOfHtml(html) {
  return countWords(html.replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, " ").replace(/<[^>]*>/g, " "));
}
