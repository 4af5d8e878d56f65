/** Once with a real model, where one is named; says when the first item was on screen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { draft, launch, visit } from "./lib/browser.mjs";
import { Service } from "./lib/service.mjs";

const model = process.env.AFTERWORD_TEST_MODEL;
const skip = model ? false : "AFTERWORD_TEST_MODEL names no model";
/** 570 words, below their front matter. */
const file = readFileSync(new URL("../../articles/peking-legations.md", import.meta.url), "utf8");
const [, title, body] = file.match(/^---\ntitle: (.*)\n---\n(.*)$/s);

test("a draft by a model", { skip, timeout: 300_000 }, async () => {
  const [service, browser] = await Promise.all([Service.start({ args: ["--model", model], patience: 120_000 }), launch()]);
  try {
    const { page, wrong } = await visit(browser, service.url);
    page.setDefaultTimeout(240_000);
    const begun = Date.now();
    const first = page.locator(".coming li").first().waitFor().then(() => (Date.now() - begun) / 1000);
    await draft(page, { title, body });
    console.log(`first item after ${(await first.catch(() => NaN))} s, digest after ${(Date.now() - begun) / 1000} s`);
    assert.ok((await page.locator(".side-digest .sentence").count()) > 0);
    // The model can be done without: the form offers it and none.
    await page.goto(`${service.url}/#/draft`);
    const models = page.locator("label.field", { has: page.getByText("Model", { exact: true }) }).locator("select");
    await models.waitFor();
    assert.deepEqual(await models.locator("option").allTextContents(), [model, "None: the article's own sentences"]);
    await models.selectOption("extractive");
    await draft(page, { title, body: `${body} Nothing else was told.` });
    assert.match(await page.textContent(".workspace"), /Written by extractive/);
    assert.deepEqual(wrong, []);
  } finally {
    await browser.close();
    await service.stop();
  }
});
