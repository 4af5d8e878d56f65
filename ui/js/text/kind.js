/** Whether a text looks like HTML, Markdown or plain text. A guess that an editor can change. */

/** @param {string} text @returns {"html"|"markdown"|"text"} */
export function guessKind(text) {
  const start = text.slice(0, 20000);
  if (/^\s*<(!doctype|html|head|body|article|main|section|div|p|h[1-6])\b/i.test(start)) return "html";
  const tags = start.match(/<\/(p|div|h[1-6]|li|a|em|strong|article)>/gi)?.length ?? 0;
  if (tags >= 3) return "html";
  // What static site generators call front matter.
  if (/^---\n[\w-]+:/.test(start)) return "markdown";
  const marks = start.match(/^(#{1,6} \S|[*-] \S|> \S|```)|\[[^\]\n]+\]\([^)\s]+\)/gm)?.length ?? 0;
  return marks >= 2 ? "markdown" : "text";
}

/** By the end of a file's name. @param {string} name */
export function kindOfName(name) {
  if (/\.html?$/i.test(name)) return "html";
  return /\.(md|markdown)$/i.test(name) ? "markdown" : undefined;
}
