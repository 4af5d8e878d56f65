/**
 * What was typed, kept in this browser until it is sent or thrown away. Written at once,
 * so that a reload loses nothing.
 */

const PREFIX = "afterword.";
/** What could not be written lives as long as the page. @type {Map<string, string>} */
const memory = new Map();
let full = false;

/** @template T @param {string} name @param {T} fallback @returns {T} */
export function load(name, fallback) {
  try {
    const text = memory.get(name) ?? localStorage.getItem(PREFIX + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {unknown} value `undefined` forgets it */
export function save(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
    memory.delete(name);
  } catch {
    full = true;
    memory.set(name, JSON.stringify(value));
  }
}

/** Whether something had no room and lasts only as long as this page. */
export function isFull() {
  return full && memory.size > 0;
}

/** @param {string} prefix @returns {string[]} names that are kept */
export function names(prefix) {
  const found = [];
  try {
    for (let i = 0; i < localStorage.length; i += 1) {
      const key = localStorage.key(i) ?? "";
      if (key.startsWith(PREFIX + prefix)) found.push(key.slice(PREFIX.length));
    }
  } catch {
    // Storage is switched off.
  }
  return found;
}
