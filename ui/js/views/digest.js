/** A digest that belongs to no article: to be read and checked. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { html } from "../html.js";
import { Trouble } from "../parts/trouble.js";
import { Workspace } from "../parts/workspace.js";
import { call } from "../state/api.js";
import { ofDigest } from "../state/article.js";
import { path } from "../state/job.js";
import { move } from "../state/store.js";
import { say } from "../words/words.js";

/** @param {{id: string}} props */
export function DigestView({ id }) {
  const [job, setJob] = useState(null);
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    call("GET", path(id)).then(({ data }) => {
      if (data.article) move("article", data.article);
      else if (!data.digest) move("draft", id);
      else setJob(data);
    }, setTrouble);
  }, [id]);
  const article = useMemo(() => job && ofDigest(job), [job]);
  if (trouble) return html`<${Trouble} problem=${trouble} />`;
  if (!article) return null;
  const head = html`<p class="hint only-wide">${say("check.legend")}</p>`;
  return html`<h1 class="unseen">${say("check.digest")}</h1><${Workspace} article=${article} source=${job.digest.source ?? null} head=${head} />`;
}
