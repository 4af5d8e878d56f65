/** What a draft may be asked to be. Empty fields leave it to the configuration. */
import { html } from "../html.js";
import { say } from "../words/words.js";

/** @param {{form: {count: string, words: string}, onChange: (part: object) => void}} props */
export function Options({ form, onChange }) {
  return html`
    <fieldset class="options">
      <legend>${say("draft.options")}</legend>
      <label class="field"><span>${say("draft.count")}</span>
        <input type="number" inputmode="numeric" min="1" max="100" placeholder="8" value=${form.count} onInput=${(event) => onChange({ count: event.target.value })} />
      </label>
      <label class="field"><span>${say("draft.length")}</span>
        <input type="number" inputmode="numeric" min="20" max="1000" placeholder=${say("draft.length.default")} value=${form.words} onInput=${(event) => onChange({ words: event.target.value })} />
      </label>
    </fieldset>
  `;
}
