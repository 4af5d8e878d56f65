/** What a draft may be asked to be. What is left empty is as configured. */
import { html } from "../html.js";
import { say } from "../words/words.js";

/** What is asked for where nothing is: the fields of the form that this part shows. */
export const WISHES = { count: "", words: "", summary: "", tone: "", level: "", model: "" };
/** The name of the author that is no model: the article's own sentences. */
export const PLAIN = "extractive";
const SUMMARIES = ["short", "medium", "key-points"];
const TONES = ["neutral", "formal", "conversational"];
const LEVELS = ["default", "simple"];
const LANGUAGES = ["auto", "en"];

/** As the API takes it. @param {typeof WISHES} form */
export function wished({ count, words, summary, tone, level, model }) {
  const all = {
    count: count && Number(count),
    max_answer_words: words && Number(words),
    summary,
    tone,
    reading_level: level,
    model,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

/** @param {{form: typeof WISHES & {language: string}, model?: string, onChange: (part: object) => void}} props `model` is the service's */
export function Options({ form, model, onChange }) {
  return html`
    <fieldset class="options">
      <legend>${say("draft.options")}</legend>
      <label class="field"><span>${say("draft.count")}</span>
        <input type="number" inputmode="numeric" min="1" max="100" placeholder="8" value=${form.count} onInput=${(event) => onChange({ count: event.target.value })} />
      </label>
      <label class="field"><span>${say("draft.length")}</span>
        <input type="number" inputmode="numeric" min="20" max="1000" placeholder=${say("draft.length.default")} value=${form.words} onInput=${(event) => onChange({ words: event.target.value })} />
      </label>
      <${Choice} name="summary" choices=${SUMMARIES} usual="medium" form=${form} onChange=${onChange} />
      <${Choice} name="tone" choices=${TONES} usual="neutral" form=${form} onChange=${onChange} />
      <${Choice} name="level" choices=${LEVELS} usual="default" form=${form} onChange=${onChange} />
      <${Choice} name="language" choices=${LANGUAGES} usual="auto" form=${form} onChange=${onChange} />
      ${model && model !== PLAIN && html`<${Choice} name="model" choices=${[model, PLAIN]} usual=${model} form=${form} onChange=${onChange} />`}
    </fieldset>
  `;
}

/** One of a few; `usual` is what comes where nothing is chosen. */
function Choice({ name, choices, usual, form, onChange }) {
  const change = (event) => onChange({ [name]: event.target.value === usual ? "" : event.target.value });
  return html`
    <label class="field"><span>${say(`draft.${name}`)}</span>
      <select value=${form[name] || usual} onChange=${change}>
        ${choices.map((choice) => html`<option value=${choice}>${word(name, choice)}</option>`)}
      </select>
    </label>
  `;
}

/** A model is called what it is called. */
function word(name, choice) {
  return name === "model" && choice !== PLAIN ? choice : say(`${name}.${choice}`);
}
