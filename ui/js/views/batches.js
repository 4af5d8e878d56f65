/** Batches that were sent over HTTP: how fast, how far, what was refused and why; paused, resumed, called off. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { Bars, Line } from "../parts/chart.js";
import { Trouble } from "../parts/trouble.js";
import { call } from "../state/api.js";
import { ENDED, countsOf, reasonsOf, stateOf, withPace } from "../state/batch.js";
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
        for (const it of data.batches) samples.current.set(it.id, withPace(samples.current.get(it.id) ?? [], it, Date.now()));
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
  const share = counts.total ? counts.ended / counts.total : 0;
  const reasons = useReasons(batch.id, counts.ended - counts.done);
  const name = say("batches.name", { at: time(batch.created_at) });
  const facts = [
    say("batches.done", { n: counts.done }),
    counts.failed > 0 && say("batches.failed", { n: counts.failed }),
    counts.cancelled > 0 && say("batches.cancelled", { n: counts.cancelled }),
    counts.expired > 0 && say("batches.expired", { n: counts.expired }),
    counts.in_work > 0 && say("batches.work", { n: counts.in_work }),
    counts.waiting > 0 && say("batches.waiting", { n: counts.waiting }),
  ].filter(Boolean).join(" · ");
  const button = (verb, isMain) => html`<button class=${`small ${isMain ? "main" : ""}`} data-tool=${verb} aria-label=${say("tool.of", { tool: say(`batches.${verb}`), name })} onClick=${() => act(batch.id, verb)}>${say(`batches.${verb}`)}</button>`;
  return html`
    <section class="sheet batch" aria-label=${name}>
      <header>
        <h2>${name}</h2>
        <span class="badge">${say(`batchstate.${stateOf(batch)}`)}</span>
        ${canAct && !ended && html`<div class="batch-acts">${batch.paused ? button("resume", true) : button("pause")}${button("cancel")}</div>`}
      </header>
      <div class="meter" role="progressbar" aria-label=${say("batches.progress")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width=${share * 100} height="4" /></svg>
      </div>
      <p class="hint">${number(share, { style: "percent" })} · ${facts}</p>
      ${batch.reason && html`<p class="reason">${batch.reason}</p>`}
      ${!ended && html`<${Line} points=${points} label=${say("batches.pace")} unit=${say("batches.unit")} />`}
      ${reasons.length > 0 && html`<h3 class="minor">${say("batches.reasons")}</h3><${Bars} label=${say("batches.reasons")} rows=${reasons.map(reasonRow)} />`}
    </section>
  `;
}

/** Read again only when there are more of them. */
function useReasons(id, without) {
  const [reasons, setReasons] = useState([]);
  useEffect(() => {
    if (without > 0) reasonsOf(id).then(setReasons, () => {});
  }, [id, without]);
  return reasons;
}

function reasonRow({ code, count }) {
  const known = `without.${code}`;
  return { name: isKnown(known) ? say(known) : code, value: count };
}
