/** One item of a digest: a topic, a summary, a question with its answer, a related topic. */
import { html } from "../html.js";
import { say } from "../words/words.js";
import { Sentences } from "./sentences.js";

/** What has just been verified. @param {{item: any}} props an event of the stream */
export function Preview({ item }) {
  if (item.kind === "pair") {
    return html`<h3>${item.pair.question}</h3><p>${item.pair.answer.text}</p>`;
  }
  const label = html`<span class="kind">${say(`check.${item.kind}`)}</span>`;
  if (item.form === "key-points") return html`${label}<ul>${item.summary.sentences.map((it) => html`<li>${it.text}</li>`)}</ul>`;
  return html`${label}<p>${item.text ?? item.summary.text}</p>`;
}

/**
 * An item to be read and checked.
 * @param {{item: import("../state/article.js").Item, picked: string|null, onPick: (key: string) => void, onShow: (key: string) => void, children?: unknown}} props
 */
export function Item({ item, picked, onPick, onShow, children }) {
  const classes = ["item", `is-${item.kind}`, item.state === "stale" && "is-stale", `review-${item.review}`];
  return html`
    <article class=${classes.filter(Boolean).join(" ")} id=${`item-${item.id}`} aria-labelledby=${item.question && `q-${item.id}`}>
      ${item.question && html`<h3 id=${`q-${item.id}`}>${item.question}</h3>`}
      ${item.sentences?.length
        ? html`<${Sentences} item=${item} picked=${picked} onPick=${onPick} onShow=${onShow} />`
        : html`<p class="phrase">${item.text}</p>`}
      ${children}
    </article>
  `;
}
