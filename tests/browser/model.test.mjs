/** Once with a real model, where a program and a model are named. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { draft, launch, visit } from "./lib/browser.mjs";
import { PIER, PIER_BODY } from "./lib/fixture.mjs";
import { Service } from "./lib/service.mjs";

const program = process.env.AFTERWORD_MODEL_BIN;
const model = process.env.AFTERWORD_TEST_MODEL;
const skip = program && model ? false : "AFTERWORD_MODEL_BIN and AFTERWORD_TEST_MODEL name no program and model";

test("a draft by a small model", { skip, timeout: 300_000 }, async () => {
  const [service, browser] = await Promise.all([Service.start({ program, args: ["--model", model], patience: 120_000 }), launch()]);
  try {
    const { page, wrong } = await visit(browser, service.url);
    page.setDefaultTimeout(240_000);
    const begun = Date.now();
    const first = page.locator(".coming li").first().waitFor().then(() => (Date.now() - begun) / 1000);
    await draft(page, { title: PIER.title, body: PIER_BODY });
    console.log(`first item after ${(await first.catch(() => NaN))} s, digest after ${(Date.now() - begun) / 1000} s`);
    assert.ok((await page.locator(".side-digest .sentence").count()) > 0);
    assert.deepEqual(wrong, []);
  } finally {
    await browser.close();
    await service.stop();
  }
});
