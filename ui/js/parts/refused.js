/** What was drafted and refused, with the reasons in plain words. */
import { html } from "../html.js";
import { refusal, say } from "../words/words.js";
import { Drawer } from "./drawer.js";

/** @param {{refused: {kind: string, text: string, reason: string}[], onClose: () => void}} props */
export function RefusedDrawer({ refused, onClose }) {
  return html`
    <${Drawer} title=${say("check.refused")} onClose=${onClose}>
      <p class="hint">${say(refused.length ? "check.refused.lead" : "check.refused.none")}</p>
      <ul class="refused">
        ${refused.map((it) => html`
          <li>
            <span class="kind">${say(`refusedkind.${it.kind}`)}</span>
            <p>${it.text}</p>
            <p class="reason">${refusal(it.reason)}</p>
          </li>
        `)}
      </ul>
    <//>
  `;
}
