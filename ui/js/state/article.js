/**
 * An article as the API has it, and the one that a digest without an article makes: the
 * same shape, so that the views know one.
 */

/**
 * @typedef {{start: number, end: number, quote: string, score: number}} Evidence
 * @typedef {{text: string, supported: boolean|null, reasons: string[], evidence: Evidence[]}} Sentence
 * @typedef {{id: string, kind: "topic"|"summary"|"pair"|"related", question?: string, text: string,
 *   sentences?: Sentence[], supported?: boolean|null, reasons?: string[], state: string,
 *   review: string, locked: boolean, position: number, summary_form?: string, edited?: object, reviewed?: object}} Item
 * @typedef {{id: string, title?: string, items: Item[], refused: object[], notices: object[],
 *   provenance?: object, state?: string}} Article
 */

/** The parts of an article in the order in which they are shown. */
export const KINDS = ["topic", "summary", "pair", "related"];

/** @param {string} kind @param {Article} article @returns {Item[]} */
export function itemsOf(kind, article) {
  const found = article.items.filter((it) => it.kind === kind);
  return found.sort((a, b) => a.position - b.position);
}

/** @param {{id: string, external_id?: string, url?: string, digest: object}} job @returns {Article} */
export function ofDigest(job) {
  const { digest } = job;
  const items = [];
  const add = (kind, part) => {
    const position = items.filter((it) => it.kind === kind).length;
    items.push({ id: `${kind}-${position}`, kind, position, state: "current", review: "draft", locked: false, ...part });
  };
  if (digest.topic) add("topic", { text: digest.topic });
  if (digest.summary) add("summary", { ...passage(digest.summary), summary_form: digest.summary_form });
  for (const { question, answer } of digest.faq) add("pair", { question, ...passage(answer) });
  for (const text of digest.related) add("related", { text });
  const { refused, notices, provenance } = digest;
  return { id: job.id, title: job.external_id, url: job.url, items, refused, notices: notices ?? [], provenance };
}

function passage({ text, sentences }) {
  return { text, sentences: sentences.map((it) => ({ supported: true, reasons: [], ...it })) };
}

/** What the API leaves out because it is empty. @param {any} article @returns {Article} */
export function whole(article) {
  const sentence = (it) => ({ reasons: [], evidence: [], ...it });
  const item = (it) => ({ reasons: [], ...it, sentences: it.sentences?.map(sentence) });
  const fallen = article.changes?.fallen?.map((it) => ({ reasons: [], ...it }));
  const changes = article.changes && { ...article.changes, fallen };
  return { refused: [], notices: [], ...article, items: (article.items ?? []).map(item), changes };
}

/** Whether a newer digest is on its way into the article. @param {any} article */
export function isPending({ job, changes }) {
  return Boolean(job) && changes?.job !== job.id && !["dead", "cancelled"].includes(job.status);
}

/** Whether the sentences of a summary are points. @param {{summary_form?: string}} item */
export function isList(item) {
  return item.summary_form === "key-points";
}

/** The name of a sentence, for what points at it. @param {Item} item @param {number} at */
export function keyOf(item, at) {
  return `${item.id}.${at}`;
}

/** Where the sentences have their evidence. @param {Article} article */
export function placesOf(article) {
  return article.items.flatMap((item) =>
    (item.sentences ?? []).flatMap((sentence, at) =>
      sentence.supported === false
        ? []
        : sentence.evidence.map(({ start, end }) => ({ start, end, key: keyOf(item, at) })),
    ),
  );
}
