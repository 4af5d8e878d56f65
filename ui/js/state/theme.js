/** Light, dark, or as the system has it. */
import { load, save } from "./keep.js";
import { Shared } from "./store.js";

export const THEMES = ["auto", "light", "dark"];
export const theme = new Shared(load("theme", "auto"));

/** Has the style sheet follow the choice. */
export function applyTheme() {
  document.documentElement.dataset.theme = theme.value;
}

/** @param {string} name */
export function choose(name) {
  save("theme", name);
  theme.set(name);
  applyTheme();
}
