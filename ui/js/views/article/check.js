/** Article and digest side by side, with the tools to change the one. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.js";
import { AskForm } from "../../parts/ask.js";
import { Editor } from "../../parts/editor.js";
import { Item } from "../../parts/item.js";
import { Marks, Tools } from "../../parts/tools.js";
import { Workspace } from "../../parts/workspace.js";
import { isPending, itemsOf } from "../../state/article.js";
import { typed } from "../../state/desk.js";
import { link } from "../../state/store.js";
import { refusal, say } from "../../words/words.js";

/** Milliseconds before an article that waits for its digest is looked at again. */
const PATIENCE = 1000;

export function CheckTab({ desk, article, source, can, act }) {
  const [open, setOpen] = useState(() => new Set(typed.open(desk.id)));
  const toggle = (id, isOpen) => {
    const next = new Set(open);
    if (isOpen) next.add(id);
    else next.delete(id);
    setOpen(next);
    if (!isOpen) focusItem(id);
  };
  const pending = isPending(article);
  useEffect(() => {
    if (!pending) return undefined;
    const timer = setInterval(() => desk.load(), PATIENCE);
    return () => clearInterval(timer);
  }, [pending]);
  const around = (item, show) => {
    if (open.has(item.id) && can.has("edit")) {
      return html`<${Editor} key=${`edit-${item.id}`} desk=${desk} item=${item} source=${source} onDone=${() => toggle(item.id, false)} />`;
    }
    const count = itemsOf(item.kind, article).length;
    // Each sentence says for itself what is wrong with it: the rest is said of the question, or of the phrase.
    const said = new Set(item.sentences?.flatMap((it) => it.reasons));
    const reasons = item.reasons.filter((it) => !said.has(it)).map(refusal);
    return html`
      <${Item} key=${item.id} item=${item} ...${show}>
        <${Marks} item=${item} reasons=${reasons} />
        <${Tools} desk=${desk} item=${item} count=${count} can=${can} act=${act} onEdit=${() => toggle(item.id, true)} />
      <//>
    `;
  };
  const after = (kind) => kind === "pair" && can.has("edit") && html`<${AskForm} desk=${desk} />`;
  const head = html`
    ${pending && html`<p class="banner calm" role="status">${say("article.pending")}</p>`}
    ${article.state === "stale" && html`
      <div class="banner"><p><strong>${say("stale.title")}</strong> ${say("stale.lead")}</p><a href=${link("article", desk.id, "versions")}>${say("stale.show")}</a></div>
    `}
    <p class="hint only-wide">${say("check.legend")}</p>
  `;
  return html`<${Workspace} article=${article} source=${source} head=${head} around=${around} after=${after} />`;
}

/** Where the editor was, the focus goes on. */
function focusItem(id) {
  requestAnimationFrame(() => document.querySelector(`[id="item-${CSS.escape(id)}"] [data-tool="edit"]`)?.focus());
}
