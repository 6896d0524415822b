// Small words about pages.

import assert from "node:assert/strict";

/** The page's path, without its query. */
export const at = (page) => new URL(page.url()).pathname;

/** What a browser says that is asked while one page gives way to the next: there is none to ask then. */
const BETWEEN_PAGES = /context was destroyed|Cannot find context|frame was detached|frame got detached/i;

/** Asks again and again until there is an answer; never waits for a fixed time. */
export async function until(what, ask, patienceMs = 30_000) {
  const ends = Date.now() + patienceMs;
  for (;;) {
    const answer = await (async () => ask())().catch((error) => {
      if (!BETWEEN_PAGES.test(error.message)) throw error;
      return null;
    });
    if (answer) return answer;
    if (Date.now() > ends) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Goes by Tab alone until `target` has the focus, as somebody without a mouse does. */
export async function tabTo(page, target) {
  for (let pressed = 0; pressed < 100; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail("Tab never comes to it");
}
