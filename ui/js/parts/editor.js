/**
 * An item being edited. Every sentence is held against the article as it is typed; what is
 * typed is kept until it is saved, whatever becomes of the page or the service.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { call } from "../state/api.js";
import { typed } from "../state/desk.js";
import { announce } from "../state/store.js";
import { sentences } from "../text/sentences.js";
import { support } from "../text/support.js";
import { refusal, say } from "../words/words.js";
import { Trouble } from "./trouble.js";

/** Milliseconds without a keystroke before what was typed is checked. */
const REST = 350;
/** Sentences that are checked one by one; the service takes no books. */
const MOST = 12;

/**
 * @param {{desk: import("../state/desk.js").Desk, item: any, source: string|null, onDone: () => void}} props
 */
export function Editor({ desk, item, source, onDone }) {
  const [words, setWords] = useState(() => typed.get(desk.id, item.id) ?? { question: item.question, text: item.text });
  const [trouble, setTrouble] = useState(null);
  const first = useRef(null);
  const isPassage = item.kind === "pair" || item.kind === "summary";
  const checks = useChecks(isPassage ? words.text : "", source);
  useEffect(() => {
    typed.set(desk.id, item.id, words);
    first.current?.focus();
  }, []);
  const change = (part) => {
    const next = { ...words, ...part };
    typed.set(desk.id, item.id, next);
    setWords(next);
  };
  const close = () => {
    typed.set(desk.id, item.id, undefined);
    onDone();
  };
  const run = async (event, act) => {
    event?.preventDefault();
    setTrouble(null);
    try {
      await act();
      close();
    } catch (problem) {
      setTrouble(problem);
    }
  };
  const save = (event) => run(event, () => desk.edit(item, changed(item, words)));
  const ask = () => run(null, () => desk.regenerate(item, { question: words.question.trim(), overwrite: Boolean(item.edited) || undefined }));
  const press = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") save(event);
  };
  const isAsked = item.kind === "pair" && words.question?.trim() !== item.question;
  return html`
    <form class="editor" onSubmit=${save} onKeyDown=${press} aria-label=${say("edit.label")}>
      ${item.kind === "pair" && html`
        <label class="field"><span>${say("edit.question")}</span>
          <textarea ref=${first} rows="2" class="question" value=${words.question} onInput=${(event) => change({ question: event.target.value.replace(/\n/g, " ") })}></textarea>
        </label>
      `}
      <label class="field"><span>${say(item.kind === "pair" ? "edit.answer" : "edit.text")}</span>
        <textarea ref=${item.kind === "pair" ? null : first} rows=${isPassage ? 4 : 1} class="answer" value=${words.text} onInput=${(event) => change({ text: event.target.value })}></textarea>
      </label>
      ${isPassage && html`<${Checks} checks=${checks} />`}
      <${Trouble} problem=${trouble} />
      <div class="actions">
        <button class="main">${say("edit.save")}</button>
        <button type="button" onClick=${close}>${say("edit.cancel")}</button>
        ${isAsked && html`<button type="button" class="quiet" onClick=${ask}>${say("edit.ask")}</button>`}
        <span class="hint only-wide">${say("edit.keys")}</span>
      </div>
    </form>
  `;
}

/** Only what was changed is sent. */
function changed(item, words) {
  const next = {};
  if (item.kind === "pair" && words.question.trim() !== item.question) next.question = words.question.trim();
  if (words.text.trim() !== item.text) next.text = words.text.trim();
  return Object.keys(next).length ? next : { text: words.text.trim() };
}

function Checks({ checks }) {
  return html`
    <ul class="checks" aria-live="polite">
      ${checks.map(({ sentence, view, level }) => html`
        <li class=${`is-${level}`}>
          <p>${sentence}<span class="level">${" "}${say(`support.${level}`)}</span></p>
          ${view?.reasons.map((reason) => html`<p class="reason">${refusal(reason)}</p>`)}
          ${view && !view.supported && view.evidence[0] && html`<p class="hint">${say("evidence.nearest")}: “${view.evidence[0].quote}”</p>`}
        </li>
      `)}
    </ul>
  `;
}

/** What the service says of each sentence of a text, as it is typed. */
function useChecks(text, source) {
  const known = useRef(new Map());
  const [, redraw] = useState(0);
  const parts = source === null ? [] : sentences(text).slice(0, MOST);
  const said = parts.join("\n");
  useEffect(() => {
    const aborter = new AbortController();
    const timer = setTimeout(async () => {
      for (const sentence of parts.filter((it) => !known.current.has(it))) {
        try {
          const { data } = await call("POST", "/v1/check", { body: { sentence, text: source }, signal: aborter.signal });
          known.current.set(sentence, data);
        } catch {
          return;
        }
        redraw((it) => it + 1);
      }
      const bad = parts.filter((it) => known.current.get(it)?.supported === false).length;
      announce(say(bad ? "edit.unsupported" : "edit.supported", { n: bad }));
    }, REST);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [said, source]);
  return parts.map((sentence) => {
    const view = known.current.get(sentence);
    return { sentence, view, level: view ? support({ text: sentence, ...view }) : "unchecked" };
  });
}
