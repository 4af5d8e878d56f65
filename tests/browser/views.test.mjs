/** Every view: by axe, light and dark, at 1280 and 390 pixels, in both languages, by keyboard. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { draft, launch, shoot, visit } from "./lib/browser.mjs";
import { PIER, PIER_BODY } from "./lib/fixture.mjs";
import { Service, until } from "./lib/service.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let service;
/** Asks for a key. */
let guarded;
let browser;
let url;
/** Names what there is beside the article at `url`. */
let there;
before(async () => {
  service = await Service.start({ config: "[store]\nkeep_article_hours = 24\n[batches]\nmax_open_jobs = 2\n" });
  guarded = await Service.start({ config: '[access]\nkeys = "always"\n', key: "read" });
  browser = await launch();
  const { page, context } = await visit(browser, service.url);
  url = await draft(page, { title: PIER.title, body: PIER_BODY });
  await context.close();
  const done = { digest: await digested(), stale: await fallen() };
  await sentTogether("completed");
  // What comes now stays in work.
  await service.kill();
  service.how = { ...service.how, args: ["--engine", "extractive", "--no-worker"] };
  await service.run();
  const { id } = await submit({ text: `${PIER_BODY} Once more.` });
  there = { ...done, work: id };
  await sentTogether("in_progress");
});
after(async () => {
  await browser?.close();
  await guarded?.stop();
  await service?.stop();
});

const submit = (body) => service.send("POST", "/v1/digests", body, { Prefer: "respond-async" });
const finished = ({ id }) => until(() => service.get(`/v1/digests/${id}`), (it) => it.status === "done");

/** A digest that belongs to no article; tells its job. */
async function digested() {
  const job = await submit({ text: PIER_BODY, options: { include_source: true } });
  await finished(job);
  return job.id;
}

/** An article whose newer text does not back what was edited. */
async function fallen() {
  const named = { title: "Harbour board of Lindholm", external_id: "stale", options: { include_source: true } };
  await finished(await submit({ ...named, text: PIER_BODY }));
  const { articles: [{ id }] } = await service.get("/v1/articles?external_id=stale");
  const { items } = await service.get(`/v1/articles/${id}`);
  const pair = items.find((it) => it.kind === "pair");
  await service.send("PATCH", `/v1/articles/${id}/items/${pair.id}`, {
    question: "When did Halland County Council approve the loan?",
    text: "Halland County Council approved the loan in March by 27 votes to 22.",
  });
  await finished(await submit({ ...named, text: PIER_BODY.replace("by 27 votes to 22", "by 31 votes to 18") }));
  await until(() => service.get(`/v1/articles/${id}`), (it) => it.state === "stale");
  return id;
}

/** A batch of which some articles get no digest, until it is that far. @param {string} status */
async function sentTogether(status) {
  const lines = Array.from({ length: 8 }, (_, at) => JSON.stringify({ custom_id: `a${at}`, text: at % 4 ? `${PIER_BODY} Number ${at}, ${status}.` : "Too short." }));
  const { id } = await service.get("/v1/batches", { method: "POST", headers: { "Content-Type": "application/jsonl" }, body: `${lines.join("\n")}\n` });
  await until(() => service.get(`/v1/batches/${id}`), (it) => it.status === status);
}

/** Views and what there has to be before they are looked at. */
const views = () => [
  ["draft", `${service.url}/#/draft`, "#body"],
  ["work", `${service.url}/#/draft/${there.work}`, ".progress"],
  ["check", url, ".sentence"],
  ["digest", `${service.url}/#/digest/${there.digest}`, ".sentence"],
  ["stale", `${service.url}/#/article/${there.stale}`, ".item.is-stale"],
  ["preview", `${url}/preview`, ".preview-digest"],
  ["export", `${url}/export`, ".printed"],
  ["versions", `${url}/versions`, ".page h2"],
  ["changes", `${service.url}/#/article/${there.stale}/versions`, ".difference ins"],
  ["ledger", `${url}/ledger`, ".ledger td"],
  ["queue", `${service.url}/#/queue`, ".queue li"],
  ["batches", `${service.url}/#/batches`, ".batch .bars tr"],
];

async function audit(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }), RULES);
  const grave = violations.filter((it) => ["serious", "critical"].includes(it.impact));
  const told = grave.map((it) => `${it.id}: ${it.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], name);
}

/** The login, where the service asks for a key. */
async function auditLogin(name, how) {
  const { page, context } = await visit(browser, guarded.url, { ...how, bypassCSP: true });
  await page.locator("input[type=password]").waitFor();
  const [wide, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= most, `login, ${name} is ${wide} pixels wide`);
  await audit(page, `login, ${name}`);
  await shoot(page, `login-${name}`);
  await context.close();
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, context } = await visit(browser, service.url, { colorScheme, bypassCSP: true });
    for (const [name, address, ready] of views()) {
      await page.goto(address);
      await page.locator(ready).first().waitFor();
      await page.waitForTimeout(200);
      await audit(page, `${name}, ${colorScheme}`);
      if (colorScheme === "dark") await shoot(page, `${name}-dark`);
    }
    await page.goto(url);
    await page.locator(".sentence").first().click();
    await page.getByRole("button", { name: /^Edit/ }).nth(1).click();
    await page.locator(".editor").waitFor();
    await audit(page, `editor, ${colorScheme}`);
    await page.getByRole("button", { name: /\d+ refused/ }).click();
    await page.getByRole("dialog").waitFor();
    await audit(page, `drawer, ${colorScheme}`);
    await context.close();
    await auditLogin(colorScheme, { colorScheme });
  });
}

test("at 390 pixels nothing is cut off, in German and dark", async () => {
  const { page, context, wrong } = await visit(browser, service.url, { viewport: { width: 390, height: 844 }, locale: "de-DE", colorScheme: "dark", bypassCSP: true });
  for (const [name, address, ready] of views()) {
    await page.goto(address);
    await page.locator(ready).first().waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${name} is ${wide} pixels wide`);
    await shoot(page, `${name}-390`);
    await audit(page, `${name}, 390`);
  }
  await page.goto(url);
  await page.locator(".side-digest .sentence").nth(1).click();
  await page.getByRole("button", { name: "Im Artikel zeigen" }).first().click();
  await page.locator(".side-article mark.lit").first().waitFor();
  await shoot(page, "evidence-390");
  assert.equal(await page.getAttribute("html", "lang"), "de");
  await context.close();
  await auditLogin("390", { viewport: { width: 390, height: 844 }, locale: "de-DE", colorScheme: "dark" });
  assert.deepEqual(wrong, []);
});

/** A hand that has a keyboard and nothing else. */
function keyboard(page) {
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const at = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.id ?? "");
  /** Tab until something is reached, and see that the focus shows wherever it is. */
  const tabTo = async (wanted, most = 60) => {
    for (let i = 0; i < most; i += 1) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(() => {
        const element = document.activeElement;
        const shown = element.matches("input[type=radio], input[type=file], input[type=checkbox]") ? element.parentElement : element;
        const styles = [shown, ...shown.children].map((it) => getComputedStyle(it));
        const label = element.labels?.[0]?.textContent.trim() ?? "";
        return { name: `${element.getAttribute("aria-label") ?? ""}|${element.id}|${element.textContent.trim()}|${element.className}|${label}`, isSeen: styles.some((it) => it.outlineStyle !== "none" || it.boxShadow !== "none") };
      });
      assert.ok(here.isSeen, `no focus to be seen at ${here.name}`);
      if (wanted.test(here.name)) return;
    }
    assert.fail(`${wanted} is not reached by Tab; the focus is at ${await at()}`);
  };
  return { press, at, tabTo };
}

test("everything by keyboard alone", async () => {
  const own = await Service.start();
  try {
    const { page, context, wrong } = await visit(browser, own.url);
    const { press, at, tabTo } = keyboard(page);
    await tabTo(/Skip to content/);
    await press("Enter");
    await tabTo(/\|headline\|/);
    await page.keyboard.type(PIER.title);
    await tabTo(/\|body\|/);
    await page.keyboard.insertText(PIER_BODY);
    await press("Control+Enter");
    await page.waitForSelector(".workspace");
    await tabTo(/evidence|mark|Ferry|\|sentence/, 40);
    await tabTo(/\|sentence is-/, 90);
    await press("Enter");
    await page.locator(".evidence").waitFor();
    await tabTo(/^Edit/);
    await press("Enter");
    await page.locator(".editor").waitFor();
    await press("Escape");
    await page.locator(".editor").waitFor({ state: "detached" });
    // The focus goes back to where it was, once the page is drawn again.
    await page.waitForFunction(() => document.activeElement.getAttribute("aria-label")?.startsWith("Edit"));
    await press("Shift+Tab", "Shift+Tab");
    assert.match(await at(), /^Approve/);
    await press("Enter");
    await page.locator(".review-approved").waitFor();
    await press("Control+z");
    await page.locator(".review-approved").waitFor({ state: "detached" });
    await context.close();
    assert.deepEqual(wrong, []);
  } finally {
    await own.stop();
  }
});

test("queue, export and batches by keyboard alone", async () => {
  const { page, context, wrong } = await visit(browser, service.url);
  const { press, at, tabTo } = keyboard(page);
  /** Begins at the top of the page again. */
  const anew = async (ready) => {
    await page.locator(ready).first().waitFor();
    await page.reload();
    await page.locator(ready).first().waitFor();
  };
  await tabTo(/\|Queue\|/);
  await press("Enter");
  await anew(".queue li");
  await tabTo(/\|Search$/);
  await page.keyboard.type("no such article");
  await page.locator(".empty").waitFor();
  await press("Control+a", "Delete");
  await page.locator(".queue li").first().waitFor();
  await tabTo(/\|Ferry pier/);
  await press("Enter");
  await anew(".sentence");
  await tabTo(/\|Approve all\|/);
  await press("Enter");
  await anew(".badge.state-approved");
  await tabTo(/\|Export\|/);
  await press("Enter");
  await page.locator(".printed").waitFor();
  await tabTo(/WordPress, Yoast/);
  await page.keyboard.type("Mark");
  await page.waitForFunction(() => document.querySelector(".options select").value === "markdown" && document.querySelector(".printed").value.startsWith("<!-- afterword:begin"));
  await tabTo(/\|Download\|/);
  const [file] = await Promise.all([page.waitForEvent("download"), press("Enter")]);
  assert.match(file.suggestedFilename(), /\.md$/);
  await anew(".printed");
  await tabTo(/\|Batches\|/);
  await press("Enter");
  const batch = page.locator(".batch").first();
  await batch.waitFor();
  await tabTo(/^Pause/);
  await press("Enter");
  await batch.getByText("Paused").waitFor();
  assert.match(await at(), /^Resume/, "the focus stays where it was");
  await press("Enter");
  await batch.getByText("Running").waitFor();
  await tabTo(/^Cancel/);
  await press("Enter");
  await batch.getByText(/cancelled/i).first().waitFor();
  await context.close();
  assert.deepEqual(wrong, []);
});

test("the switch wins over the system, and is remembered", async () => {
  const { page, context, wrong } = await visit(browser, service.url, { colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByLabel("Light or dark").selectOption("dark");
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  await page.waitForSelector("h1");
  assert.equal(await ground(), dark);
  await page.getByLabel("Language of the interface").selectOption("de");
  assert.equal(await page.textContent("h1"), "Neuer Entwurf");
  await context.close();
  assert.deepEqual(wrong, []);
});
