/** What can be done with an item: decided on, edited, locked, moved, made again, thrown away. */
import { html } from "../html.js";
import { say, time } from "../words/words.js";
import { Again, Bin, Cross, Down, Lock, Pen, Tick, Unlock, Up } from "./icons.js";

/**
 * @param {{desk: import("../state/desk.js").Desk, item: any, count: number, can: Set<string>,
 *   act: (run: () => Promise<unknown>, otherwise?: Record<string, () => void>) => void, onEdit: () => void}} props `count` items of its kind
 */
export function Tools({ desk, item, count, can, act, onEdit }) {
  const toggle = (verdict) => act(() => desk.review(item, item.review === verdict ? "draft" : verdict));
  // What a person wrote goes only when a person says so.
  const again = () => act(() => desk.regenerate(item, {}), { item_edited: () => act(() => desk.regenerate(item, { overwrite: true })) });
  const name = item.question ?? item.text;
  const tool = (key, Icon, run, isOff = false) => html`
    <button class="icon-button" data-tool=${key} title=${say(`tool.${key}`)} aria-label=${say("tool.of", { tool: say(`tool.${key}`), name })} disabled=${isOff} onClick=${run}><${Icon} /></button>
  `;
  const verdict = (key, value, Icon) => html`
    <button class=${`small verdict ${value}`} data-tool=${key} aria-pressed=${item.review === value} aria-label=${say("tool.of", { tool: say(`tool.${key}`), name })} onClick=${() => toggle(value)}>
      <${Icon} />${say(item.review === value ? `review.${value}` : `tool.${key}`)}
    </button>
  `;
  return html`
    <div class="tools">
      ${can.has("approve") && html`<div class="verdicts">${verdict("approve", "approved", Tick)}${verdict("reject", "rejected", Cross)}</div>`}
      ${can.has("edit") && html`
        <div class="hands" role="group" aria-label=${say("tool.group")}>
          ${tool("edit", Pen, onEdit, item.locked)}
          ${tool(item.locked ? "unlock" : "lock", item.locked ? Lock : Unlock, () => act(() => desk.lock(item, !item.locked)))}
          ${count > 1 && tool("up", Up, () => act(() => desk.moveTo(item, item.position - 1)), item.position === 0)}
          ${count > 1 && tool("down", Down, () => act(() => desk.moveTo(item, item.position + 1)), item.position >= count - 1)}
          ${tool("again", Again, again, item.locked)}
          ${tool("delete", Bin, () => act(() => desk.remove(item)), item.locked)}
        </div>
      `}
    </div>
  `;
}

/** What has been done with an item, and what is wrong with it. */
export function Marks({ item, reasons }) {
  const { edited, reviewed } = item;
  return html`
    ${(item.state === "stale" || item.locked || edited || reviewed) && html`
      <p class="marks">
        ${item.state === "stale" && html`<span class="badge bad">${say("mark.stale")}</span>`}
        ${item.locked && html`<span class="badge"><${Lock} />${say("mark.locked")}</span>`}
        ${item.supported === null && html`<span class="badge">${say("support.unchecked")}</span>`}
        ${edited && html`<span class="hint">${say("mark.edited", { by: edited.by ?? say("ledger.somebody"), at: time(edited.at) })}</span>`}
        ${reviewed && item.review !== "draft" && html`<span class="hint">${say(`mark.${item.review}`, { by: reviewed.by ?? say("ledger.somebody"), at: time(reviewed.at) })}</span>`}
      </p>
    `}
    ${reasons.map((reason) => html`<p class="reason">${reason}</p>`)}
  `;
}
