/** Sentences with their support in words, and the evidence of the one that is picked. */
import { html } from "../html.js";
import { isList, keyOf } from "../state/article.js";
import { support } from "../text/support.js";
import { refusal, say } from "../words/words.js";
import { isPress } from "./source.js";

/** @param {{item: import("../state/article.js").Item, picked: string|null, onPick: (key: string) => void, onShow: (key: string) => void}} props */
export function Sentences({ item, picked, onPick, onShow }) {
  const at = item.sentences.findIndex((_, i) => keyOf(item, i) === picked);
  const each = item.sentences.map((sentence, i) => html`<${Sentence} key=${i} sentence=${sentence} id=${keyOf(item, i)} isPicked=${i === at} onPick=${onPick} />`);
  return html`
    ${isList(item) ? html`<ul class="said">${each.map((it) => html`<li key=${it.key}>${it}</li>`)}</ul>` : html`<p class="said">${each}</p>`}
    ${at >= 0 && html`<${Evidence} sentence=${item.sentences[at]} onShow=${() => onShow(picked)} />`}
  `;
}

function Sentence({ sentence, id, isPicked, onPick }) {
  const level = support(sentence);
  const pick = () => onPick(id);
  return html`
    <span class=${`sentence is-${level}`} data-keys=${id} role="button" tabindex="0" aria-pressed=${isPicked}
      onClick=${pick} onKeyDown=${(event) => isPress(event) && pick()}>${sentence.text}<span class="level">${" "}${say(`support.${level}`)}</span></span>${" "}
  `;
}

function Evidence({ sentence, onShow }) {
  const isSaid = sentence.supported !== false;
  return html`
    <div class="evidence">
      ${sentence.reasons.map((reason) => html`<p class="reason">${refusal(reason)}</p>`)}
      ${sentence.evidence.length > 0 && html`
        <h4>${say(isSaid ? "evidence.title" : "evidence.nearest")}</h4>
        ${sentence.evidence.map((it) => html`<blockquote>${it.quote}</blockquote>`)}
        ${isSaid && html`<button class="quiet small only-narrow" onClick=${onShow}>${say("evidence.show")}</button>`}
      `}
    </div>
  `;
}
