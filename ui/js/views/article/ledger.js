/** Who did what, and when: people and machines. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.js";
import { Trouble } from "../../parts/trouble.js";
import { call } from "../../state/api.js";
import { difference } from "../../text/difference.js";
import { isKnown, say, time } from "../../words/words.js";
import { saveFile } from "./export.js";
import { piece } from "./versions.js";

/** Items of one step that are named; of more, only how many. */
const MOST_NAMES = 3;

export function LedgerTab({ desk, article }) {
  const [text, setText] = useState(null);
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    call("GET", `${desk.path}/ledger`, { as: "text", headers: { Accept: "*/*" } }).then(({ data }) => setText(data), setTrouble);
  }, [desk, article.revision]);
  return html`
    <div class="page">
      <${Trouble} problem=${trouble} />
      <table class="ledger">
        <thead><tr><th scope="col">${say("ledger.at")}</th><th scope="col">${say("ledger.who")}</th><th scope="col">${say("ledger.step")}</th></tr></thead>
        <tbody>${grouped(text ?? "").map((group) => html`<${Step} group=${group} article=${article} />`)}</tbody>
      </table>
      <div class="actions"><button onClick=${() => saveFile(`ledger-${desk.id}.jsonl`, text ?? "", "application/jsonl")}>${say("ledger.download")}</button></div>
    </div>
  `;
}

/** Newest first; what was one step for many items stands together. @param {string} text JSON Lines */
function grouped(text) {
  const groups = [];
  for (const line of text.split("\n").filter(Boolean)) {
    const entry = JSON.parse(line);
    const last = groups.at(-1)?.[0];
    if (last && last.revision === entry.revision && last.step === entry.step) groups.at(-1).push(entry);
    else groups.push([entry]);
  }
  return groups.reverse();
}

function Step({ group, article }) {
  const [{ at, who, step }] = group;
  const told = isKnown(`ledger.step.${step}`) ? say(`ledger.step.${step}`) : step;
  const name = who.kind === "machine" ? say("ledger.machine") : who.name || say("ledger.somebody");
  const names = group.map((it) => nameOf(it, article)).filter(Boolean);
  const more = names.length - MOST_NAMES;
  return html`
    <tr>
      <td>${time(at)}</td><td>${name}</td>
      <td>
        <strong>${told}</strong>
        ${names.slice(0, MOST_NAMES).map((it) => html`<span class="hint ledger-item">${it}</span>`)}
        ${more > 0 && html`<span class="hint ledger-item">${say("ledger.more", { n: more })}</span>`}
        ${group.length === 1 && html`<${Words} detail=${group[0].detail} />`}
      </td>
    </tr>
  `;
}

/** What an item is called, also one that is gone. */
function nameOf({ item, detail }, article) {
  const words = detail?.after ?? detail?.before ?? article.items.find((it) => it.id === item);
  return words && (words.question ?? words.text);
}

/** The words before and after. */
function Words({ detail }) {
  const { before, after } = detail ?? {};
  if (!before?.text || !after?.text || before.text === after.text) return null;
  return html`<span class="ledger-item difference">${difference(before.text, after.text).flat().map(piece)}</span>`;
}
