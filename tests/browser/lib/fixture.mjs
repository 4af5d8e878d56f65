/** Articles of our own, and those that may only be read where somebody has them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

export const PIER = { html: read("article.html"), title: "Ferry pier at Lindholm reopens after two winters" };
/** The same as plain text, title first. */
export const PIER_TEXT = PIER.html
  .replace(/^[\s\S]*<article>|<\/article>[\s\S]*$/g, "")
  .replace(/<\/(p|h1)>/g, "\n")
  .replace(/<[^>]+>/g, "")
  .replace(/\n\s*\n?/g, "\n\n")
  .trim();

/** Its body, without the title. */
export const PIER_BODY = PIER_TEXT.slice(PIER_TEXT.indexOf("\n")).trim();

/** The seed article, where its folder is named. */
export function seed() {
  const folder = process.env.AFTERWORD_TEST_SEED;
  const path = folder && join(folder, "article.txt");
  return path && existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** Strings that try to run something: ours, and more where their folder is named. */
export function payloads() {
  const folder = process.env.AFTERWORD_TEST_EVALDATA;
  const path = folder && join(folder, "adversarial.dev.jsonl");
  const ours = read("payloads.txt").split("\n").filter((line) => line && !line.startsWith("#"));
  if (!path || !existsSync(path)) return ours;
  const rows = readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return [...ours, ...rows.filter((row) => row.kind === "html_js_payload").map((row) => row.text)];
}
