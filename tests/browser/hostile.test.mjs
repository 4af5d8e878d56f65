/**
 * Strings that run something where a page takes text for markup: as title, text, tag,
 * question and answer. Nothing runs, and the security policy has nothing to stop.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { draft, launch, visit } from "./lib/browser.mjs";
import { PIER_BODY, payloads } from "./lib/fixture.mjs";
import { Service, until } from "./lib/service.mjs";

let service;
let browser;
before(async () => {
  service = await Service.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

/** Words as the service keeps them: on one line. */
const onOneLine = (words) => words.trim().split(/\s+/).join(" ");

/** An item's text as it is shown, without what is said of its sentences. */
const shownOf = (page, id) => page.locator(`[id="item-${id}"] :is(.sentence, .phrase)`).evaluateAll((all) => all.map((it) => it.firstChild.textContent));

const send = (method, path, body) => fetch(service.url + path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

test("nothing of an article or an edit runs", async (t) => {
  const strings = payloads();
  if (!process.env.AFTERWORD_TEST_EVALDATA) t.diagnostic("AFTERWORD_TEST_EVALDATA names no folder: these are our own strings only");
  const { page, wrong } = await visit(browser, service.url);
  // As title and text, by hand.
  const text = `${PIER_BODY}\n\n${strings.map((it) => `The sign said ${it} to all who passed.`).join("\n\n")}`;
  const url = await draft(page, { title: strings[0], body: text });
  const id = decodeURIComponent(url.split("/").at(-1));
  // What is shown is what was read, to the letter.
  const shown = await page.locator(".side-article > p").allTextContents();
  const source = (await (await fetch(`${service.url}/v1/articles/${id}/source`)).json()).text;
  assert.deepEqual(shown, source.split(/[\r\n]+/).filter((it) => it.trim()));
  assert.ok(shown.join("\n").includes("<img src=x onerror="));
  const elements = await page.locator("main :is(script, iframe, img, svg circle, object, embed, style, link, base, math)").count();
  assert.equal(elements, 0);
  // As question, answer, tag and topic: many at once over the API, then shown in every tab.
  const { items } = await (await fetch(`${service.url}/v1/articles/${id}`)).json();
  const pair = items.find((it) => it.kind === "pair");
  const tags = [];
  for (const it of strings) {
    const added = await send("POST", `/v1/articles/${id}/items`, { kind: "related", text: it });
    assert.ok(added.status < 500, `${added.status} ${it}`);
    if (!added.ok) continue;
    const tag = added.headers.get("Location").split("/").at(-1);
    assert.equal((await added.json()).items.find((item) => item.id === tag).text, onOneLine(it));
    tags.push([tag, onOneLine(it)]);
  }
  assert.ok(tags.length >= 10, `${tags.length} tags were taken`);
  await page.reload();
  await page.locator(".of-related .item").first().waitFor();
  for (const [tag, words] of tags) assert.deepEqual(await shownOf(page, tag), [words]);
  for (let at = 0; at < strings.length; at += 3) {
    const answer = strings.slice(at, at + 3).join(" ");
    const edited = await send("PATCH", `/v1/articles/${id}/items/${pair.id}`, { question: `${strings[at]}?`, text: answer });
    assert.ok(edited.status < 500, `${edited.status} ${answer}`);
    await page.goto(`${url}/check`);
    await page.reload();
    await page.locator(".of-pair .item").first().waitFor();
    const stored = (await (await fetch(`${service.url}/v1/articles/${id}`)).json()).items.find((it) => it.id === pair.id);
    assert.equal(await page.locator(`[id="q-${pair.id}"]`).textContent(), stored.question);
    assert.deepEqual(await shownOf(page, pair.id), stored.sentences?.map((it) => it.text) ?? [stored.text]);
    if (!edited.ok) continue;
    assert.deepEqual([stored.question, stored.text], [onOneLine(`${strings[at]}?`), onOneLine(answer)]);
    assert.equal((await shownOf(page, pair.id)).join(" ").replace(/\s/g, ""), stored.text.replace(/\s/g, ""));
  }
  for (const tab of ["preview", "export", "versions", "ledger"]) {
    await page.goto(`${url}/${tab}`);
    await page.waitForTimeout(150);
  }
  // Each as the title of an article of its own: in the list, and as the heading of the last one.
  let last;
  for (const [at, title] of strings.entries()) {
    const sent = await fetch(`${service.url}/v1/digests`, { method: "POST", headers: { "Content-Type": "application/json", Prefer: "wait=20" }, body: JSON.stringify({ title, text: PIER_BODY, external_id: `title-${at}` }) });
    assert.ok(sent.status < 500, `${sent.status} ${title}`);
    if (sent.status !== 200) continue;
    // The article has its title once the digest is merged.
    const named = await until(() => service.get(`/v1/articles?external_id=title-${at}`), (it) => it.articles[0]?.version);
    last = named.articles[0];
    assert.equal(last.title, onOneLine(title));
  }
  await page.goto(`${service.url}/#/queue`);
  await page.waitForFunction((n) => document.querySelectorAll(".queue li").length >= n, Math.min(45, strings.length));
  const listed = (await (await fetch(`${service.url}/v1/articles?limit=50`)).json()).articles;
  assert.deepEqual(await page.locator(".queue a").allTextContents(), listed.map((it) => it.title));
  await page.goto(`${service.url}/#/article/${last.id}`);
  await page.locator(".of-pair .item").first().waitFor();
  assert.equal(await page.locator("h1").textContent(), last.title);
  await page.goto(`${service.url}/#/article/${last.id}/preview`);
  await page.locator(".preview-title").waitFor();
  assert.equal(await page.locator(".preview-title").textContent(), last.title);
  // Typed into the editor by hand.
  await page.goto(`${url}/check`);
  await page.locator(".of-pair .item").first().getByRole("button", { name: /^Edit/ }).click();
  for (const it of strings.slice(0, 8)) {
    await page.getByLabel("Answer").fill(it);
    await page.waitForTimeout(30);
  }
  await page.goto(`${service.url}/#/queue`);
  await page.locator(".queue li").first().waitFor();
  await page.waitForTimeout(200);
  assert.equal(await page.title(), "Afterword");
  assert.deepEqual(wrong, []);
});

test("the page is strict: its headers, and what it is made of", async () => {
  const answer = await fetch(service.url);
  const policy = answer.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|https?:|\*/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
  const again = await fetch(service.url, { headers: { "If-None-Match": answer.headers.get("etag") } });
  assert.equal(again.status, 304);
  const { page, context, wrong } = await visit(browser, service.url);
  await context.clearCookies();
  const bytes = [];
  page.on("response", async (response) => bytes.push((await response.request().sizes()).responseBodySize));
  await page.reload({ waitUntil: "networkidle" });
  const sum = bytes.reduce((a, b) => a + b, 0);
  assert.ok(sum < 150_000, `${sum} bytes`);
  // What would be markup is refused by the browser itself.
  const refused = await page.evaluate(() => {
    try {
      document.createElement("p").innerHTML = "<b>x</b>";
      return false;
    } catch {
      return true;
    }
  });
  assert.ok(refused);
  assert.equal(wrong.filter((it) => !/trusted-types|TrustedHTML/i.test(it)).length, 0, wrong.join());
});
