/** Where the service wants a key: it becomes a cookie that no script can read. */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { login } from "../state/api.js";
import { say } from "../words/words.js";
import { Trouble } from "./trouble.js";

/** @param {{onDone: (who: object) => void}} props */
export function Login({ onDone }) {
  const [key, setKey] = useState("");
  const [trouble, setTrouble] = useState(null);
  const submit = (event) => {
    event.preventDefault();
    login(key.trim()).then(onDone, setTrouble);
  };
  return html`
    <form class="sheet narrow" onSubmit=${submit}>
      <h1>${say("login.title")}</h1>
      <p>${say("login.why")}</p>
      <label class="field"><span>${say("login.key")}</span>
        <input type="password" autocomplete="current-password" required value=${key} onInput=${(event) => setKey(event.target.value)} />
      </label>
      <${Trouble} problem=${trouble} />
      <div class="actions"><button class="main">${say("login.do")}</button></div>
    </form>
  `;
}
