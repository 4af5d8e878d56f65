/** A place where a file may be dropped. */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { guessKind, kindOfName } from "../text/kind.js";
import { say } from "../words/words.js";

/** @param {{onFile: (file: File) => void, children: unknown}} props */
export function DropTarget({ onFile, children }) {
  const [over, setOver] = useState(false);
  const holds = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const drop = (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  const enter = (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const leave = (event) => event.currentTarget.contains(event.relatedTarget) || setOver(false);
  return html`
    <div class=${over ? "drop over" : "drop"} onDragOver=${enter} onDragLeave=${leave} onDrop=${drop}>
      ${children}
      ${over && html`<div class="drop-hint">${say("draft.drop")}</div>`}
    </div>
  `;
}

/**
 * The text of a file, decoded by its mark, by what HTML says of itself, or as UTF-8.
 * @param {File} file
 * @returns {Promise<{text: string, kind: string}|null>} nothing when it is no text
 */
export async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.subarray(0, 8000).includes(0) && !hasMark(bytes)) return null;
  const text = decode(bytes);
  return { text, kind: kindOfName(file.name) ?? guessKind(text) };
}

function hasMark(bytes) {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

function decode(bytes) {
  if (hasMark(bytes)) return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, 2048));
    const label = /charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1] ?? "windows-1252";
    return decodeAs(label, bytes);
  }
}

function decodeAs(label, bytes) {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
