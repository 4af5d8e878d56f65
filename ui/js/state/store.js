/**
 * A value that several views look at, and the hooks with which they do.
 */
import { useEffect, useState } from "preact/hooks";

/** @template T */
export class Shared {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    this.listeners = new Set();
  }

  /** @param {T} value */
  set(value) {
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  /** @param {(value: T) => void} listener */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** @template T @param {Shared<T>} shared @returns {T} */
export function useShared(shared) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const stop = shared.listen(() => redraw((it) => it + 1));
    // It may have changed between the drawing and now.
    redraw((it) => it + 1);
    return stop;
  }, [shared]);
  return shared.value;
}

/** What is shown, by the part of the address after `#`. */
export const route = new Shared(readRoute());

function readRoute() {
  const [view, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const [id, tab] = rest.map(decodeURIComponent);
  return { view: view || "draft", id: id ?? "", tab: tab ?? "" };
}

addEventListener("hashchange", () => route.set(readRoute()));

/** @param {string} view @param {string[]} rest */
export function link(view, ...rest) {
  return `#/${[view, ...rest].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

/** @param {string} view @param {string[]} rest */
export function go(view, ...rest) {
  location.hash = link(view, ...rest);
}

/** The same in place of what is shown: the way back skips it. */
export function move(view, ...rest) {
  location.replace(link(view, ...rest));
}

/** Tells a screen reader. @param {string} text */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
}

/** A message at the foot of the page. @type {Shared<{text: string, kind: "info"|"bad", action?: {label: string, run: () => void}}|null>} */
export const notice = new Shared(null);
let fading;

/** @param {string} text @param {{kind?: "info"|"bad", action?: {label: string, run: () => void}}} [how] */
export function tell(text, how = {}) {
  clearTimeout(fading);
  notice.set({ text, kind: how.kind ?? "info", action: how.action });
  fading = setTimeout(() => notice.set(null), how.kind === "bad" ? 12000 : 6000);
}
