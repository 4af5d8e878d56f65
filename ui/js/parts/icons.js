/** Icons, drawn with strokes so that they take the colour of the text. */
import { html } from "../html.js";

const icon = (path) => () => html`
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d=${path} /></svg>
`;

export const Mark = () => html`
  <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="M4 6h16M4 11h16M4 16h7" /><circle cx="18" cy="17" r="2.6" />
  </svg>
`;
export const Pen = icon("M4 16l.8-3.4L13.4 4l2.6 2.6-8.600 8.600L4 16z");
export const Lock = icon("M5 9h10v7H5zM7 9V6.500a3 3 0 0 1 6 0V9");
export const Unlock = icon("M5 9h10v7H5zM7 9V6.500a3 3 0 0 1 5.800-1");
export const Up = icon("M10 16V4M5 9l5-5 5 5");
export const Down = icon("M10 4v12M5 11l5 5 5-5");
export const Bin = icon("M4 6h12M8 6V4h4v2M6 6l.700 10h6.600L14 6");
export const Again = icon("M15.500 8A6 6 0 1 0 16 11.500M15.800 4v4h-4");
export const Tick = icon("M4 10.500l4 4 8-9");
export const Cross = icon("M5 5l10 10M15 5L5 15");
export const Undo = icon("M7 4L3 8l4 4M3 8h8a5 5 0 0 1 0 10H8");
export const Redo = icon("M13 4l4 4-4 4M17 8H9a5 5 0 0 0 0 10h3");
export const Plus = icon("M10 4v12M4 10h12");
