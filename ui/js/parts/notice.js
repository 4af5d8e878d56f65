/** The message at the foot of the page. */
import { html } from "../html.js";
import { notice, useShared } from "../state/store.js";

export function Notice() {
  const shown = useShared(notice);
  const act = () => {
    notice.set(null);
    shown.action.run();
  };
  return html`
    <div class="notice-place" role="status" aria-live="polite">
      ${shown && html`
        <div class=${`notice ${shown.kind}`}>
          <span>${shown.text}</span>
          ${shown.action && html`<button class="quiet" onClick=${act}>${shown.action.label}</button>`}
        </div>
      `}
    </div>
  `;
}
