/** A drawer at the side. The browser keeps the focus inside and closes it with Escape. */
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { say } from "../words/words.js";
import { Cross } from "./icons.js";

/** @param {{title: string, onClose: () => void, children: unknown}} props */
export function Drawer({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    dialog.current.showModal();
    return () => dialog.current?.close();
  }, []);
  const outside = (event) => event.target === dialog.current && onClose();
  return html`
    <dialog class="drawer" ref=${dialog} aria-labelledby="drawer-title" onClose=${onClose} onClick=${outside}>
      <div class="drawer-body">
        <header><h2 id="drawer-title">${title}</h2>
          <button class="icon-button" aria-label=${say("check.close")} onClick=${onClose}><${Cross} /></button>
        </header>
        ${children}
      </div>
    </dialog>
  `;
}
