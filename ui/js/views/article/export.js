/** The digest in the formats that other systems take: copied, or as a file. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.js";
import { Trouble } from "../../parts/trouble.js";
import { address, call } from "../../state/api.js";
import { load, save } from "../../state/keep.js";
import { tell } from "../../state/store.js";
import { say } from "../../words/words.js";

const FORMATS = {
  html: ["html", "text/html"],
  markdown: ["md", "text/markdown"],
  json: ["json", "application/json"],
  "json-ld": ["jsonld", "application/ld+json"],
  "wordpress-details": ["html", "text/html"],
  "wordpress-yoast": ["html", "text/html"],
  "wordpress-rank-math": ["html", "text/html"],
};
const LABELS = { en: "English", de: "Deutsch", es: "Español", fr: "Français" };
const DEFAULTS = { format: "html", labels: "", approved: true, disclosure: false, points: false };

export function ExportTab({ desk, article }) {
  const [how, setHow] = useState(() => ({ ...DEFAULTS, ...load("export", {}) }));
  const [text, setText] = useState("");
  const [trouble, setTrouble] = useState(null);
  const change = (part) => {
    save("export", { ...how, ...part });
    setHow({ ...how, ...part });
  };
  useEffect(() => {
    let isLate = false;
    const isPlain = how.format === "json";
    const query = {
      format: how.format,
      approved: how.approved ? "true" : undefined,
      labels: isPlain ? undefined : how.labels,
      disclosure: how.disclosure && !isPlain ? "true" : undefined,
      summary_style: how.points && !isPlain ? "points" : undefined,
    };
    call("GET", address(`${desk.path}/digest`, query), { as: "text", headers: { Accept: "*/*" } }).then(
      ({ data }) => isLate || (setText(isPlain ? indent(data) : data), setTrouble(null)),
      (problem) => isLate || setTrouble(problem),
    );
    return () => {
      isLate = true;
    };
  }, [desk, article.revision, how]);
  const copy = () => navigator.clipboard.writeText(text).then(
    () => tell(say("export.copied")),
    () => tell(say("export.copy.failed"), { kind: "bad" }),
  );
  const tick = (name, label) => html`<label class="tick"><input type="checkbox" checked=${how[name]} onChange=${(event) => change({ [name]: event.target.checked })} /> ${label}</label>`;
  return html`
    <div class="page">
      <fieldset class="options"><legend class="unseen">${say("tab.export")}</legend>
        <label class="field"><span>${say("export.format")}</span>
          <select value=${how.format} onChange=${(event) => change({ format: event.target.value })}>
            ${Object.keys(FORMATS).map((name) => html`<option value=${name}>${say(`format.${name}`)}</option>`)}
          </select>
        </label>
        <label class="field"><span>${say("export.labels")}</span>
          <select value=${how.labels} onChange=${(event) => change({ labels: event.target.value })}>
            <option value="">${say("export.labels.default")}</option>
            ${Object.entries(LABELS).map(([code, name]) => html`<option value=${code}>${name}</option>`)}
          </select>
        </label>
        <div class="ticks">${tick("approved", say("export.approved"))}${tick("points", say("export.points"))}${tick("disclosure", say("export.disclosure"))}</div>
      </fieldset>
      <${Trouble} problem=${trouble} />
      <label class="field"><span class="unseen">${say("export.text")}</span>
        <textarea class="code printed" readonly rows="18" value=${text}></textarea>
      </label>
      ${!text.trim() && !trouble && html`<p class="hint">${say("export.empty")}</p>`}
      <div class="actions">
        <button class="main" onClick=${copy}>${say("export.copy")}</button>
        <button data-tool="download" onClick=${() => download(text, how.format, article)}>${say("export.download")}</button>
      </div>
    </div>
  `;
}

function indent(json) {
  try {
    return `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
  } catch {
    return json;
  }
}

function download(text, format, article) {
  const [ending, type] = FORMATS[format];
  const name = (article.title || article.external_id || "digest").replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
  saveFile(`${name.replace(/^-|-$/g, "").toLowerCase() || "digest"}.${ending}`, text, type);
}

/** @param {string} name @param {string} text @param {string} type */
export function saveFile(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
