/** One article: checked, edited, approved, printed, and what became of it over its versions. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { html } from "../html.js";
import { Redo, Undo } from "../parts/icons.js";
import { Trouble } from "../parts/trouble.js";
import { Desk } from "../state/desk.js";
import { link, tell, useShared } from "../state/store.js";
import { say } from "../words/words.js";
import { CheckTab } from "./article/check.js";
import { ExportTab } from "./article/export.js";
import { LedgerTab } from "./article/ledger.js";
import { PreviewTab } from "./article/preview.js";
import { VersionsTab } from "./article/versions.js";

const TABS = { check: CheckTab, preview: PreviewTab, export: ExportTab, versions: VersionsTab, ledger: LedgerTab };

/** @param {{id: string, tab: string, who: {scopes?: string[]}}} props */
export function ArticleView({ id, tab, who }) {
  const desk = useMemo(() => new Desk(id), [id]);
  const { article, source, versions, trouble, busy } = useShared(desk.state);
  const [reloads, reload] = useState(0);
  useEffect(() => {
    desk.load();
  }, [desk, reloads]);
  const can = useMemo(() => new Set(who.scopes ?? []), [who]);
  const act = (run, otherwise = {}) => run().catch((problem) => {
    const again = otherwise[problem.code];
    tell(wordsFor(problem), { kind: "bad", action: again && { label: say("article.anyway"), run: again } });
  });
  useKeys(desk, act);
  if (!article) {
    return html`<${Trouble} problem=${trouble} />${trouble && html`<div class="page"><button onClick=${() => reload(reloads + 1)}>${say("article.again")}</button></div>`}`;
  }
  const shown = tab in TABS ? tab : "check";
  const Tab = TABS[shown];
  return html`
    <div class="article-view" aria-busy=${busy !== null}>
      <${Head} desk=${desk} article=${article} source=${source} shown=${shown} can=${can} act=${act} />
      <${Tab} desk=${desk} article=${article} source=${source} versions=${versions} can=${can} act=${act} />
    </div>
  `;
}

/** What an article is called where it has no title: how it begins. */
export function titleOf(article, source) {
  const start = (source ?? "").trimStart().split("\n", 1)[0].slice(0, 90);
  return article.title || start || article.external_id;
}

function Head({ desk, article, source, shown, can, act }) {
  const isDecided = (verdict) => article.items.length > 0 && article.items.every((it) => it.review === verdict);
  return html`
    <header class="article-head">
      <div class="article-title">
        <h1>${titleOf(article, source)}</h1>
        <span class=${`badge state-${article.state}`}>${say(`state.${article.state}`)}</span>
      </div>
      <nav class="tabs" aria-label=${say("article.tabs")}>
        ${Object.keys(TABS).map((name) => html`<a href=${link("article", desk.id, name)} aria-current=${name === shown ? "page" : undefined}>${say(`tab.${name}`)}</a>`)}
      </nav>
      <div class="article-acts">
        ${can.has("edit") && html`
          <button class="icon-button" title=${say("article.undo")} aria-label=${say("article.undo")} disabled=${!desk.past.length} onClick=${() => act(() => step(desk, "undo"))}><${Undo} /></button>
          <button class="icon-button" title=${say("article.redo")} aria-label=${say("article.redo")} disabled=${!desk.future.length} onClick=${() => act(() => step(desk, "redo"))}><${Redo} /></button>
        `}
        ${can.has("approve") && html`
          <button class="main small" data-tool="approve-all" disabled=${!article.items.length || article.state === "approved"} onClick=${() => act(() => desk.decide("approve"))}>${say("article.approve")}</button>
          <button class="small" data-tool="reject-all" disabled=${!article.items.length || isDecided("rejected")} onClick=${() => act(() => desk.decide("reject"))}>${say("article.reject")}</button>
        `}
      </div>
    </header>
  `;
}

async function step(desk, way) {
  const name = await desk[way]();
  if (name) tell(say(`did.${way}`, { what: say(`step.${name}`) }));
}

function useKeys(desk, act) {
  useEffect(() => {
    const press = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      // A field has its own way back.
      if (event.target.closest("input, textarea, select")) return;
      const key = event.key.toLowerCase();
      const way = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : null;
      if (!way) return;
      event.preventDefault();
      act(() => step(desk, way));
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [desk]);
}

/** @param {{code?: string, message: string, hint?: string}} problem */
function wordsFor(problem) {
  const known = say(`problem.${problem.code}`);
  return known.startsWith("problem.") ? [problem.message, problem.hint].filter(Boolean).join(": ") : known;
}
