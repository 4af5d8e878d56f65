/**
 * Where the page begins: who is logged in, and the view that the address names.
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { html } from "./html.js";
import { Bar } from "./parts/bar.js";
import { Login } from "./parts/login.js";
import { Notice } from "./parts/notice.js";
import { Trouble } from "./parts/trouble.js";
import { onLoginNeeded, session } from "./state/api.js";
import { route, useShared } from "./state/store.js";
import { applyTheme } from "./state/theme.js";
import { ArticleView } from "./views/article.js";
import { BatchesView } from "./views/batches.js";
import { DraftView } from "./views/draft.js";
import { DigestView } from "./views/digest.js";
import { QueueView } from "./views/queue.js";
import { language, say } from "./words/words.js";

const VIEWS = { draft: DraftView, digest: DigestView, queue: QueueView, batches: BatchesView, article: ArticleView };
/** Milliseconds after which a service that did not answer is asked again. */
const PATIENCE = 3000;

function Page() {
  const { view, id, tab } = useShared(route);
  const spoken = useShared(language);
  const [who, setWho] = useState(undefined);
  useEffect(() => {
    document.documentElement.lang = spoken;
  }, [spoken]);
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    let timer;
    const ask = async () => {
      try {
        setWho(await session());
        setTrouble(null);
      } catch (problem) {
        if (problem.status === 401) return setWho(null);
        setTrouble(problem);
        timer = setTimeout(ask, PATIENCE);
      }
    };
    onLoginNeeded(() => setWho(null));
    ask();
    return () => clearTimeout(timer);
  }, []);
  const View = VIEWS[view] ?? DraftView;
  return html`
    <a class="skip" href="#content" onClick=${skip}>${say("nav.skip")}</a>
    <${Bar} view=${view} who=${who} onLeave=${() => setWho(null)} />
    <main id="content" tabindex="-1" key=${spoken}>
      <${Trouble} problem=${trouble} />
      ${who === null ? html`<${Login} onDone=${setWho} />` : who && html`<${View} id=${id} tab=${tab} key=${`${view}/${id}`} who=${who} />`}
    </main>
    <${Notice} />
  `;
}

/** The address after `#` names a view, so the link moves the focus by itself. */
function skip(event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

applyTheme();
render(html`<${Page} />`, document.getElementById("page"));
