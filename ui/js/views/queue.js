/** All articles with their state: what is to be done next. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.js";
import { Trouble } from "../parts/trouble.js";
import { address, call } from "../state/api.js";
import { load, save } from "../state/keep.js";
import { link } from "../state/store.js";
import { say, time } from "../words/words.js";

const STATES = ["", "draft", "current", "stale", "approved", "rejected"];
/** Milliseconds without a keystroke before the search is run. */
const REST = 250;

export function QueueView() {
  const [filter, setFilter] = useState(() => load("queue", { state: "", q: "" }));
  const [page, setPage] = useState({ articles: null, next: undefined });
  const [trouble, setTrouble] = useState(null);
  const change = (part) => {
    save("queue", { ...filter, ...part });
    setFilter({ ...filter, ...part });
  };
  const fetchPage = (cursor) => call("GET", address("/v1/articles", { ...filter, q: filter.q.trim(), limit: 50, cursor }));
  useEffect(() => {
    let isLate = false;
    const timer = setTimeout(() => {
      fetchPage().then(({ data }) => isLate || (setPage(data), setTrouble(null)), (problem) => isLate || setTrouble(problem));
    }, REST);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [filter]);
  const more = () => fetchPage(page.next).then(({ data }) => setPage({ articles: [...page.articles, ...data.articles], next: data.next }), setTrouble);
  return html`
    <div class="page wide">
      <h1>${say("queue.title")}</h1>
      <div class="filters">
        <fieldset class="segments"><legend class="unseen">${say("queue.state")}</legend>
          ${STATES.map((state) => html`<label><input type="radio" name="state" checked=${filter.state === state} onChange=${() => change({ state })} /><span>${say(state ? `state.${state}` : "queue.all")}</span></label>`)}
        </fieldset>
        <label class="search"><span class="unseen">${say("queue.search")}</span>
          <input type="search" placeholder=${say("queue.search")} value=${filter.q} onInput=${(event) => change({ q: event.target.value })} />
        </label>
      </div>
      <${Trouble} problem=${trouble} />
      ${page.articles && (page.articles.length
        ? html`<ul class="queue">${page.articles.map((it) => html`<${Row} key=${it.id} article=${it} />`)}</ul>`
        : html`<p class="empty">${say(filter.state || filter.q ? "queue.nothing" : "queue.empty")}</p>`)}
      ${page.next && html`<div class="actions"><button onClick=${more}>${say("queue.more")}</button></div>`}
    </div>
  `;
}

function Row({ article }) {
  const { counts } = article;
  const facts = [
    say("queue.items", { n: counts.items }),
    counts.stale && say("queue.stale", { n: counts.stale }),
    counts.edited && say("queue.edited", { n: counts.edited }),
    counts.approved && say("queue.approved", { n: counts.approved }),
  ];
  return html`
    <li>
      <span class=${`badge state-${article.state}`}>${say(`state.${article.state}`)}</span>
      <div>
        <a href=${link("article", article.id)}>${article.title || article.url || article.external_id}</a>
        <p class="hint">${facts.filter(Boolean).join(" · ")}</p>
      </div>
      <time class="hint" dateTime=${article.changed_at}>${time(article.changed_at)}</time>
    </li>
  `;
}
