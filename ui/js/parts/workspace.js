/**
 * Two columns: the article as it was read, and what is said about it. Whoever looks at one
 * sees where it stands in the other.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { KINDS, itemsOf, placesOf } from "../state/article.js";
import { Highlighter, scrollWithin } from "../state/highlight.js";
import { say } from "../words/words.js";
import { Item } from "./item.js";
import { RefusedDrawer } from "./refused.js";
import { Source } from "./source.js";

const HEADINGS = { topic: "check.topic", summary: "check.summary", pair: "check.faq", related: "check.related" };

/**
 * @param {{article: import("../state/article.js").Article, source: string|null, head?: unknown,
 *   around?: (item: object, show: unknown) => unknown, after?: (kind: string) => unknown}} props
 *   `around` may put tools around an item, `after` something after its kind
 */
export function Workspace({ article, source, head, around, after }) {
  const root = useRef(null);
  const highlighter = useRef(null);
  const [picked, setPicked] = useState(null);
  const [side, setSide] = useState("digest");
  const [isOpen, setOpen] = useState(false);
  const places = useMemo(() => placesOf(article), [article]);
  useEffect(() => {
    highlighter.current = new Highlighter(root.current);
    return () => highlighter.current.stop();
  }, []);
  const pick = (key) => setPicked((now) => (now === key ? null : key));
  /** To the other side, and there to what belongs to `key`. */
  const reach = (to, key) => {
    setSide(to);
    requestAnimationFrame(() => {
      const found = highlighter.current.find([key]);
      const target = found.find((it) => it.closest(`[data-side="${to}"]`));
      if (!target) return;
      target.focus({ preventScroll: true });
      const pane = target.closest("[data-side]");
      if (pane.scrollHeight > pane.clientHeight + 1) scrollWithin(pane, target);
      else target.scrollIntoView({ block: "center" });
    });
  };
  return html`
    <div class="workspace" ref=${root} data-shown=${side}>
      <div class="sides only-narrow" role="group" aria-label=${say("check.sides")}>
        ${["digest", "article"].map((name) => html`<button aria-pressed=${side === name} onClick=${() => setSide(name)}>${say(`check.${name}`)}</button>`)}
      </div>
      <section class="side-article" aria-label=${say("check.article")} data-side="article" tabindex="0">
        ${source === null
          ? html`<p class="hint">${say("check.source.gone")}</p>`
          : html`<${Source} text=${source} title=${article.title} places=${places} onPick=${(key) => reach("digest", key)} />`}
      </section>
      <section class="side-digest" aria-label=${say("check.digest")} data-side="digest" tabindex="0">
        ${head}
        ${KINDS.map((kind) => html`<${Kind} key=${kind} kind=${kind} article=${article} picked=${picked} onPick=${pick} onShow=${(key) => reach("article", key)} around=${around} after=${after} />`)}
        <${Foot} article=${article} onRefused=${() => setOpen(true)} />
      </section>
      ${isOpen && html`<${RefusedDrawer} refused=${article.refused} onClose=${() => setOpen(false)} />`}
    </div>
  `;
}

function Kind({ kind, article, picked, onPick, onShow, around, after }) {
  const items = itemsOf(kind, article);
  const more = after?.(kind);
  if (!items.length && !more) return null;
  const show = (item) => html`<${Item} key=${item.id} item=${item} picked=${picked} onPick=${onPick} onShow=${onShow} />`;
  return html`
    <section class=${`group of-${kind}`}>
      <h2>${say(HEADINGS[kind])}</h2>
      ${items.map((item) => (around ? around(item, { picked, onPick, onShow }) : show(item)))}
      ${more}
    </section>
  `;
}

function Foot({ article, onRefused }) {
  const { provenance, notices, refused } = article;
  return html`
    <footer class="digest-foot">
      <button onClick=${onRefused}>${say("check.refused.count", { n: refused.length })}</button>
      ${notices.length > 0 && html`<h2>${say("check.notices")}</h2><ul>${notices.map((it) => html`<li>${it.detail}</li>`)}</ul>`}
      ${provenance && html`<p class="hint">${say("check.provenance", { model: provenance.model, words: provenance.source_words_read })}</p>`}
    </footer>
  `;
}
