/** A problem, with what to do about it. */
import { html } from "../html.js";
import { explain, say } from "../words/words.js";

/** @param {{problem: {code?: string, message: string, hint?: string}|null}} props */
export function Trouble({ problem }) {
  if (!problem) return null;
  return html`
    <div class="trouble" role="alert">
      <strong>${say("problem.title")}</strong>
      <p>${explain(problem)}</p>
      ${problem.hint && html`<p class="hint">${problem.hint}</p>`}
    </div>
  `;
}
