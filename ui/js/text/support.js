/** How well a sentence is supported, as a word that has a colour. */

/** Scores from which a sentence is called so. */
const VERBATIM = 0.995;
const WELL = 0.8;

/**
 * @param {{supported?: boolean, evidence: {score: number}[]}} sentence
 * @returns {"verbatim"|"well"|"partly"|"none"|"unchecked"}
 */
export function support(sentence) {
  if (sentence.supported === null) return "unchecked";
  if (sentence.supported === false) return "none";
  const score = Math.max(0, ...sentence.evidence.map((it) => it.score));
  if (score >= VERBATIM) return "verbatim";
  return score >= WELL ? "well" : "partly";
}
