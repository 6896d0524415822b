// Passes the human check as people do: by pointer with the eyes, or without a puzzle by the keyboard alone.

import { readFileSync } from "node:fs";

import { forgive } from "./notes.js";
import { at, until } from "./page.js";

// The matcher runs in the page, where pictures can be read; a module cannot be handed over, its text can.
const matcher = readFileSync(new URL("matcher.js", import.meta.url), "utf8").replaceAll("export ", "");

/** Keeps a copy of each challenge that the page fetches, as a person keeps what was seen; call it before the page is opened. */
export const watchChallenges = (page) =>
  page.addInitScript(() => {
    const fetchAsIs = window.fetch;
    window.seenChallenges = [];
    window.fetch = async (...request) => {
      const answer = await fetchAsIs(...request);
      const piece = answer.headers.get("human-check-piece");
      if (piece) {
        const bytes = new Uint8Array(await answer.clone().arrayBuffer());
        window.seenChallenges.push({
          token: answer.headers.get("human-check-token"),
          jpeg: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")),
          piece: Object.fromEntries(piece.split(" ").map((pair) => pair.split("=")).map(([key, value]) => [key, Number(value)])),
          outline: answer.headers.get("human-check-outline"),
        });
      }
      return answer;
    };
  });

/** The challenge that the form on the page holds now. */
const present = (page) =>
  until("a challenge", () =>
    page.evaluate(() => {
      const token = document.querySelector("[data-part=field-token]")?.value;
      return token && window.seenChallenges.find((challenge) => challenge.token === token);
    }),
  );

/** Drags the piece into the gap with the pointer. */
export async function slide(page) {
  const challenge = await present(page);
  const left = await page.evaluate(`(async () => { ${matcher}\n return findGap(${JSON.stringify(challenge)}); })()`);
  const picture = page.locator("[data-part=picture]");
  await picture.scrollIntoViewIfNeeded();
  const box = await picture.boundingBox();
  const scale = box.width / 320;
  const y = box.y + (challenge.piece.row + challenge.piece.height / 2) * scale;
  const x = (place) => box.x + (place + challenge.piece.width / 2) * scale;
  await page.mouse.move(x(0), y);
  await page.mouse.down();
  await page.mouse.move(x(left / 2), y, { steps: 8 });
  await page.mouse.move(x(left), y, { steps: 8 });
  await page.mouse.up();
}

/**
 * Sends a form with a slider in it, as often as it takes to place the piece right. `fill` fills the other fields.
 * What the browser notes of a piece that was placed wrong is no problem of the page: such a note goes.
 */
export async function sendWithSlider(page, fill, tries = 10) {
  const before = at(page);
  for (let attempt = 0; attempt < tries; attempt++) {
    await fill();
    await slide(page);
    await send(page);
    const refused = at(page) === before && (await page.locator("#human-check-error").count()) > 0;
    if (!refused) return;
    forgive(page);
  }
  throw new Error(`the piece was not placed right in ${tries} tries`);
}

/** Chooses the way without a puzzle and sends the form, with keys alone. The form waits for its proof. */
export async function sendWithoutPuzzle(page) {
  await until("the way without a puzzle", () => page.locator("[data-part=other]").isVisible());
  await tabTo(page, "[data-part=other]");
  await page.keyboard.press("Enter");
  await until("the proof", async () => (await page.locator("[data-part=field-proof]").inputValue()) !== "", 60_000);
  await tabTo(page, "form button[type=submit].primary");
  await turnPage(page, () => page.keyboard.press("Enter"));
}

/** Presses Tab until the element has the focus. */
export async function tabTo(page, selector) {
  const target = page.locator(selector).first();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

/** Presses the form's main button and waits for the next page. */
export const send = (page) => turnPage(page, () => page.locator("form button[type=submit].primary").first().click());

/** Does something that leads to another page, and waits until that one is there. */
export async function turnPage(page, act) {
  const mark = `leaving-${Math.random()}`;
  await page.evaluate((name) => (window.leaving = name), mark);
  await act();
  await until("the next page", () =>
    page
      .evaluate((name) => window.leaving !== name && document.readyState === "complete", mark)
      // While one page gives way to the next there is none to ask.
      .catch(() => false),
  60_000);
}
