/** What a newer text changed: the difference, and the items that fell with it. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { html } from "../../html.js";
import { Trouble } from "../../parts/trouble.js";
import { address, call } from "../../state/api.js";
import { save } from "../../state/keep.js";
import { go } from "../../state/store.js";
import { difference } from "../../text/difference.js";
import { refusal, say, time } from "../../words/words.js";

export function VersionsTab({ desk, article, source, versions, can }) {
  const older = versions.filter((it) => it.version < article.version && it.text_kept).map((it) => it.version);
  const [chosen, setFrom] = useState();
  // The versions may come after the page.
  const from = chosen ?? older.at(-1);
  const [before, setBefore] = useState(null);
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    if (from === undefined) return;
    call("GET", address(`${desk.path}/source`, { version: from })).then(({ data }) => setBefore(data.text), setTrouble);
  }, [desk, from]);
  const parts = useMemo(() => (before !== null && source !== null ? difference(before, source) : []), [before, source]);
  const fallen = article.changes?.fallen ?? [];
  return html`
    <div class="page">
      <${Trouble} problem=${trouble} />
      ${fallen.length > 0 && html`<section class="group"><h2>${say("versions.fallen")}</h2><ul class="fallen">${fallen.map((it) => html`<${Fallen} fallen=${it} article=${article} />`)}</ul></section>`}
      <section class="group">
        <h2>${say("versions.difference")}</h2>
        ${from === undefined && html`<p class="hint">${say(article.version > 1 ? "versions.dropped" : "versions.one")}</p>`}
        ${older.length > 1 && html`<label class="field"><span>${say("versions.from")}</span>
          <select value=${from} onChange=${(event) => setFrom(Number(event.target.value))}>
            ${versions.filter((it) => older.includes(it.version)).map((it) => html`<option value=${it.version}>${say("versions.name", { n: it.version, at: time(it.at) })}</option>`)}
          </select></label>`}
        ${parts.length > 0 && html`<div class="sheet difference">${folded(parts).map((pieces) => (pieces ? html`<p>${pieces.map(piece)}</p>` : html`<p class="gap">· · ·</p>`))}</div>`}
      </section>
      ${can.has("submit") && html`<div class="actions"><button onClick=${() => renew(article, source)}>${say("versions.renew")}</button></div>`}
    </div>
  `;
}

/** Paragraphs that are the same are left out, but for those beside a change; `null` stands for them. */
function folded(parts) {
  const isSame = (at) => !parts[at] || (parts[at].length === 1 && parts[at][0].kind === "same");
  const shown = parts.map((pieces, at) => (isSame(at - 1) && isSame(at) && isSame(at + 1) ? null : pieces));
  if (shown.every((it) => it === null)) return parts;
  return shown.filter((it, at) => it !== null || shown[at - 1] !== null || at === 0);
}

/** @param {import("../../text/difference.js").Piece} part */
export function piece({ kind, text }) {
  if (kind === "added") return html`<ins>${text}</ins>`;
  return kind === "removed" ? html`<del>${text}</del>` : text;
}

function Fallen({ fallen, article }) {
  const fate = ["stale", "dropped"].find((it) => article.changes[it]?.includes(fallen.id)) ?? "replaced";
  return html`
    <li>
      <span class=${`badge ${fate === "stale" ? "bad" : ""}`}>${say(`fate.${fate}`)}</span>
      ${fallen.question && html`<h3>${fallen.question}</h3>`}
      <p class="words">${fallen.text}</p>
      ${fallen.reasons.map((reason) => html`<p class="reason">${refusal(reason)}</p>`)}
    </li>
  `;
}

/** The form, with this article's text in it, to be sent as its newer version. */
function renew(article, source) {
  const title = article.title ?? "";
  const read = (source ?? "").trimStart();
  // A title that was given apart from the text stands before it there.
  const body = title && read.startsWith(`${title}\n`) ? read.slice(title.length).trimStart() : read;
  save("draft", { title, body, kind: "text", url: article.url ?? "", externalId: article.external_id });
  go("draft");
}
