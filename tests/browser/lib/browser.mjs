/** A real Chromium, and pages that fail the test when anything goes wrong in them. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
export const SHOTS = process.env.AFTERWORD_SCREENSHOTS ?? "/tmp/afterword-screenshots";

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS });
}

/**
 * A page of a new profile. `wrong` collects what must not happen: errors, dialogs, breaches
 * of the security policy, requests to elsewhere.
 * @param {import("playwright-core").Browser} browser @param {string} url @param {object} [how]
 */
export async function visit(browser, url, how = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB", ...how });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // What the service refuses, or does not answer, the browser notes by itself.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) wrong.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "blob:" && origin !== new URL(url).origin) wrong.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(url);
  await page.waitForSelector("h1");
  return { context, page, wrong };
}

/** @param {import("playwright-core").Page} page @param {string} name @param {object} [how] */
export async function shoot(page, name, how = {}) {
  const path = join(SHOTS, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  // Nothing moves in a picture.
  await page.waitForTimeout(350);
  await page.screenshot({ path, ...how });
}

/**
 * Drafts an article by hand, and waits for it to be there.
 * @param {import("playwright-core").Page} page @param {{title?: string, body: string, kind?: string, count?: number}} article
 */
export async function draft(page, { title = "", body, kind = "Plain text", count }) {
  await page.goto(`${new URL(page.url()).origin}/#/draft`);
  await page.fill("#headline", title);
  await page.fill("#body", body);
  await page.getByText(kind, { exact: true }).click();
  if (count) await page.getByLabel("Questions").fill(String(count));
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  await page.waitForSelector(".workspace");
  return page.url();
}
