/** How well a sentence is supported, as a word that has a colour. */

/** Share of a sentence's content from which it is called well supported. */
const WELL = 0.8;

/**
 * @param {{text: string, supported?: boolean|null, reasons?: string[], evidence: {score: number, quote: string}[]}} sentence
 * @returns {"verbatim"|"well"|"partly"|"none"|"unchecked"}
 */
export function support({ text, supported, reasons, evidence }) {
  // Where the article's text is gone there was nothing to hold a sentence against.
  if (supported === null || reasons?.includes("text_dropped")) return "unchecked";
  if (supported === false) return "none";
  if (evidence.some((it) => plain(it.quote).includes(plain(text)))) return "verbatim";
  return Math.max(0, ...evidence.map((it) => it.score)) >= WELL ? "well" : "partly";
}

/** Without what may differ between the same words at two places. */
function plain(text) {
  return text.replace(/\s+/g, " ").trim().replace(/[.!?"”’']+$/, "");
}
