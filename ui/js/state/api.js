/**
 * The public API, and nothing but it. Errors are problems (RFC 9457): a stable code, what
 * happened, and what to do about it.
 */

/** A problem that the service answered with, or that kept it from answering. */
export class Problem extends Error {
  /** @param {{status: number, code: string, detail?: string, hint?: string}} said @param {number} [retryAfter] seconds */
  constructor(said, retryAfter) {
    super(said.detail || said.code);
    this.status = said.status;
    this.code = said.code;
    this.hint = said.hint || "";
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may work a moment later. */
  get isPassing() {
    return this.status === 0 || this.status === 503 || this.status === 429;
  }
}

let requestToken;
let needLogin = () => {};

/** @param {() => void} handler is called when the service wants a login */
export function onLoginNeeded(handler) {
  needLogin = handler;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, bytes?: BodyInit, type?: string, headers?: Record<string, string>, signal?: AbortSignal, as?: "json"|"text"}} [what]
 */
export async function call(method, path, what = {}) {
  const headers = { Accept: "application/json", ...what.headers };
  if (requestToken) headers["X-CSRF-Token"] = requestToken;
  let body = what.bytes;
  if (what.body !== undefined) body = JSON.stringify(what.body);
  if (body !== undefined) headers["Content-Type"] = what.type ?? "application/json";
  const response = await send(path, { method, headers, body, signal: what.signal });
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return { data: undefined, response };
  const data = what.as === "text" ? await response.text() : await response.json();
  return { data, response };
}

async function send(path, options) {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", redirect: "error", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ status: 0, code: "unreachable", detail: "the service does not answer" });
  }
}

async function problem(response) {
  const said = await response.json().catch(() => ({}));
  const known = { status: response.status, code: said.code ?? `http_${response.status}` };
  if (response.status === 401) needLogin();
  const after = Number(response.headers.get("Retry-After"));
  return new Problem({ ...said, ...known }, after || undefined);
}

/** Who is logged in; on loopback everybody. */
export async function session() {
  const { data } = await call("GET", "/v1/session");
  requestToken = data.request_token;
  return data;
}

/** @param {string} key an API key */
export async function login(key) {
  const { data } = await call("POST", "/v1/session", { body: { key } });
  requestToken = data.request_token;
  return data;
}

/** Ends the login. */
export async function logout() {
  await call("DELETE", "/v1/session");
  requestToken = undefined;
}

/** @param {string} path @param {Record<string, string|number|undefined>} [query] */
export function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]));
  return pairs.length ? `${path}?${search}` : path;
}

/** A key under which the same request gives the same answer. */
export function newKey() {
  return crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((it) => it.toString(16).padStart(2, "0")).join("");
}
