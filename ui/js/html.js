/**
 * The template tag of all views. Values become text nodes and attributes, never markup.
 */
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
