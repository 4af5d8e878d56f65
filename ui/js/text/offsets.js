/**
 * The API counts in UTF-8 bytes, a browser in UTF-16 units. This is the one place where
 * one becomes the other.
 */

/** Bytes of a character in UTF-8. @param {number} code */
function width(code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/**
 * Where byte offsets of a text lie in its UTF-16 form. An offset inside a character goes
 * to that character's beginning, one beyond the end to the end.
 * @param {string} text
 * @param {Iterable<number>} offsets in any order
 * @returns {Map<number, number>} from byte offset to UTF-16 position
 */
export function positions(text, offsets) {
  const wanted = [...new Set(offsets)].sort((a, b) => a - b);
  const found = new Map();
  let at = 0;
  let byte = 0;
  for (const offset of wanted) {
    while (at < text.length) {
      const code = text.codePointAt(at) ?? 0;
      const next = byte + width(code);
      if (next > offset) break;
      byte = next;
      at += code > 0xffff ? 2 : 1;
    }
    found.set(offset, at);
  }
  return found;
}
