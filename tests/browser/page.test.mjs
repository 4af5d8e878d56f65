/** What an editor does, from the article to its approved digest. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { draft, launch, shoot, visit } from "./lib/browser.mjs";
import { PIER, PIER_BODY, seed } from "./lib/fixture.mjs";
import { Service, until } from "./lib/service.mjs";

let service;
/** Takes jobs in, and does none. */
let idle;
let browser;
before(async () => {
  service = await Service.start({ config: "[store]\nkeep_article_hours = 24\n" });
  idle = await Service.start({ args: ["--engine", "extractive", "--no-worker"] });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await idle?.stop();
  await service?.stop();
});

/** A page with the article drafted. */
async function drafted(how, count) {
  const seen = await visit(browser, service.url, how);
  const url = await draft(seen.page, { title: PIER.title, body: PIER_BODY, count });
  return { ...seen, url, id: decodeURIComponent(url.split("/").at(-1)) };
}

const answers = (page) => page.locator(".of-pair .item");
const article = (id) => service.get(`/v1/articles/${id}`);

test("a draft: typed text outlives a reload, and what was sent is no draft any more", async () => {
  const { page, wrong } = await visit(browser, service.url);
  await page.fill("#headline", PIER.title);
  await page.fill("#body", PIER.html);
  await page.getByText("HTML", { exact: true }).click();
  await page.getByLabel("Questions").fill("4");
  await page.reload();
  assert.equal(await page.inputValue("#body"), PIER.html.replace(/\r/g, ""));
  assert.equal(await page.inputValue("#headline"), PIER.title);
  assert.match(await page.textContent(".count"), /\d{3} words/);
  await shoot(page, "draft");
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  await page.waitForSelector(".workspace");
  assert.ok((await answers(page).count()) >= 1);
  assert.ok((await answers(page).count()) <= 4);
  await page.goto(`${service.url}/#/draft`);
  await page.waitForSelector("#body");
  assert.equal(await page.inputValue("#body"), "");
  assert.deepEqual(wrong, []);
});

/** What the stream of a draft in work has told so far. */
function streamOf(items) {
  const refused = { kind: "question", text: "Who asked?", reason: "duplicate" };
  const told = [["status", { status: "leased" }], ["stage", { stage: "generate" }], ["refused", refused], ...items.map((it) => ["item", it])];
  return told.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");
}

test("items appear one after another, as they are verified", async () => {
  const { page, context, wrong } = await visit(browser, idle.url);
  const pair = { question: "What did the repair cost?", answer: { text: "The repair cost €4.2 million.", sentences: [] } };
  const items = [{ kind: "topic", text: "Ferry pier at Lindholm" }, { kind: "pair", pair }, { kind: "related", text: "Nordkaj" }];
  // A stream that has told so much breaks off, is opened again, and tells what there is then.
  let most = 1;
  await page.route("**/events", (route) => route.fulfill({ contentType: "text/event-stream", body: streamOf(items.slice(0, most)) }));
  await page.fill("#body", PIER_BODY);
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  const coming = page.locator(".coming > li");
  for (const [at, words] of ["Ferry pier at Lindholm", "What did the repair cost?", "Nordkaj"].entries()) {
    most = at + 1;
    await coming.nth(at).waitFor();
    assert.equal(await coming.count(), most);
    assert.ok((await coming.nth(at).textContent()).includes(words), words);
    await page.locator(".progress", { hasText: `${most} verified, 1 refused` }).waitFor();
  }
  await shoot(page, "progress");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
  assert.deepEqual(wrong, []);
});

test("options: reached by keyboard, kept for the next draft, and what was asked for comes", async () => {
  const { page, wrong } = await visit(browser, service.url);
  await page.waitForSelector(".author");
  assert.match(await page.textContent(".author"), /without a model/);
  await page.fill("#headline", PIER.title);
  await page.fill("#body", PIER_BODY);
  await page.getByLabel("Words per answer").focus();
  await page.keyboard.press("Tab");
  // A key chooses, as in every list of a form.
  await page.keyboard.type("Key");
  // By the label's own words: its text has those of the list in it too.
  const list = (label) => page.locator("label.field", { has: page.getByText(label, { exact: true }) }).locator("select");
  const chosen = (label) => list(label).inputValue();
  assert.equal(await chosen("Summary"), "key-points");
  await list("Tone").selectOption("formal");
  await list("Language of the article").selectOption("en");
  await page.reload();
  assert.deepEqual([await chosen("Summary"), await chosen("Tone"), await chosen("Reading level")], ["key-points", "formal", "default"]);
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  await page.waitForSelector(".workspace");
  assert.ok((await page.locator(".of-summary ul.said li").count()) >= 2, "the points are a list");
  const id = decodeURIComponent(page.url().split("/").at(-1));
  const { items } = await article(id);
  assert.equal(items.find((it) => it.kind === "summary").summary_form, "key-points");
  const printed = await fetch(`${service.url}/v1/articles/${id}/digest?format=html`);
  assert.match(await printed.text(), /Key points/);
  // The options are kept, what was known of the article is not.
  await page.goto(`${service.url}/#/draft`);
  await page.waitForSelector("#body");
  assert.deepEqual([await chosen("Summary"), await chosen("Tone")], ["key-points", "formal"]);
  assert.equal(await chosen("Language of the article"), "auto");
  assert.deepEqual(wrong, []);
});

test("files are chosen and dropped, in any charset, and what is pasted with markup is offered as HTML", async () => {
  const { page, wrong } = await visit(browser, service.url);
  const body = () => page.inputValue("#body");
  const latin = Buffer.from('<meta charset="iso-8859-1"><p>Caf\xe9 in H\xe4ll\xf6</p>', "latin1");
  await page.setInputFiles("input[type=file]", { name: "story.html", mimeType: "text/html", buffer: latin });
  await page.waitForFunction(() => document.querySelector("#body").value.includes("Café in Hällö"));
  assert.ok(await page.getByLabel("HTML", { exact: true }).isChecked());
  await page.setInputFiles("input[type=file]", { name: "image.png", mimeType: "image/png", buffer: Buffer.from([137, 80, 78, 71, 0, 0, 1]) });
  await page.getByRole("alert").waitFor();
  assert.match(await body(), /Café/, "what was there stays");
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await body(), "");
  await page.getByRole("button", { name: "Undo" }).click();
  assert.match(await body(), /Café/);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["# Ferry\n\n- one\n- two\n"], "story.md", { type: "text/markdown" }));
    const event = (name) => new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true });
    const place = document.querySelector(".drop");
    place.dispatchEvent(event("dragover"));
    place.dispatchEvent(event("drop"));
  });
  await page.waitForFunction(() => document.querySelector("#body").value.startsWith("# Ferry"));
  assert.ok(await page.getByLabel("Markdown").isChecked());
  await page.fill("#body", "");
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "A story.");
    data.setData("text/html", "<p>A <b>story</b>.</p>");
    document.querySelector("#body").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  assert.equal(await body(), "A story.");
  await page.getByRole("button", { name: "Take its HTML instead" }).click();
  assert.equal(await body(), "<p>A <b>story</b>.</p>");
  assert.deepEqual(wrong, []);
});

test("evidence: each side lights up the other, by pointer and by keyboard", async () => {
  const { page, wrong } = await drafted();
  const sentences = page.locator(".side-digest .sentence");
  const said = await sentences.evaluateAll((all) => all.map((it) => ({ text: it.firstChild.textContent, level: it.querySelector(".level").textContent.trim() })));
  assert.ok(said.length > 4);
  for (const { level } of said) assert.match(level, /word for word|well supported|supported in part/);
  const lit = () => page.locator(".side-article mark.lit").evaluateAll((all) => all.map((it) => it.textContent).join(""));
  // The extractive author copies sentences, so that the evidence is the sentence itself.
  for (const at of [0, 3]) {
    await sentences.nth(at).hover();
    assert.ok((await lit()).includes(said[at].text.split(" ").slice(0, 4).join(" ")), `${said[at].text} ≠ ${await lit()}`);
  }
  await sentences.nth(1).hover();
  await shoot(page, "check");
  await page.locator(".brand").hover();
  assert.equal(await lit(), "");
  // The other way round.
  const mark = page.locator(".side-article mark").nth(2);
  const marked = await mark.textContent();
  await mark.hover();
  const answering = await page.locator(".side-digest .lit").evaluateAll((all) => all.map((it) => it.textContent).join(" "));
  assert.ok(answering.includes(marked.split(" ").slice(0, 3).join(" ")), `${marked} ≠ ${answering}`);
  // By keyboard: from the sentence to its evidence, and back.
  await sentences.nth(1).focus();
  assert.notEqual(await lit(), "");
  await page.keyboard.press("Enter");
  assert.ok(await page.locator(".evidence blockquote").first().isVisible());
  await page.locator(".side-article mark").nth(1).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.classList.contains("sentence"));
  // Umlauts, euros and emoji do not move anything: marks begin and end at whole sentences.
  const marks = await page.locator(".side-article mark").evaluateAll((all) => all.map((it) => it.textContent));
  for (const text of marks) assert.match(text, /^[\p{Lu}“𝕃].*[.”]$/su, text);
  assert.deepEqual(wrong, []);
});

test("refused drafts stand in a drawer with plain reasons", async () => {
  const { page, wrong } = await drafted();
  await page.getByRole("button", { name: /\d+ refused/ }).click();
  const drawer = page.getByRole("dialog");
  await drawer.waitFor();
  for (const reason of await drawer.locator(".reason").allTextContents()) assert.match(reason, /^[A-Z][^_]+$/);
  await shoot(page, "refused");
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  assert.deepEqual(wrong, []);
});

test("an edit is checked as it is typed, and outlives the service being killed", async () => {
  const { page, id, wrong } = await drafted();
  const first = answers(page).first();
  await first.getByRole("button", { name: /^Edit/ }).click();
  const box = page.getByLabel("Answer");
  await box.fill("The repair cost €9.9 million. Västkust Insurance paid €900,000 of the repair.");
  await page.locator(".checks .is-none").waitFor();
  assert.match(await page.textContent(".checks .is-none"), /not supported/);
  await page.waitForFunction(() => document.querySelectorAll(".checks .is-verbatim, .checks .is-well").length === 1);
  await page.locator(".editor").evaluate((it) => it.scrollIntoView({ block: "end" }));
  await shoot(page, "edit");
  await service.kill();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  await service.run();
  await page.reload();
  assert.equal(await page.getByLabel("Answer").inputValue(), "The repair cost €9.9 million. Västkust Insurance paid €900,000 of the repair.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".editor").waitFor({ state: "detached" });
  await service.kill();
  await service.run();
  await page.reload();
  await page.locator(".sentence.is-none").first().waitFor();
  assert.equal((await article(id)).items.find((it) => it.kind === "pair" && it.position === 0).text, "The repair cost €9.9 million. Västkust Insurance paid €900,000 of the repair.");
  assert.deepEqual(wrong, []);
});

test("to write one item again leaves the others as they are, byte for byte", async () => {
  // Fewer than the article gives, so that there is something else to say.
  const { page, id, wrong } = await drafted({}, 3);
  const before = await article(id);
  const second = (await answers(page).nth(1).getAttribute("id")).replace("item-", "");
  const again = () => answers(page).nth(1).getByRole("button", { name: /^Write again/ }).click();
  const words = (it) => it.items.filter((item) => item.id === second).map(({ question, text }) => ({ question, text }))[0];
  const others = (it) => it.items.filter((item) => item.id !== second).map((item) => JSON.stringify(item));
  await again();
  const now = await until(() => article(id), (it) => it.revision > before.revision);
  assert.notDeepEqual(words(now), words(before));
  assert.deepEqual(others(now), others(before));
  // Undone, the words are back; the others are still as they were.
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  const undone = await until(() => article(id), (it) => it.revision > now.revision);
  assert.deepEqual(words(undone), words(before));
  assert.deepEqual(others(undone), others(before));
  // Now a person wrote it: it goes only when a person says so.
  await again();
  await page.getByRole("button", { name: "Do it anyway" }).click();
  const anyway = await until(() => article(id), (it) => it.revision > undone.revision);
  assert.deepEqual(others(anyway), others(before));
  assert.deepEqual(wrong, []);
});

test("a related topic is written again as well", async () => {
  const { page, id, wrong } = await drafted();
  const first = page.locator(".of-related .item").first();
  // Where a person wrote something else, the article's own words are there to be had.
  await first.getByRole("button", { name: /^Edit/ }).click();
  await page.locator(".editor textarea").fill("Winter storms");
  await page.locator(".checks .is-unchecked").waitFor();
  assert.match(await page.textContent(".checks"), /not checked/, "a phrase is checked when it is saved");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".editor").waitFor({ state: "detached" });
  const before = await article(id);
  const at = before.items.findIndex((it) => it.text === "Winter storms");
  await first.getByRole("button", { name: /^Write again/ }).click();
  await page.getByRole("button", { name: "Do it anyway" }).click();
  const now = await until(() => article(id), (it) => it.revision > before.revision);
  assert.equal(now.items[at].id, before.items[at].id);
  assert.notEqual(now.items[at].text, "Winter storms");
  const others = (it) => it.items.toSpliced(at, 1).map((item) => JSON.stringify(item));
  assert.deepEqual(others(now), others(before));
  assert.deepEqual(wrong, []);
});

test("lock, reorder, delete, ask; and all of it undone and done again", async () => {
  const { page, id, wrong } = await drafted();
  const order = async () => (await article(id)).items.filter((it) => it.kind === "pair").sort((a, b) => a.position - b.position).map((it) => it.question);
  const undo = page.getByRole("button", { name: "Undo", exact: true });
  const redo = page.getByRole("button", { name: "Redo", exact: true });
  const settled = () => page.waitForSelector(".article-view[aria-busy=false]");
  // Kept by the service, and on the page: what is clicked next is what stands there then.
  const shown = () => page.locator(".of-pair .item > h3").allTextContents();
  const becomes = async (wanted) => {
    for (const look of [order, shown]) await until(look, (it) => JSON.stringify(it) === JSON.stringify(wanted));
    await settled();
  };
  const start = await order();
  await answers(page).first().getByRole("button", { name: /^Move down/ }).click();
  await becomes([start[1], start[0], ...start.slice(2)]);
  await undo.click();
  await becomes(start);
  await redo.click();
  await becomes([start[1], start[0], ...start.slice(2)]);
  await page.keyboard.press("Control+z");
  await becomes(start);
  await answers(page).first().getByRole("button", { name: /^Delete/ }).click();
  await becomes(start.slice(1));
  await undo.click();
  await becomes(start);
  await answers(page).first().getByRole("button", { name: /^Lock/ }).click();
  await page.locator(".badge", { hasText: "Locked" }).waitFor();
  assert.ok(await answers(page).first().getByRole("button", { name: /^Edit/ }).isDisabled());
  await settled();
  // A question of one's own: answered from the article, or refused in words.
  await page.getByLabel("A question of your own").fill("How much did the repair of the ferry pier at Lindholm cost?");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.waitForFunction((n) => document.querySelectorAll(".of-pair .item").length > n || document.querySelector(".ask .trouble"), start.length);
  const trouble = page.locator(".ask .trouble");
  if (await trouble.count()) assert.match(await trouble.textContent(), /does not answer/);
  await page.getByLabel("A question of your own").fill("Who won the chess tournament in Reykjavik in 1972?");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.locator(".ask .trouble").waitFor();
  assert.match(await page.textContent(".ask .trouble"), /does not answer/);
  // Another question in an item's place: refused, and what was typed stays.
  await answers(page).nth(1).getByRole("button", { name: /^Edit/ }).click();
  await page.getByLabel("Question", { exact: true }).fill("Who won the chess tournament in Reykjavik in 1972?");
  await page.getByRole("button", { name: "Ask this instead" }).click();
  await page.locator(".editor .trouble").waitFor();
  assert.match(await page.textContent(".editor .trouble"), /does not answer/);
  assert.match(await page.getByLabel("Question", { exact: true }).inputValue(), /chess/);
  assert.deepEqual(wrong, []);
});

test("two editors: what the other changed is not overwritten without a word", async () => {
  const { page, id, wrong } = await drafted();
  await answers(page).first().getByRole("button", { name: /^Edit/ }).click();
  await page.getByLabel("Answer").fill("Nobody was hurt.");
  const item = (await article(id)).items.find((it) => it.kind === "pair" && it.position === 0);
  const patch = (body) => fetch(`${service.url}/v1/articles/${id}/items/${item.id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal((await patch({ text: "The old planks were sold at auction in Varberg." })).status, 200);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  assert.match(await page.textContent("[role=alert]"), /Somebody else/);
  assert.equal(await page.getByLabel("Answer").inputValue(), "Nobody was hurt.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".editor").waitFor({ state: "detached" });
  assert.equal((await article(id)).items.find((it) => it.id === item.id).text, "Nobody was hurt.");
  // What somebody else did elsewhere in the article is no reason to refuse.
  const other = (await article(id)).items.find((it) => it.kind === "related");
  await fetch(`${service.url}/v1/articles/${id}/items/${other.id}`, { method: "DELETE" });
  await answers(page).first().getByRole("button", { name: /^Lock/ }).click();
  await page.locator(".badge", { hasText: "Locked" }).waitFor();
  assert.deepEqual(wrong, []);
});

test("approved, exported in every format, and told in the ledger", async () => {
  const { page, url, id, context, wrong } = await drafted({ permissions: ["clipboard-read", "clipboard-write"] });
  await answers(page).first().getByRole("button", { name: /^Reject/ }).click();
  await page.locator(".review-rejected").waitFor();
  await page.getByRole("button", { name: "Approve all" }).click();
  await page.locator(".badge.state-approved").waitFor();
  const { items, state } = await article(id);
  assert.equal(state, "approved");
  const pairs = items.filter((it) => it.kind === "pair").sort((a, b) => a.position - b.position);
  assert.deepEqual(pairs.map((it) => it.review).slice(0, 2), ["rejected", "approved"]);
  await page.goto(`${url}/preview`);
  await page.locator(".preview-digest").waitFor();
  await shoot(page, "preview");
  assert.ok(!(await page.textContent(".preview-digest")).includes(pairs[0].question));
  await page.goto(`${url}/export`);
  for (const format of ["HTML", "Markdown", "JSON, with evidence", "JSON-LD", "WordPress blocks", "WordPress, Yoast", "WordPress, Rank Math"]) {
    await page.getByLabel("Format").selectOption({ label: format });
    await page.waitForFunction(() => document.querySelector(".printed").value.length > 40);
    await page.waitForTimeout(150);
    const printed = await page.inputValue(".printed");
    assert.ok(printed.includes(pairs[1].question.slice(0, 12)), `${format}: ${printed.slice(0, 200)}`);
    assert.ok(!printed.includes(pairs[0].question), format);
  }
  await page.getByLabel("Format").selectOption({ label: "Markdown" });
  await page.waitForFunction(() => document.querySelector(".printed").value.startsWith("<!-- afterword:begin"));
  await shoot(page, "export");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download", exact: true }).click()]);
  assert.match(file.suggestedFilename(), /\.md$/);
  assert.equal(readFileSync(await file.path(), "utf8"), await page.inputValue(".printed"));
  await page.getByRole("button", { name: "Copy" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.inputValue(".printed"));
  await page.goto(`${url}/ledger`);
  await page.waitForFunction(() => document.querySelectorAll(".ledger tbody tr").length >= 3);
  await shoot(page, "ledger");
  await context.close();
  assert.deepEqual(wrong, []);
});

test("a newer text: what was edited is kept and said to be stale, and what fell is shown", async () => {
  const { page, url, wrong } = await drafted();
  const kept = answers(page).filter({ hasText: "27 votes" }).first();
  const target = (await kept.count()) ? kept : answers(page).first();
  await target.getByRole("button", { name: /^Edit/ }).click();
  await page.getByLabel("Answer").fill("Halland County Council approved the loan in March by 27 votes to 22.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".editor").waitFor({ state: "detached" });
  await page.goto(`${url}/versions`);
  await page.getByRole("button", { name: "Send a newer text" }).click();
  await page.waitForSelector("#body");
  const older = await page.inputValue("#body");
  assert.ok(older.includes("27 votes to 22"));
  await page.fill("#body", older.replace("by 27 votes to 22", "by 31 votes to 18"));
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  await page.waitForSelector(".workspace");
  assert.equal(page.url(), url, "the same article");
  await page.locator(".badge.state-stale").waitFor();
  await page.locator(".item.is-stale").first().waitFor();
  await shoot(page, "stale");
  await page.getByRole("link", { name: "Show what changed" }).click();
  await page.locator(".difference ins").first().waitFor();
  assert.match((await page.locator(".difference del").allTextContents()).join(" "), /27/);
  assert.match((await page.locator(".difference ins").allTextContents()).join(" "), /31/);
  assert.match(await page.locator(".fallen").textContent(), /27 votes to 22/);
  await shoot(page, "versions");
  await page.goto(`${service.url}/#/queue`);
  await page.locator(".queue li").first().waitFor();
  await shoot(page, "queue");
  await page.getByText("Stale", { exact: true }).first().click();
  await page.waitForFunction(() => [...document.querySelectorAll(".queue .badge")].every((it) => it.textContent === "Stale"));
  await page.getByPlaceholder("Search").fill("no such article anywhere");
  await page.locator(".empty").waitFor();
  assert.deepEqual(wrong, []);
});

test("batches: progress, reasons, pause, resume, cancel", async () => {
  const lines = Array.from({ length: 400 }, (_, at) => JSON.stringify({ custom_id: `a${at}`, text: at % 40 ? `${PIER_BODY} Number ${at}.` : "Too short." }));
  const answer = await fetch(`${service.url}/v1/batches`, { method: "POST", headers: { "Content-Type": "application/jsonl" }, body: `${lines.join("\n")}\n` });
  assert.equal(answer.status, 202, await answer.clone().text());
  const { page, wrong } = await visit(browser, `${service.url}/#/batches`);
  const batch = page.locator(".batch").first();
  await batch.getByRole("button", { name: /^Pause/ }).click();
  await batch.getByText("Paused").waitFor();
  await batch.getByRole("button", { name: /^Resume/ }).click();
  await batch.getByText("Running").waitFor();
  await batch.locator(".bars tr").first().waitFor();
  assert.match(await batch.locator(".bars").textContent(), /Too few words/);
  await page.waitForFunction(() => Number(document.querySelector(".meter").getAttribute("aria-valuenow")) > 2);
  await shoot(page, "batches");
  await batch.getByRole("button", { name: /^Cancel/ }).click();
  await batch.getByText(/cancelled|Cancelled/).first().waitFor();
  assert.deepEqual(wrong, []);
});

test("cancelled, the article is in the form again", async () => {
  const { page, context, wrong } = await visit(browser, idle.url);
  await page.fill("#headline", PIER.title);
  await page.fill("#body", PIER_BODY);
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  await page.locator(".progress", { hasText: "Waiting for a free worker" }).waitFor();
  const job = `/v1/digests/${page.url().split("/").at(-1)}`;
  assert.equal((await idle.get(job)).status, "queued");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForSelector("#body");
  assert.equal(page.url(), `${idle.url}/#/draft`);
  assert.deepEqual([await page.inputValue("#headline"), await page.inputValue("#body")], [PIER.title, PIER_BODY]);
  assert.equal((await idle.get(job)).status, "cancelled");
  await context.close();
  assert.deepEqual(wrong, []);
});

test("the seed article", { skip: seed() ? false : "AFTERWORD_TEST_SEED names no folder" }, async () => {
  const { page, wrong } = await visit(browser, service.url);
  await draft(page, { body: seed() });
  assert.ok((await answers(page).count()) >= 3);
  await page.locator(".side-digest .sentence").first().hover();
  assert.ok((await page.locator(".side-article mark.lit").count()) >= 1);
  assert.deepEqual(wrong, []);
});

test("where keys are needed: a login, what the key may do, and the way out", async () => {
  const guarded = await Service.start({ config: '[access]\nkeys = "always"\n', key: "submit,read" });
  try {
    // Browsers take the cookie from localhost, not from an address.
    const url = `http://localhost:${guarded.port}/`;
    const { page, context, wrong } = await visit(browser, url);
    await page.getByLabel("Key").fill("awk_0123456789ab_wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Key").fill(guarded.key);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForSelector("#body");
    await draft(page, { title: PIER.title, body: PIER_BODY });
    await page.locator(".sentence").first().waitFor();
    assert.equal(await page.getByRole("button", { name: /^(Edit|Approve)/ }).count(), 0, "neither edits nor approves");
    await page.reload();
    await page.locator(".sentence").first().waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Key").waitFor();
    const cookies = await context.cookies();
    assert.ok(cookies.every((it) => it.httpOnly));
    await context.close();
    assert.deepEqual(wrong, []);
  } finally {
    await guarded.stop();
  }
});

test("who may edit has what is typed checked, and what is not checked says so", async () => {
  const guarded = await Service.start({ config: '[access]\nkeys = "always"\n', key: "read,edit,approve" });
  try {
    const writer = { Authorization: `Bearer ${guarded.makeKey("submit,read")}` };
    await guarded.send("POST", "/v1/digests", { title: PIER.title, text: PIER_BODY, external_id: "pier" }, { ...writer, Prefer: "wait=20" });
    const { articles } = await guarded.get("/v1/articles?external_id=pier", { headers: writer });
    const url = `http://localhost:${guarded.port}/`;
    const { page, context, wrong } = await visit(browser, url);
    await page.getByLabel("Key").fill(guarded.key);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("Your key may not hand articles in.").waitFor();
    await page.goto(`${url}#/article/${articles[0].id}`);
    await answers(page).first().getByRole("button", { name: /^Edit/ }).click();
    const told = (words) => page.waitForFunction((it) => document.getElementById("announcer").textContent.includes(it), words);
    const unchecked = page.locator(".checks .is-unchecked");
    await page.getByLabel("Answer").fill("The repair cost €9.9 million.");
    await page.locator(".checks .is-none").waitFor();
    assert.equal(await unchecked.count(), 0);
    // A question is checked when it is saved, and no more than twelve sentences are.
    await page.getByLabel("Question", { exact: true }).fill("What did the repair cost?");
    await page.getByLabel("Answer").fill(Array.from({ length: 13 }, (_, at) => `The pier has ${at + 2} lamps.`).join(" "));
    await told("1 sentence is not checked.");
    assert.deepEqual(await unchecked.allTextContents(), ["Question not checked", "The pier has 14 lamps. not checked"]);
    // Where the service refuses, the page says so.
    await page.route("**/v1/check", (route) => route.fulfill({ status: 403, json: { status: 403, code: "scope_missing" } }));
    await page.getByLabel("Answer").fill("Nobody was hurt.");
    await told("This cannot be checked: Your key may not do this.");
    assert.match(await page.textContent(".editor"), /This cannot be checked: Your key may not do this\./);
    assert.equal(await unchecked.last().textContent(), "Nobody was hurt. not checked");
    await context.close();
    assert.deepEqual(wrong, []);
  } finally {
    await guarded.stop();
  }
});

test("a page of a host that the operator named is fetched; others are not", async () => {
  const { createServer } = await import("node:http");
  const site = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(PIER.html);
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  site.unref();
  const origin = `http://127.0.0.1:${site.address().port}`;
  const fetching = await Service.start({ config: `[fetch]\nallow_origins = ["${origin}"]\n` });
  try {
    const { page, wrong } = await visit(browser, fetching.url);
    await page.getByLabel("Address of the article").fill("https://example.org/story");
    await page.getByRole("button", { name: "Fetch" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Address of the article").fill(`${origin}/story`);
    await page.getByRole("button", { name: "Fetch" }).click();
    await page.waitForFunction(() => document.querySelector("#body").value.includes("Björklund"));
    assert.ok(await page.getByLabel("HTML", { exact: true }).isChecked());
    assert.deepEqual(wrong, []);
  } finally {
    await fetching.stop();
    site.close();
  }
  const { page, wrong } = await visit(browser, service.url);
  assert.equal(await page.getByLabel("Address of the article").count(), 0, "off by default");
  assert.deepEqual(wrong, []);
});
