/**
 * One article on the desk: what the service has, every change to it one after another, and the
 * way back. A change says which revision it was made on; when somebody else was faster it is
 * made again on theirs, unless they changed the same item.
 */
import { Problem, call } from "./api.js";
import { whole } from "./article.js";
import { load, names, save } from "./keep.js";
import { Shared } from "./store.js";

/** Changes that can be undone. */
const MOST_STEPS = 100;

export class Desk {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.path = `/v1/articles/${encodeURIComponent(id)}`;
    /** @type {Shared<{article: any, source: string|null, versions: any[], trouble: any, busy: string|null}>} */
    this.state = new Shared({ article: null, source: null, versions: [], trouble: null, busy: null });
    this.past = [];
    this.future = [];
    /** Ids of items that were deleted and are there again. */
    this.renamed = new Map();
    this.queue = Promise.resolve();
  }

  put(part) {
    this.state.set({ ...this.state.value, ...part });
  }

  async load() {
    try {
      this.take(await call("GET", this.path));
      await this.loadSource();
      this.put({ trouble: null });
    } catch (trouble) {
      this.put({ trouble });
    }
  }

  async loadSource() {
    const version = this.state.value.article.version;
    if (this.version === version) return;
    try {
      const { data } = await call("GET", `${this.path}/source`);
      this.put({ source: data.text, versions: data.versions });
    } catch (problem) {
      if (problem.isPassing) throw problem;
      // It is not kept: the quotes are all that there is.
      this.put({ source: null });
    }
    this.version = version;
  }

  take({ data, response }) {
    this.etag = response.headers.get("ETag");
    this.put({ article: whole(data) });
    return this.state.value.article;
  }

  /** @param {string} id @returns {any} */
  item(id) {
    const now = this.renamed.get(id) ?? id;
    return this.state.value.article.items.find((it) => it.id === now);
  }

  /** After all changes before it. @template T @param {() => Promise<T>} run @returns {Promise<T>} */
  inTurn(run) {
    const turn = this.queue.then(run, run);
    this.queue = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {string} method @param {string} path after the article's @param {unknown} [body]
   * @param {any} [base] the item as it was seen
   */
  async send(method, path, body, base) {
    const go = () => call(method, this.path + path, { body, headers: this.etag ? { "If-Match": this.etag } : {} });
    try {
      return this.take(await go());
    } catch (problem) {
      if (problem.code !== "revision_mismatch") throw problem;
      this.take(await call("GET", this.path));
      if (base && !isSame(base, this.item(base.id))) {
        throw new Problem({ status: 412, code: "changed_meanwhile", detail: "somebody else has changed this" });
      }
      return this.take(await go());
    }
  }

  /**
   * A change with its way back.
   * @param {string} name @param {() => Promise<unknown>} run @param {() => Promise<unknown>} back
   */
  async step(name, run, back, again = run) {
    this.put({ busy: name });
    try {
      return await this.inTurn(async () => {
        const result = await run();
        this.past = [...this.past, { name, run: again, back }].slice(-MOST_STEPS);
        this.future = [];
        return result;
      });
    } finally {
      this.put({ busy: null });
    }
  }

  undo() {
    return this.pass("past", "back", "future");
  }

  redo() {
    return this.pass("future", "run", "past");
  }

  /**
   * Goes the last step of one list and puts it on the other. Which is the last is known only
   * when all changes before are done.
   * @param {"past"|"future"} from @param {"back"|"run"} way @param {"past"|"future"} to
   */
  pass(from, way, to) {
    return this.inTurn(async () => {
      const step = this[from].at(-1);
      if (!step) return undefined;
      await step[way]();
      this[from] = this[from].slice(0, -1);
      this[to] = [...this[to], step];
      this.put({});
      return step.name;
    });
  }

  patch(id, body, base) {
    const now = this.renamed.get(id) ?? id;
    return this.send("PATCH", `/items/${encodeURIComponent(now)}`, body, base);
  }

  /** @param {any} item @param {{question?: string, text?: string}} words */
  edit(item, words) {
    return this.step("edit", () => this.patch(item.id, words, item), () => this.patch(item.id, wordsOf(item)), () => this.patch(item.id, words));
  }

  lock(item, locked) {
    return this.step("lock", () => this.patch(item.id, { locked }), () => this.patch(item.id, { locked: !locked }));
  }

  review(item, review) {
    return this.step("review", () => this.patch(item.id, { review }), () => this.patch(item.id, { review: item.review }));
  }

  moveTo(item, position) {
    return this.step("move", () => this.patch(item.id, { position }), () => this.patch(item.id, { position: item.position }));
  }

  remove(item) {
    const gone = async () => {
      const now = this.renamed.get(item.id) ?? item.id;
      return this.send("DELETE", `/items/${encodeURIComponent(now)}`);
    };
    const back = async () => {
      await this.post({ kind: item.kind, ...wordsOf(item), position: item.position }, item.id);
      if (item.locked) await this.patch(item.id, { locked: true });
    };
    return this.step("delete", gone, back);
  }

  /** @param {{kind: string, question?: string, text?: string}} words */
  async add(words) {
    const name = `new-${Date.now()}`;
    let known = words;
    const run = async () => {
      const article = await this.post(known, name);
      known = { kind: words.kind, ...wordsOf(this.item(name)) };
      return article;
    };
    const back = () => this.send("DELETE", `/items/${encodeURIComponent(this.renamed.get(name))}`);
    await this.step("add", run, back);
    return this.item(name);
  }

  async post(body, name) {
    const before = new Set(this.state.value.article.items.map((it) => it.id));
    const article = await this.send("POST", "/items", body);
    const fresh = article.items.find((it) => !before.has(it.id));
    if (fresh) this.renamed.set(name, fresh.id);
    return article;
  }

  /** @param {any} item @param {{question?: string, overwrite?: boolean}} how */
  async regenerate(item, how) {
    const path = `/items/${encodeURIComponent(item.id)}/regenerate`;
    let after;
    const run = async () => {
      await this.send("POST", path, how, item);
      after = wordsOf(this.item(item.id));
    };
    return this.step("regenerate", run, () => this.patch(item.id, wordsOf(item)), () => this.patch(item.id, after));
  }

  /** @param {"approve"|"reject"} verdict all that is there */
  decide(verdict) {
    const before = this.state.value.article.items;
    const back = async () => {
      for (const { id, review } of before) {
        if (this.item(id) && this.item(id).review !== review) await this.patch(id, { review });
      }
    };
    return this.step(verdict, () => this.send("POST", `/${verdict}`), back);
  }
}

function wordsOf({ kind, question, text }) {
  return kind === "pair" ? { question, text } : { text };
}

function isSame(a, b) {
  return Boolean(b) && a.text === b.text && a.question === b.question && a.locked === b.locked;
}

/** What is being typed into an item, kept until it is saved or thrown away. */
export const typed = {
  /** @param {string} article @param {string} item @returns {{question?: string, text: string}|undefined} */
  get: (article, item) => load(`edit.${article}.${item}`, undefined),
  set: (article, item, words) => save(`edit.${article}.${item}`, words),
  /** @param {string} article @returns {string[]} items that are being edited */
  open: (article) => names(`edit.${article}.`).map((it) => it.slice(`edit.${article}.`.length)),
};
