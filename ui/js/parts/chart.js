/** Charts small enough to be drawn by hand: a line over time, and bars with their names. */
import { html } from "../html.js";
import { number } from "../words/words.js";

const [WIDTH, HEIGHT] = [640, 130];

/**
 * A line over time, with its last and its highest value in words.
 * @param {{points: {at: number, value: number}[], label: string, unit: string}} props `at` in milliseconds
 */
export function Line({ points, label, unit }) {
  const top = Math.max(1, ...points.map((it) => it.value));
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 1];
  const x = (at) => ((at - first) / Math.max(1, last - first)) * WIDTH;
  const y = (value) => HEIGHT - 6 - (value / top) * (HEIGHT - 16);
  const path = points.map((it, i) => `${i ? "L" : "M"}${x(it.at).toFixed(1)} ${y(it.value).toFixed(1)}`).join("");
  const now = points.at(-1)?.value ?? 0;
  const round = (value) => number(value, { maximumFractionDigits: value < 10 ? 1 : 0 });
  return html`
    <figure class="chart">
      <figcaption>${label} <strong>${round(now)} ${unit}</strong></figcaption>
      <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`${label}: ${round(now)} ${unit}`} preserveAspectRatio="none">
        <path class="grid" d=${`M0 ${y(top)}H${WIDTH}M0 ${y(top / 2)}H${WIDTH}M0 ${y(0)}H${WIDTH}`} />
        ${points.length > 1 && html`<path class="area" d=${`${path}L${WIDTH} ${y(0)}L0 ${y(0)}Z`} /><path class="line" d=${path} />`}
      </svg>
      <span class="hint chart-top">${round(top)}</span>
    </figure>
  `;
}

/** @param {{rows: {name: string, value: number}[], label: string}} props */
export function Bars({ rows, label }) {
  const top = Math.max(1, ...rows.map((it) => it.value));
  return html`
    <table class="bars"><caption class="unseen">${label}</caption>
      <tbody>
        ${rows.map((it) => html`
          <tr><th scope="row">${it.name}</th>
            <td><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width=${(it.value / top) * 100} height="8" rx="1" /></svg></td>
            <td class="figure">${number(it.value)}</td></tr>
        `)}
      </tbody>
    </table>
  `;
}
