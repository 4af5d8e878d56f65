/** A batch as the API has it, and how fast it goes, from what was seen of it. */

export const ENDED = new Set(["completed", "failed", "expired", "cancelled"]);
/** Samples that are kept for the chart. */
const MOST = 240;
/** Milliseconds that one point of the chart looks back. */
const WINDOW = 30_000;

/** @param {any} batch @returns {{total: number, done: number, failed: number, waiting: number}} */
export function countsOf(batch) {
  const { total = 0, done = 0, failed = 0 } = batch.counts ?? {};
  return { total, done, failed, waiting: Math.max(0, total - done - failed) };
}

/** Why drafts or articles were refused, most frequent first. @param {any} batch */
export function reasonsOf(batch) {
  const entries = Object.entries(batch.reasons ?? {});
  return entries.map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}

export const pace = {
  /**
   * Takes note of how far a batch is; each point is articles per minute.
   * @param {Map<string, {at: number, value: number, done: number}[]>} samples @param {any} batch @param {number} at
   */
  note(samples, batch, at) {
    const { done, failed } = countsOf(batch);
    const points = samples.get(batch.id) ?? [];
    const past = points.findLast((it) => it.at <= at - WINDOW) ?? points[0];
    const value = past ? Math.max(0, ((done + failed - past.done) / (at - past.at)) * 60_000) : 0;
    samples.set(batch.id, [...points, { at, value, done: done + failed }].slice(-MOST));
  },
};
