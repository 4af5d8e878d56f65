/** Fetching an article by its address, where the operator allows it. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.js";
import { call } from "../state/api.js";
import { say } from "../words/words.js";
import { Trouble } from "./trouble.js";

/** @param {{onText: (found: {text: string, kind: string, title?: string, url?: string}) => void}} props */
export function Fetch({ onText }) {
  const [allowed, setAllowed] = useState(null);
  const [url, setUrl] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    call("GET", "/v1/fetch").then(({ data }) => setAllowed(data), () => setAllowed(null));
  }, []);
  if (!allowed?.hosts?.length) return null;
  const run = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      const { data } = await call("POST", "/v1/fetch", { body: { url: url.trim() } });
      const kind = ["html", "markdown", "text"].find((it) => data[it] !== undefined);
      onText({ text: data[kind], kind, url: data.url });
    } catch (problem) {
      setTrouble(problem);
    }
    setBusy(false);
  };
  const enter = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    run();
  };
  return html`
    <div class="fetch">
      <label class="field"><span>${say("draft.url")}</span>
        <input type="url" placeholder="https://" value=${url} onInput=${(event) => setUrl(event.target.value)} onKeyDown=${enter} aria-describedby="fetch-hosts" />
      </label>
      <button type="button" disabled=${busy || !url.trim()} onClick=${run}>${say(busy ? "draft.url.busy" : "draft.url.do")}</button>
      <p id="fetch-hosts" class="hint">${say("draft.url.hosts", { hosts: allowed.hosts.join(", ") })}</p>
      <${Trouble} problem=${trouble} />
    </div>
  `;
}
