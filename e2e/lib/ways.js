// The ways through the house, as a person walks them.

import assert from "node:assert/strict";

import { send, sendWithSlider } from "./human_check.js";
import { at } from "./page.js";
import { totp } from "./totp.js";

/** The step is passed when the path is another; what the page complains of is told otherwise. */
export async function expectAt(page, path) {
  if (at(page) === path) return;
  const told = await page.locator(".problems, .error, main").first().innerText().catch(() => "");
  assert.fail(`expected ${path}, is at ${at(page)}: ${told.slice(0, 600)}`);
}

/** From the home page to the page of the password. */
export async function giveIdentifier(page, identifier) {
  await page.goto("/sign-in");
  await page.fill("#identifier", identifier);
  await send(page);
  await expectAt(page, "/sign-in/password");
}

/** Password and human check in one form. */
export async function givePassword(page, password) {
  await sendWithSlider(page, () => page.fill("#password", password));
}

/** The newest code among the mails after the first `from`. */
export async function mailedCode(program, from) {
  const [, code] = await program.mail(/^\s*(\d{6}|\d{3} \d{3})\s*$/m, from);
  return code;
}

/** The code of a new device, from the mail that carries it. */
export async function giveDeviceCode(page, program, from) {
  await expectAt(page, "/sign-in/device");
  await page.fill("#code", await mailedCode(program, from));
  await send(page);
}

/**
 * A whole sign-in of the demo's customer on a new device, to the review. `code` is a code or gives one: it is asked for when
 * its page is there, because placing the piece may take longer than a code of the app is good.
 */
export async function signIn(page, program, { code = () => totp(program.data.totp_secret), password = program.data.password } = {}) {
  const mailsBefore = (await program.mails()).length;
  await giveIdentifier(page, program.data.identifier);
  await givePassword(page, password);
  await expectAt(page, "/sign-in/code");
  await page.fill("#code", typeof code === "function" ? await code() : code);
  await send(page);
  await giveDeviceCode(page, program, mailsBefore);
  await expectAt(page, "/sign-in/access");
  await send(page);
  await expectAt(page, "/review");
}

/** From the review to the dashboard. */
export async function confirmReview(page) {
  await page.locator("form.confirm button.primary").click();
  await page.waitForURL("**/dashboard");
}
