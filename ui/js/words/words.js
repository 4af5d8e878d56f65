/**
 * Texts of the interface. `{n}` is replaced by a value, `{n|pair|pairs}` by the first word
 * for one and the second otherwise.
 */
import { load, save } from "../state/keep.js";
import { Shared } from "../state/store.js";
import { de } from "./de.js";
import { en } from "./en.js";

const SETS = { en, de };
/** Names of the languages, each in itself. */
export const LANGUAGES = { en: "English", de: "Deutsch" };

const preferred = () => (navigator.languages ?? []).map((it) => it.slice(0, 2)).find((it) => it in SETS);

/** The language of the interface. */
export const language = new Shared(load("language", preferred() ?? "en"));

/** @param {string} code */
export function speak(code) {
  save("language", code);
  language.set(code);
}

/**
 * @param {string} name
 * @param {Record<string, string|number>} [values]
 */
export function say(name, values = {}) {
  const text = SETS[language.value]?.[name] ?? en[name];
  if (text === undefined) return name;
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (_, key, one, many) => {
    const value = values[key];
    if (one !== undefined) return Number(value) === 1 ? one : many;
    return typeof value === "number" ? number(value) : String(value ?? "");
  });
}

/** Whether there is a text of this name. @param {string} name */
export function isKnown(name) {
  return name in en;
}

/** The reader's own country, where it speaks the language of the interface. */
function locale() {
  return navigator.languages?.find((it) => it.startsWith(language.value)) ?? language.value;
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export function number(value, options) {
  return new Intl.NumberFormat(locale(), options).format(value);
}

/** @param {string} stamp RFC 3339 */
export function time(stamp) {
  const date = new Date(stamp);
  if (Number.isNaN(date.getTime())) return stamp;
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(date);
}

/** What a problem says, in plain words where there are some. @param {{code?: string, message: string}} problem */
export function explain({ code, message }) {
  const name = `problem.${code}`;
  return isKnown(name) ? say(name) : message;
}

/** What a refusal says, in plain words. @param {string} reason `code: detail` */
export function refusal(reason) {
  const [code, ...rest] = reason.split(": ");
  const name = `refused.${code}`;
  const detail = rest.join(": ");
  if (!isKnown(name)) return reason;
  return detail ? `${say(name)} (${detail})` : say(name);
}
