/**
 * The article as it was read. Every piece of it is a text node; what supports a sentence is
 * marked, and leads there.
 */
import { useMemo } from "preact/hooks";
import { html } from "../html.js";
import { paragraphs } from "../text/segments.js";
import { say } from "../words/words.js";

/** @param {{text: string, title?: string, places: {start: number, end: number, key: string}[], onPick: (key: string) => void}} props */
export function Source({ text, title, places, onPick }) {
  const cut = useMemo(() => paragraphs(text, places), [text, places]);
  return useMemo(
    () => cut.map((segments, at) => html`<p key=${at} class=${at === 0 && isTitle(segments, title) ? "title" : undefined}>${segments.map((it) => html`<${Segment} segment=${it} onPick=${onPick} />`)}</p>`),
    [cut, title],
  );
}

/** A title that was given apart from the text stands before it. */
function isTitle(segments, title) {
  return Boolean(title) && segments.map((it) => it.text).join("").trim() === title.trim();
}

function Segment({ segment, onPick }) {
  const { text, keys } = segment;
  if (!keys.length) return text;
  const pick = () => onPick(keys[0]);
  return html`
    <mark data-keys=${keys.join(" ")} role="button" tabindex="0" aria-roledescription=${say("evidence.role")}
      onClick=${pick} onKeyDown=${(event) => isPress(event) && pick()}>${text}</mark>
  `;
}

/** Enter or space, which press what says that it is a button. @param {KeyboardEvent} event */
export function isPress(event) {
  if (event.key !== "Enter" && event.key !== " ") return false;
  event.preventDefault();
  return true;
}
