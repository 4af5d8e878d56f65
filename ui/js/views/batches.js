/** Running backfills: how fast, how far, what was refused and why; paused, resumed, called off. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { Bars, Line } from "../parts/chart.js";
import { Trouble } from "../parts/trouble.js";
import { call } from "../state/api.js";
import { ENDED, countsOf, pace, reasonsOf } from "../state/batch.js";
import { tell } from "../state/store.js";
import { isKnown, number, say, time } from "../words/words.js";

/** Milliseconds between two looks. */
const PERIOD = 3000;

/** @param {{who: {scopes?: string[]}}} props */
export function BatchesView({ who }) {
  const [batches, setBatches] = useState(null);
  const [trouble, setTrouble] = useState(null);
  const [looks, look] = useState(0);
  const samples = useRef(new Map());
  useEffect(() => {
    let timer;
    let isLate = false;
    const ask = async () => {
      try {
        const { data } = await call("GET", "/v1/batches");
        if (isLate) return;
        for (const it of data.batches) pace.note(samples.current, it, Date.now());
        setBatches(data.batches);
        setTrouble(null);
      } catch (problem) {
        if (!isLate) setTrouble(problem);
      }
      if (!isLate) timer = setTimeout(ask, PERIOD);
    };
    ask();
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [looks]);
  const act = (id, verb) => call("POST", `/v1/batches/${encodeURIComponent(id)}/${verb}`).then(
    () => look((it) => it + 1),
    (problem) => tell(problem.message, { kind: "bad" }),
  );
  return html`
    <div class="page">
      <h1>${say("batches.title")}</h1>
      <${Trouble} problem=${trouble} />
      ${batches?.length === 0 && html`<p class="empty">${say("batches.empty")}</p>`}
      ${batches?.map((it) => html`<${Batch} key=${it.id} batch=${it} points=${samples.current.get(it.id) ?? []} canAct=${who.scopes?.includes("submit")} act=${act} />`)}
    </div>
  `;
}

function Batch({ batch, points, canAct, act }) {
  const counts = countsOf(batch);
  const ended = ENDED.has(batch.status);
  const share = counts.total ? (counts.done + counts.failed) / counts.total : 0;
  const name = batch.name || batch.external_id || batch.id;
  const facts = [
    say("batches.done", { n: counts.done }),
    counts.failed > 0 && say("batches.failed", { n: counts.failed }),
    counts.waiting > 0 && say("batches.waiting", { n: counts.waiting }),
  ].filter(Boolean).join(" · ");
  const button = (verb, isMain) => html`<button class=${`small ${isMain ? "main" : ""}`} data-tool=${verb} aria-label=${say("tool.of", { tool: say(`batches.${verb}`), name })} onClick=${() => act(batch.id, verb)}>${say(`batches.${verb}`)}</button>`;
  return html`
    <section class="sheet batch" aria-label=${name}>
      <header>
        <h2>${name}</h2>
        <span class="badge">${isKnown(`batchstate.${batch.status}`) ? say(`batchstate.${batch.status}`) : batch.status}</span>
        ${canAct && !ended && html`<div class="batch-acts">${batch.status === "paused" ? button("resume", true) : button("pause")}${button("cancel")}</div>`}
      </header>
      <div class="meter" role="progressbar" aria-label=${say("batches.progress")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width=${share * 100} height="4" /></svg>
      </div>
      <p class="hint">${number(share, { style: "percent" })} · ${facts} · ${say("batches.since", { at: time(batch.created_at) })}</p>
      ${!ended && html`<${Line} points=${points} label=${say("batches.pace")} unit=${say("batches.unit")} />`}
      ${reasonsOf(batch).length > 0 && html`<h3 class="minor">${say("batches.reasons")}</h3><${Bars} label=${say("batches.reasons")} rows=${reasonsOf(batch).map(reasonRow)} />`}
    </section>
  `;
}

function reasonRow({ code, count }) {
  const known = `refused.${code}`;
  return { name: isKnown(known) ? say(known) : code, value: count };
}
