/** A question of the editor's own, answered from the article or refused. */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { load, save } from "../state/keep.js";
import { announce } from "../state/store.js";
import { say } from "../words/words.js";
import { Trouble } from "./trouble.js";

/** @param {{desk: import("../state/desk.js").Desk}} props */
export function AskForm({ desk }) {
  const kept = `ask.${desk.id}`;
  const [question, setQuestion] = useState(() => load(kept, ""));
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState(null);
  const type = (text) => {
    save(kept, text || undefined);
    setQuestion(text);
  };
  const ask = async (event) => {
    event.preventDefault();
    if (!question.trim() || busy) return;
    setBusy(true);
    setTrouble(null);
    announce(say("ask.busy"));
    try {
      const item = await desk.add({ kind: "pair", question: question.trim() });
      type("");
      announce(say("ask.done", { text: item?.text ?? "" }));
    } catch (problem) {
      setTrouble(problem);
    }
    setBusy(false);
  };
  return html`
    <form class="ask" onSubmit=${ask}>
      <label class="field"><span>${say("ask.label")}</span>
        <input value=${question} placeholder=${say("ask.hint")} onInput=${(event) => type(event.target.value)} />
      </label>
      <button disabled=${busy || !question.trim()}>${say(busy ? "ask.busy" : "ask.do")}</button>
      <${Trouble} problem=${trouble} />
    </form>
  `;
}
