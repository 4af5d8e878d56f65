/** Who did what, and when: people and machines. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.js";
import { Trouble } from "../../parts/trouble.js";
import { call } from "../../state/api.js";
import { isKnown, say, time } from "../../words/words.js";
import { saveFile } from "./export.js";

export function LedgerTab({ desk, article }) {
  const [text, setText] = useState(null);
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    call("GET", `${desk.path}/ledger`, { as: "text", headers: { Accept: "*/*" } }).then(({ data }) => setText(data), setTrouble);
  }, [desk, article.revision]);
  const lines = (text ?? "").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return html`
    <div class="page">
      <${Trouble} problem=${trouble} />
      <table class="ledger">
        <thead><tr><th scope="col">${say("ledger.at")}</th><th scope="col">${say("ledger.who")}</th><th scope="col">${say("ledger.step")}</th></tr></thead>
        <tbody>${lines.reverse().map((line) => html`<${Line} line=${line} article=${article} />`)}</tbody>
      </table>
      <div class="actions"><button onClick=${() => saveFile(`ledger-${desk.id}.jsonl`, text ?? "", "application/jsonl")}>${say("ledger.download")}</button></div>
    </div>
  `;
}

function Line({ line, article }) {
  const { who } = line;
  const item = article.items.find((it) => it.id === line.item);
  const step = isKnown(`ledger.step.${line.step}`) ? say(`ledger.step.${line.step}`) : line.step;
  const name = who.kind === "machine" ? say("ledger.machine") : who.name || say("ledger.somebody");
  return html`
    <tr>
      <td>${time(line.at)}</td><td>${name}</td>
      <td>${step}${item && html`<span class="hint ledger-item">${item.question ?? item.text}</span>`}<${Detail} detail=${line.detail} /></td>
    </tr>
  `;
}

/** What a change was from and to, where it says so. */
function Detail({ detail }) {
  const entries = Object.entries(detail ?? {}).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  if (!entries.length) return null;
  return html`<span class="hint ledger-item">${entries.map(([name, value]) => `${name}: ${value}`).join(" · ")}</span>`;
}
