/** The bar at the top: the views, the language, light and dark, and the way out. */
import { html } from "../html.js";
import { logout } from "../state/api.js";
import { link, tell, useShared } from "../state/store.js";
import { THEMES, choose, theme } from "../state/theme.js";
import { LANGUAGES, language, say, speak } from "../words/words.js";
import { Mark } from "./icons.js";

/** Views of the bar, and those that belong to them. */
const VIEWS = { draft: ["draft", "digest"], queue: ["queue", "article"], batches: ["batches"] };

/** @param {{view: string, who: object|null|undefined, onLeave: () => void}} props */
export function Bar({ view, who, onLeave }) {
  const spoken = useShared(language);
  const chosen = useShared(theme);
  return html`
    <header class="bar">
      <a class="brand" href=${link("draft")}><${Mark} />Afterword</a>
      <nav aria-label=${say("nav.label")}>
        ${Object.entries(VIEWS).map(([name, members]) => html`
          <a href=${link(name)} aria-current=${members.includes(view) ? "page" : undefined}>${say(`nav.${name}`)}</a>
        `)}
      </nav>
      <div class="bar-end">
        <label><span class="unseen">${say("bar.language")}</span>
          <select value=${spoken} onChange=${(event) => speak(event.target.value)}>
            ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code}>${name}</option>`)}
          </select>
        </label>
        <label><span class="unseen">${say("bar.theme")}</span>
          <select value=${chosen} onChange=${(event) => choose(event.target.value)}>
            ${THEMES.map((name) => html`<option value=${name}>${say(`theme.${name}`)}</option>`)}
          </select>
        </label>
        ${who?.request_token && html`<button class="quiet" onClick=${() => leave(onLeave)}>${say("bar.leave")}</button>`}
      </div>
    </header>
  `;
}

function leave(onLeave) {
  logout().then(onLeave, (problem) => tell(problem.message, { kind: "bad" }));
}
