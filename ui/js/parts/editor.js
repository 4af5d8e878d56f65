/**
 * An item being edited. Its sentences are held against the article as they are typed, and what
 * is not says so; what is typed is kept until it is saved, whatever becomes of the page or the
 * service.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { call } from "../state/api.js";
import { typed } from "../state/desk.js";
import { announce } from "../state/store.js";
import { sentences } from "../text/sentences.js";
import { support } from "../text/support.js";
import { explain, refusal, say } from "../words/words.js";
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
  const { checks, unable } = useChecks(isPassage ? words.text : "", source);
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
  const isRenamed = !isPassage && words.text.trim() !== item.text;
  // Questions and phrases are checked when they are saved.
  const others = [isAsked && say("edit.question"), isRenamed && say("edit.text")].filter(Boolean);
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
      <${Checks} checks=${checks} others=${others} unable=${unable} />
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

function Checks({ checks, others, unable }) {
  return html`
    <ul class="checks" aria-live="polite">
      ${others.map((name) => html`<li class="is-unchecked"><p>${name}<span class="level">${" "}${say("support.unchecked")}</span></p></li>`)}
      ${checks.map(({ sentence, view, level }) => html`
        <li class=${`is-${level}`}>
          <p>${sentence}<span class="level">${" "}${say(`support.${level}`)}</span></p>
          ${view?.reasons.map((reason) => html`<p class="reason">${refusal(reason)}</p>`)}
          ${view && !view.supported && view.evidence[0] && html`<p class="hint">${say("evidence.nearest")}: “${view.evidence[0].quote}”</p>`}
        </li>
      `)}
    </ul>
    ${unable && html`<p class="hint">${say("edit.unable", { why: explain(unable) })}</p>`}
  `;
}

/** What the service says of each sentence of a text, as it is typed; `unable` is why it says nothing. */
function useChecks(text, source) {
  const known = useRef(new Map());
  const [unable, setUnable] = useState(null);
  const [, redraw] = useState(0);
  const parts = sentences(text);
  const checked = source === null ? [] : parts.slice(0, MOST);
  const said = parts.join("\n");
  useEffect(() => {
    if (!parts.length) return undefined;
    const aborter = new AbortController();
    const timer = setTimeout(async () => {
      try {
        for (const sentence of checked.filter((it) => !known.current.has(it))) {
          const { data } = await call("POST", "/v1/check", { body: { sentence, text: source }, signal: aborter.signal });
          known.current.set(sentence, data);
          redraw((it) => it + 1);
        }
        setUnable(null);
        announce(verdict(parts.map((it) => known.current.get(it))));
      } catch (problem) {
        if (aborter.signal.aborted) return;
        setUnable(problem);
        announce(say("edit.unable", { why: explain(problem) }));
      }
    }, REST);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [said, source]);
  const levelOf = (sentence, view, at) => {
    if (view) return support({ text: sentence, ...view });
    return at < checked.length && !unable ? "pending" : "unchecked";
  };
  const checks = parts.map((sentence, at) => {
    const view = known.current.get(sentence);
    return { sentence, view, level: levelOf(sentence, view, at) };
  });
  return { checks, unable };
}

/** What the checks come to, in words. @param {({supported: boolean}|undefined)[]} views none of what was not checked */
function verdict(views) {
  const bad = views.filter((it) => it?.supported === false).length;
  const open = views.filter((it) => !it).length;
  const words = [bad > 0 && say("edit.unsupported", { n: bad }), open > 0 && say("edit.unchecked", { n: open })];
  return words.filter(Boolean).join(" ") || say("edit.supported");
}
