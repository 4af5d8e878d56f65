/** The digest as readers will see it under the article. Built from text nodes, like all else. */
import { useState } from "preact/hooks";
import { html } from "../../html.js";
import { isList, itemsOf } from "../../state/article.js";
import { say } from "../../words/words.js";
import { titleOf } from "../article.js";

export function PreviewTab({ article, source }) {
  const [onlyApproved, setOnlyApproved] = useState(false);
  const isShown = (it) => (onlyApproved ? it.review === "approved" : it.review !== "rejected");
  const of = (kind) => itemsOf(kind, article).filter(isShown);
  const [topic] = of("topic");
  const about = (name) => (topic ? say(`preview.${name}.about`, { topic: topic.text }) : say(`preview.${name}`));
  const ending = (source ?? "").trim().split(/\n+/).slice(-2);
  const [faq, related] = [of("pair"), of("related")];
  return html`
    <div class="page">
      <label class="tick"><input type="checkbox" checked=${onlyApproved} onChange=${(event) => setOnlyApproved(event.target.checked)} /> ${say("export.approved")}</label>
      <div class="sheet preview">
        <p class="preview-title">${titleOf(article, source)}</p>
        <div class="fading" aria-hidden="true">${ending.map((text) => html`<p>${text}</p>`)}</div>
        <div class="preview-digest">
          ${of("summary").map((it) => html`<${Summary} key=${it.id} item=${it} />`)}
          ${faq.length > 0 && html`<h2>${about("faq")}</h2>`}
          ${faq.map((it) => html`<details key=${it.id} open><summary>${it.question}</summary><p>${it.text}</p></details>`)}
          ${related.length > 0 && html`<h2>${about("related")}</h2><ul>${related.map((it) => html`<li key=${it.id}>${it.text}</li>`)}</ul>`}
        </div>
      </div>
    </div>
  `;
}

function Summary({ item }) {
  if (!isList(item)) return html`<p>${item.text}</p>`;
  return html`<h2>${say("preview.points")}</h2><ul>${item.sentences.map((it) => html`<li>${it.text}</li>`)}</ul>`;
}
