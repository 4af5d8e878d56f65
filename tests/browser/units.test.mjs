/** The page's own small parts, without a browser. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const UI = new URL("../../ui/js/", import.meta.url);
const { positions } = await import(new URL("text/offsets.js", UI));
const { paragraphs } = await import(new URL("text/segments.js", UI));
const { sentences, countWords } = await import(new URL("text/sentences.js", UI));
const { difference } = await import(new URL("text/difference.js", UI));
const { guessKind } = await import(new URL("text/kind.js", UI));
const { support } = await import(new URL("text/support.js", UI));
const { en } = await import(new URL("words/en.js", UI));
const { de } = await import(new URL("words/de.js", UI));

/** Characters of all widths, and some that stick together. */
const POOL = [..."aZ9 .\n", "ä", "ß", "Å", "€", "☕", "漢", "𝕃", "👩‍🍳", "e\u0301", "\u200d", "\u{10ffff}", "\ufffd"];

/** The same numbers each time. */
function* numbers(seed) {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

test("byte offsets become positions in any Unicode", () => {
  const random = numbers(7);
  for (let round = 0; round < 300; round += 1) {
    const length = Math.floor(random.next().value * 40);
    const text = Array.from({ length }, () => POOL[Math.floor(random.next().value * POOL.length)]).join("");
    const chars = [...text];
    let [byte, unit] = [0, 0];
    const expected = new Map([[0, 0]]);
    for (const char of chars) {
      byte += Buffer.byteLength(char);
      unit += char.length;
      expected.set(byte, unit);
    }
    assert.deepEqual(positions(text, [...expected.keys()].reverse()), expected);
  }
  assert.equal(positions("€x", [1]).get(1), 0, "inside a character is its beginning");
  assert.equal(positions("ab", [9]).get(9), 2, "beyond the end is the end");
});

test("an article is cut into its own text, and nothing is lost", () => {
  const random = numbers(11);
  for (let round = 0; round < 200; round += 1) {
    const length = 1 + Math.floor(random.next().value * 60);
    const text = Array.from({ length }, () => POOL[Math.floor(random.next().value * POOL.length)]).join("");
    const bytes = Buffer.byteLength(text);
    const places = Array.from({ length: 4 }, (_, key) => {
      const [a, b] = [random.next().value, random.next().value].map((it) => Math.floor(it * bytes)).sort((x, y) => x - y);
      return { start: a, end: b, key: String(key) };
    });
    const said = paragraphs(text, places).map((it) => it.map((segment) => segment.text).join(""));
    assert.deepEqual(said, text.split(/[\r\n]+/).filter((it) => it.trim()));
  }
  const [[before, marked]] = paragraphs("Ä ☕ tea.", [{ start: 3, end: 6, key: "k" }]);
  assert.deepEqual([before.text, marked.text, marked.keys], ["Ä ", "☕", ["k"]]);
});

test("sentences of what is typed", () => {
  assert.deepEqual(sentences("Mr. Smith went. He left at 5 p.m. on Friday!  Really?"), ["Mr. Smith went.", "He left at 5 p.m. on Friday!", "Really?"]);
  assert.deepEqual(sentences("   "), []);
  assert.equal(countWords("The harbour’s 4.2 million – twice."), 5);
});

test("what differs between two texts", () => {
  const parts = difference("One same line.\nFour hundred people came.\nGone.", "One same line.\nFive hundred people came.");
  const flat = parts.flat();
  assert.deepEqual(flat.filter((it) => it.kind === "removed").map((it) => it.text.trim()), ["Four", "Gone."]);
  assert.deepEqual(flat.filter((it) => it.kind === "added").map((it) => it.text.trim()), ["Five"]);
  const words = (side) => parts.map((pieces) => pieces.filter((it) => it.kind !== side).map((it) => it.text).join("")).filter(Boolean).join("\n");
  assert.equal(words("removed"), "One same line.\nFive hundred people came.");
  assert.equal(words("added"), "One same line.\nFour hundred people came.\nGone.");
  assert.deepEqual(difference("a", "a"), [[{ kind: "same", text: "a" }]]);
});

test("kinds are guessed and levels are named", () => {
  assert.equal(guessKind("<p>Hi</p>"), "html");
  assert.equal(guessKind("# Title\n\n- one\n- two"), "markdown");
  assert.equal(guessKind("Just a < b and text."), "text");
  const level = (text, score, supported = true) => support({ text, supported, evidence: [{ score, quote: "It cost nine million, they said." }] });
  assert.equal(level("It cost nine  million.", 1), "verbatim");
  assert.equal(level("They said it cost nine million.", 1), "well", "the same words in another order");
  assert.deepEqual([level("x", 0.85), level("x", 0.6), level("x", 0.6, false), level("x", 1, null)], ["well", "partly", "none", "unchecked"]);
  assert.equal(support({ text: "x", supported: false, reasons: ["text_dropped"], evidence: [] }), "unchecked");
});

test("both languages have all words, and the code asks for no others", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [name, text] of Object.entries(en)) {
    const values = (it) => [...it.matchAll(/\{(\w+)/g)].map((match) => match[1]).sort();
    assert.deepEqual([...new Set(values(de[name]))], [...new Set(values(text))], name);
  }
  const folders = readdirSync(UI, { recursive: true }).filter((it) => it.endsWith(".js"));
  for (const file of folders) {
    const source = readFileSync(new URL(file, UI), "utf8");
    for (const [, name] of source.matchAll(/\bsay\("([^"]+)"/g)) assert.ok(name in en, `${file}: ${name}`);
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function/.test(source), `${file} makes markup of text`);
  }
});

test("every code of a refusal has plain words", () => {
  const codes = readFileSync(new URL("../../docs/refusals.md", import.meta.url), "utf8").matchAll(/^\| `(\w+)` \|/gm);
  const missing = [...codes].map((it) => it[1]).filter((code) => !(`refused.${code}` in en));
  assert.deepEqual(missing, []);
});
