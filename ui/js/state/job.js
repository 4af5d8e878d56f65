/**
 * A stored job, followed from its beginning to its end. What is shown early is verified; the
 * digest at the end is what counts. A stream that breaks off is opened again: the service
 * tells everything from the beginning, and after a restart from the new attempt's.
 */

/** Milliseconds before a stream that was refused is opened again. */
const PATIENCE = 2000;
const ENDED = new Set(["done", "dead", "cancelled"]);

/**
 * @typedef {{status: string, stage: string|null, items: object[], refused: object[], lost: boolean, reason?: string, job?: object}} Progress
 */

/** @returns {Progress} */
export function begun() {
  return { status: "sending", stage: null, items: [], refused: [], lost: false };
}

/**
 * What a progress becomes by an event. Pure.
 * @param {Progress} progress @param {string} name @param {any} data
 * @returns {Progress}
 */
export function after(progress, name, data) {
  const here = { ...progress, lost: false };
  switch (name) {
    case "status":
      // A new attempt tells all of it again.
      return { ...begun(), status: data.status, reason: data.reason, job: data };
    case "stage":
      return { ...here, stage: data.stage };
    case "item":
      return { ...here, items: [...others(progress.items, data), data] };
    case "refused":
      return { ...here, refused: [...progress.refused, data] };
    case "end":
      return { ...here, status: data.status, reason: data.reason, job: data };
    case "lost":
      return { ...progress, lost: true };
    default:
      return here;
  }
}

/** A digest has one topic: of several the last is its own. */
function others(items, { kind }) {
  return kind === "topic" ? items.filter((item) => item.kind !== kind) : items;
}

/** @param {Progress} progress */
export function hasEnded(progress) {
  return ENDED.has(progress.status) || progress.status === "gone";
}

/**
 * Follows a job until it has ended.
 * @param {string} id
 * @param {(progress: Progress) => void} tell
 * @returns {() => void} stops it
 */
export function follow(id, tell) {
  let progress = begun();
  let stream;
  let timer;
  let stopped = false;
  const put = (name, data) => {
    progress = after(progress, name, data);
    tell(progress);
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    stream?.close();
  };
  const again = () => {
    if (stopped) return;
    stream.close();
    put("lost");
    timer = setTimeout(look, PATIENCE);
  };
  /** Whether the job is there: a stream that is refused does not say why. */
  const look = async () => {
    const answer = await fetch(path(id), { cache: "no-store" }).catch(() => null);
    if (stopped) return;
    if (answer?.status === 404) {
      progress = { ...progress, status: "gone" };
      tell(progress);
    } else open();
  };
  const open = () => {
    stream = new EventSource(`${path(id)}/events`);
    for (const name of ["status", "stage", "item", "refused"]) {
      stream.addEventListener(name, (event) => put(name, JSON.parse(event.data)));
    }
    stream.addEventListener("end", (event) => {
      stop();
      put("end", JSON.parse(event.data));
    });
    stream.onerror = again;
  };
  open();
  return stop;
}

/** @param {string} id */
export function path(id) {
  return `/v1/digests/${encodeURIComponent(id)}`;
}
