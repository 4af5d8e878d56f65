/** Every view: by axe, light and dark, at 1280 and 390 pixels, in both languages, by keyboard. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { draft, launch, shoot, visit } from "./lib/browser.mjs";
import { PIER, PIER_BODY } from "./lib/fixture.mjs";
import { Service } from "./lib/service.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let service;
let browser;
let url;
before(async () => {
  service = await Service.start();
  browser = await launch();
  const { page, context } = await visit(browser, service.url);
  url = await draft(page, { title: PIER.title, body: PIER_BODY });
  await context.close();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

/** Views and what there has to be before they are looked at. */
const views = () => [
  ["draft", `${service.url}/#/draft`, "#body"],
  ["check", url, ".sentence"],
  ["preview", `${url}/preview`, ".preview-digest"],
  ["export", `${url}/export`, ".printed"],
  ["versions", `${url}/versions`, ".page h2"],
  ["ledger", `${url}/ledger`, ".ledger td"],
  ["queue", `${service.url}/#/queue`, ".queue li"],
  ["batches", `${service.url}/#/batches`, ".page h1"],
];

async function audit(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }), RULES);
  const grave = violations.filter((it) => ["serious", "critical"].includes(it.impact));
  const told = grave.map((it) => `${it.id}: ${it.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], name);
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
  assert.deepEqual(wrong, []);
});

test("everything by keyboard alone", async () => {
  const { page, context, wrong } = await visit(browser, service.url);
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
        return { name: `${element.getAttribute("aria-label") ?? ""}|${element.id}|${element.textContent.trim()}|${element.className}`, isSeen: styles.some((it) => it.outlineStyle !== "none" || it.boxShadow !== "none") };
      });
      assert.ok(here.isSeen, `no focus to be seen at ${here.name}`);
      if (wanted.test(here.name)) return;
    }
    assert.fail(`${wanted} is not reached by Tab; the focus is at ${await at()}`);
  };
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
  assert.match(await at(), /^Edit/, "the focus goes back to where it was");
  await press("Shift+Tab", "Shift+Tab");
  assert.match(await at(), /^Approve/);
  await press("Enter");
  await page.locator(".review-approved").waitFor();
  await press("Control+z");
  await page.locator(".review-approved").waitFor({ state: "detached" });
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
