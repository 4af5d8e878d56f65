/** A batch as the API has it, how fast it goes, and why articles of it got no digest. */
import { address } from "./api.js";

export const ENDED = new Set(["completed", "failed", "expired", "cancelled"]);
/** Samples that are kept for the chart. */
const MOST = 240;
/** Milliseconds that one point of the chart looks back. */
const WINDOW = 30_000;
/** Lines without a digest that are counted by reason; a page is no place for more. */
const MOST_LINES = 5000;

/** @param {any} batch */
export function countsOf(batch) {
  const none = { total: 0, waiting: 0, in_work: 0, done: 0, failed: 0, cancelled: 0, expired: 0 };
  const counts = { ...none, ...batch.counts };
  const ended = counts.done + counts.failed + counts.cancelled + counts.expired;
  return { ...counts, ended, open: counts.waiting + counts.in_work };
}

/** What is said of its state: a batch that is paused may yet have work under way. @param {any} batch */
export function stateOf(batch) {
  return batch.paused && !ENDED.has(batch.status) ? "paused" : batch.status;
}

/**
 * Takes note of how far a batch is; each point is articles per minute.
 * @param {{at: number, value: number, ended: number}[]} points @param {any} batch @param {number} at
 */
export function withPace(points, batch, at) {
  const { ended } = countsOf(batch);
  const past = points.findLast((it) => it.at <= at - WINDOW) ?? points[0];
  const value = past ? Math.max(0, ((ended - past.ended) / (at - past.at)) * 60_000) : 0;
  return [...points, { at, value, ended }].slice(-MOST);
}

/**
 * Why articles of a batch got no digest, most frequent first.
 * @param {string} id
 * @returns {Promise<{code: string, count: number}[]>}
 */
export async function reasonsOf(id) {
  const response = await fetch(address(`/v1/batches/${encodeURIComponent(id)}/errors`), { cache: "no-store" });
  if (!response.ok) return [];
  const counts = new Map();
  let lines = 0;
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  while (lines < MOST_LINES) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const code = JSON.parse(part).problem?.code ?? "internal";
      counts.set(code, (counts.get(code) ?? 0) + 1);
      lines += 1;
    }
  }
  await reader.cancel();
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}
