// Debian's Chromium, driven by playwright-core.

import { chromium } from "playwright-core";

import { watchChallenges } from "./human_check.js";
import { watchNotes } from "./notes.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const launch = () =>
  chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

/** A fresh browser profile: no cookie, no known device. */
export async function visitor(browser, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  watchNotes(page);
  await watchChallenges(page);
  return page;
}
