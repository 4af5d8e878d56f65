/** A problem, with what to do about it. */
import { html } from "../html.js";
import { isKnown, say } from "../words/words.js";

/** @param {{problem: {code?: string, message: string, hint?: string}|null}} props */
export function Trouble({ problem }) {
  if (!problem) return null;
  const known = `problem.${problem.code}`;
  return html`
    <div class="trouble" role="alert">
      <strong>${say("problem.title")}</strong>
      <p>${isKnown(known) ? say(known) : problem.message}</p>
      ${problem.hint && html`<p class="hint">${problem.hint}</p>`}
    </div>
  `;
}
