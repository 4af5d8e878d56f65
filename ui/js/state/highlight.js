/**
 * Sentences and their evidence point at each other: whatever is hovered or focused lights up
 * with all that belongs to it. Elements say what they belong to in `data-keys`.
 */

/** Milliseconds of rest before the other side is scrolled to what is hovered. */
const REST = 220;

export class Highlighter {
  /** @param {HTMLElement} root holds both columns */
  constructor(root) {
    this.root = root;
    this.timer = undefined;
    this.handlers = {
      pointerover: (event) => this.enter(event.target, REST),
      pointerout: (event) => this.leave(event.relatedTarget),
      focusin: (event) => this.enter(event.target, 0),
      focusout: (event) => this.leave(event.relatedTarget),
    };
    for (const [name, handler] of Object.entries(this.handlers)) root.addEventListener(name, handler);
  }

  stop() {
    clearTimeout(this.timer);
    for (const [name, handler] of Object.entries(this.handlers)) this.root.removeEventListener(name, handler);
  }

  enter(target, delay) {
    const element = target.closest?.("[data-keys]");
    if (!element || !this.root.contains(element)) return;
    const keys = keysOf(element);
    this.light(keys);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reveal(element, keys), delay);
  }

  leave(to) {
    if (to?.closest?.("[data-keys]")) return;
    clearTimeout(this.timer);
    // What has the focus keeps its light when the pointer goes.
    const focused = document.activeElement?.closest("[data-keys]");
    if (focused && this.root.contains(focused)) this.light(keysOf(focused));
    else this.light([]);
  }

  /** @param {string[]} keys */
  light(keys) {
    for (const element of this.root.querySelectorAll(".lit")) element.classList.remove("lit");
    for (const element of this.find(keys)) element.classList.add("lit");
  }

  /** @param {string[]} keys */
  find(keys) {
    const selector = keys.map((key) => `[data-keys~="${CSS.escape(key)}"]`).join(",");
    return selector ? [...this.root.querySelectorAll(selector)] : [];
  }

  /** Scrolls the other side's pane, if it is one, to where the light is. */
  reveal(element, keys) {
    const here = element.closest("[data-side]");
    const other = this.find(keys).find((it) => it.closest("[data-side]") !== here);
    const pane = other?.closest("[data-side]");
    if (pane && pane.scrollHeight > pane.clientHeight + 1) scrollWithin(pane, other);
  }
}

/** @param {Element} element */
export function keysOf(element) {
  return (element.getAttribute("data-keys") ?? "").split(" ").filter(Boolean);
}

/** Scrolls `pane`, and nothing around it, until `element` can be seen. */
export function scrollWithin(pane, element) {
  const [outer, inner] = [pane.getBoundingClientRect(), element.getBoundingClientRect()];
  if (inner.top >= outer.top + 8 && inner.bottom <= outer.bottom - 8) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = pane.scrollTop + inner.top - outer.top - outer.height / 3;
  pane.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
}
