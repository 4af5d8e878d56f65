/** A draft in work: what is happening, and each item as it is verified. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { Preview } from "../parts/item.js";
import { call } from "../state/api.js";
import { begun, follow, hasEnded, path } from "../state/job.js";
import { load, save } from "../state/keep.js";
import { announce, go, move, tell } from "../state/store.js";
import { say } from "../words/words.js";

/** @param {{id: string}} props */
export function RunView({ id }) {
  const [progress, setProgress] = useState(begun);
  const seconds = useSeconds(!hasEnded(progress), progress.job?.created_at);
  useEffect(() => follow(id, setProgress), [id]);
  useEffect(() => {
    if (hasEnded(progress)) end(id, progress);
  }, [progress.status]);
  useEffect(() => announce(line(progress)), [progress.stage, progress.status, progress.lost]);
  useEffect(() => {
    const last = progress.items.at(-1);
    if (last) announce(say("progress.item", { text: last.text ?? last.pair?.question ?? last.summary?.text }));
  }, [progress.items.length]);
  const counts = { items: progress.items.length, refused: progress.refused.length, seconds };
  return html`
    <section class="run" aria-busy=${!hasEnded(progress)}>
      <h1>${say("progress.title")}</h1>
      <div class="progress">
        ${!hasEnded(progress) && html`<span class="pulse" aria-hidden="true"></span>`}
        <p><strong>${line(progress)}</strong><br /><span class="hint">${say("progress.counts", counts)}</span></p>
        <button onClick=${() => (hasEnded(progress) ? back(id) : cancel(id))}>${say(hasEnded(progress) ? "progress.back" : "progress.cancel")}</button>
      </div>
      <${Stages} stage=${progress.stage} />
      <ol class="coming">
        ${progress.items.map((item, at) => html`<li key=${at}><${Preview} item=${item} /></li>`)}
      </ol>
    </section>
  `;
}

const STAGES = ["ingest", "generate", "verify"];

function Stages({ stage }) {
  const at = STAGES.indexOf(stage);
  return html`<div class="stages" aria-hidden="true">${STAGES.map((name, i) => html`<span key=${name} class=${i < at ? "past" : i === at ? "now" : ""}></span>`)}</div>`;
}

/** What is happening, in one line. */
function line(progress) {
  if (progress.lost) return say("progress.lost");
  switch (progress.status) {
    case "dead":
      return say("progress.dead", { reason: progress.reason ?? "" });
    case "cancelled":
    case "gone":
      return say(`progress.${progress.status}`);
    case "done":
      return say("progress.done", { n: progress.items.length });
    case "failed":
      return say("progress.failed", { reason: progress.reason ?? "" });
    default:
      return say(`progress.${progress.stage ?? progress.status}`);
  }
}

function end(id, progress) {
  if (progress.status === "cancelled") {
    tell(say("progress.cancelled"));
    back(id);
  }
  if (progress.status === "done") {
    save(`sent.${id}`, undefined);
    const { article } = progress.job;
    if (article) move("article", article);
    else move("digest", id);
  }
}

/** Back to the form, with what was sent in it. */
function back(id) {
  const sent = load(`sent.${id}`, undefined);
  if (sent && !load("draft", undefined)) save("draft", sent);
  save(`sent.${id}`, undefined);
  go("draft");
}

function cancel(id) {
  // When it has ended in the meantime the stream says how.
  call("DELETE", path(id)).catch((problem) => problem.code === "job_ended" || tell(problem.message, { kind: "bad" }));
}

/** Seconds since the job was accepted, or since it was looked at where clocks differ. */
function useSeconds(running, accepted) {
  const [now, setNow] = useState(Date.now());
  const opened = useRef(Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  const since = Math.min(Date.parse(accepted) || opened.current, opened.current);
  return Math.max(0, Math.round((now - since) / 1000));
}
