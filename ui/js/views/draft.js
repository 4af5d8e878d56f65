/**
 * An article in: pasted, typed, dropped or fetched. Whatever is typed is kept in this
 * browser until it is sent, and the draft in work is found again after a reload.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { DropTarget, readFile } from "../parts/drop.js";
import { Fetch } from "../parts/fetch.js";
import { Options, PLAIN, WISHES, wished } from "../parts/options.js";
import { Trouble } from "../parts/trouble.js";
import { call, newKey } from "../state/api.js";
import { isFull, load, save } from "../state/keep.js";
import { go, tell } from "../state/store.js";
import { guessKind } from "../text/kind.js";
import { countWords, countWordsOfHtml } from "../text/sentences.js";
import { say } from "../words/words.js";
import { RunView } from "./run.js";

const KINDS = ["text", "html", "markdown"];
const EMPTY = { title: "", body: "", kind: "text", language: "", url: "", externalId: "" };

/** @param {{id: string, who: {scopes?: string[]}}} props `id` is the job in work, if any */
export function DraftView({ id, who }) {
  if (!who.scopes?.includes("submit")) return html`<p class="empty">${say("draft.denied")}</p>`;
  return id ? html`<${RunView} id=${id} />` : html`<${Form} />`;
}

function Form() {
  const [form, setForm] = useState(() => ({ ...WISHES, ...load("options", {}), ...only(EMPTY, { ...EMPTY, ...load("draft", {}) }) }));
  const [trouble, setTrouble] = useState(null);
  const [sending, setSending] = useState(false);
  const [pasted, setPasted] = useState("");
  const key = useRef(null);
  const model = useModel();
  const change = (part) => {
    const next = { ...form, ...part };
    // Another request is another key.
    key.current = null;
    save("draft", same(next, EMPTY) ? undefined : only(EMPTY, next));
    // What one draft was asked to be, the next one probably is too.
    save("options", same(next, WISHES) ? undefined : only(WISHES, next));
    setForm(next);
  };
  const clear = () => {
    const before = form;
    change(EMPTY);
    setPasted("");
    tell(say("draft.cleared"), { action: { label: say("draft.undo"), run: () => change(before) } });
  };
  const submit = async (event) => {
    event?.preventDefault();
    if (sending) return;
    if (!form.body.trim()) return setTrouble({ message: say("draft.empty") });
    setSending(true);
    setTrouble(null);
    key.current ??= newKey();
    try {
      // What is not shown is not asked for.
      const shown = model && model !== PLAIN ? form : { ...form, model: "" };
      const job = await send(shown, key.current);
      save("draft", undefined);
      save(`sent.${job.id}`, form);
      go("draft", job.id);
    } catch (problem) {
      setTrouble(problem);
      setSending(false);
    }
  };
  const take = ({ text, kind, url }) => {
    change({ body: text, kind, url: url ?? form.url });
    setPasted("");
  };
  return html`
    <form class="draft" onSubmit=${submit} onKeyDown=${(event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && submit(event)}>
      <div class="lead"><h1>${say("draft.title")}</h1><p>${say(form.externalId ? "draft.renew" : "draft.lead")}</p></div>
      <${Fetch} onText=${take} />
      <${Paper} form=${form} change=${change} take=${take} pasted=${pasted} setPasted=${setPasted} setTrouble=${setTrouble} />
      <${Options} form=${form} model=${model} onChange=${change} />
      <${Trouble} problem=${trouble} />
      <div class="actions">
        <button class="main" disabled=${sending}>${say(sending ? "progress.sending" : "draft.do")}</button>
        ${!same(form, EMPTY) && html`<button type="button" class="quiet" onClick=${clear}>${say("draft.clear")}</button>`}
        <span class="hint">${say(isFull() ? "draft.full" : "draft.kept")}</span>
        ${model === PLAIN && html`<span class="hint author">${say("draft.model.none")}</span>`}
      </div>
    </form>
  `;
}

/** The name of the model that would write, once that is known. */
function useModel() {
  const [model, setModel] = useState(undefined);
  useEffect(() => {
    call("GET", "/v1/about").then(({ data }) => setModel(data.author?.model), () => {});
  }, []);
  return model;
}

/** The sheet that is written on, and on which a file may be dropped. */
function Paper({ form, change, take, pasted, setPasted, setTrouble }) {
  const words = form.kind === "html" ? countWordsOfHtml(form.body) : countWords(form.body);
  return html`
    <${DropTarget} onFile=${(file) => read(file, take, setTrouble)}>
      <div class="sheet paper">
        <label class="unseen" for="headline">${say("draft.headline")}</label>
        <input id="headline" class="headline" placeholder=${say("draft.headline.hint")} value=${form.title} onInput=${(event) => change({ title: event.target.value })} />
        <label class="unseen" for="body">${say("draft.article")}</label>
        <textarea id="body" class=${form.kind === "html" ? "body code" : "body"} placeholder=${say("draft.article.hint")} value=${form.body} spellcheck="false"
          onInput=${(event) => change({ body: event.target.value })}
          onPaste=${(event) => paste(event, form, change, setPasted)}></textarea>
        ${pasted && html`<p class="pasted">${say("draft.pasted")} <button type="button" class="quiet" onClick=${() => take({ text: pasted, kind: "html" })}>${say("draft.pasted.html")}</button></p>`}
        <div class="foot">
          <fieldset class="segments"><legend class="unseen">${say("draft.kind")}</legend>
            ${KINDS.map((kind) => html`<label><input type="radio" name="kind" checked=${form.kind === kind} onChange=${() => change({ kind })} /><span>${say(`kind.${kind}`)}</span></label>`)}
          </fieldset>
          <label class="button quiet">${say("draft.file")}<input class="unseen" type="file" accept=".txt,.html,.htm,.md,.markdown,text/plain,text/html,text/markdown"
            onChange=${(event) => event.target.files[0] && read(event.target.files[0], take, setTrouble)} /></label>
          <span class="count">${say("draft.words", { n: words })}</span>
        </div>
      </div>
    <//>
  `;
}

function same(a, b) {
  return Object.keys(b).every((key) => a[key] === b[key]);
}

/** The part of `form` that `like` has too. */
function only(like, form) {
  return Object.fromEntries(Object.keys(like).map((key) => [key, form[key]]));
}

async function send(form, key) {
  const options = { include_source: true, ...wished(form) };
  const body = { [form.kind]: form.body, options, lane: "draft", external_id: form.externalId || `page-${key}` };
  if (form.title.trim()) body.title = form.title.trim();
  if (form.url) body.url = form.url;
  if (form.language) body.source = { language: form.language };
  const headers = { Prefer: "respond-async", "Idempotency-Key": key };
  const { data } = await call("POST", "/v1/digests", { body, headers });
  return data;
}

/** Text is taken, and its HTML offered where it says more. */
function paste(event, form, change, setPasted) {
  const rich = event.clipboardData?.getData("text/html") ?? "";
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (rich && /<(p|h[1-6]|li|td|blockquote)\b/i.test(rich)) setPasted(rich);
  if (!form.body.trim() && text) {
    event.preventDefault();
    change({ body: text, kind: guessKind(text) });
  }
}

async function read(file, take, setTrouble) {
  const found = await readFile(file);
  if (found) take(found);
  else setTrouble({ message: say("draft.unreadable") });
}
