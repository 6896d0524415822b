import assert from "node:assert/strict";

import { journey } from "../lib/house.js";
import { at } from "../lib/page.js";
import { totp } from "../lib/totp.js";
import { expectAt, mailedCode } from "../lib/ways.js";

/** Presses the form's button; without script the next page is there when the click is done. */
const send = (page) => Promise.all([page.waitForEvent("load"), page.locator("form button[type=submit].primary").first().click()]);

/** Second factor and new password, after the channel is proved. */
async function finishReset(page, factor, password) {
  await expectAt(page, "/forgot-password/factor");
  await page.fill("#code", factor);
  await send(page);
  await expectAt(page, "/forgot-password/password");
  await page.fill("#password", password);
  await send(page);
  await expectAt(page, "/forgot-password/done");
}

journey("without script a customer proves the channel by mail, then gives password and code", async ({ program, visit }) => {
  const page = await visit({ javaScriptEnabled: false });
  const mails = (await program.mails()).length;
  await page.goto("/sign-in");
  await page.fill("#identifier", program.data.identifier);
  await send(page);
  await expectAt(page, "/sign-in/password");
  await page.locator("noscript a, .human-check a").first().click();
  await page.waitForURL("**/sign-in/channel");
  await send(page);
  await expectAt(page, "/sign-in/channel");
  await page.fill("#code", await mailedCode(program, mails));
  await send(page);
  await expectAt(page, "/sign-in/password");
  await page.fill("#password", program.data.password);
  await send(page);
  await expectAt(page, "/sign-in/code");
  const sent = (await program.mails()).length;
  await page.fill("#code", totp(program.data.totp_secret));
  await send(page);
  if (at(page) === "/sign-in/device") {
    await page.fill("#code", await mailedCode(program, sent));
    await send(page);
  }
  await expectAt(page, "/sign-in/access");
  await send(page);
  await expectAt(page, "/review");
  await send(page);
  await expectAt(page, "/dashboard");
  await page.locator("form[action='/sign-out'] button").click();
  await page.waitForURL("**/signed-out");
  await page.goto("/dashboard");
  assert.equal(at(page), "/sign-in");
});

journey("without script an address opens an account: the mailed code is the human check", async ({ program, visit }) => {
  const page = await visit({ javaScriptEnabled: false });
  await page.goto("/sign-up");
  assert.match(await page.locator("noscript").first().innerText(), /takes the place of the check/);

  // A number is told at its field what to use instead.
  await page.fill("#identifier", "+4915123456789");
  await send(page);
  await expectAt(page, "/sign-up");
  assert.match(await page.locator("#identifier-error").innerText(), /email addresses only/);

  const mails = (await program.mails()).length;
  await page.fill("#identifier", "ada@example.org");
  await send(page);
  await expectAt(page, "/sign-up/code");
  await page.fill("#code", await mailedCode(program, mails));
  await send(page);
  await expectAt(page, "/sign-up/password");
  await page.fill("#password", "seven lanterns over the harbour");
  await send(page);
  await expectAt(page, "/sign-up/authenticator");
  await page.locator("details summary").first().click();
  await page.fill("#code", totp(await page.locator("#totp-secret").innerText()));
  await send(page);
  await expectAt(page, "/sign-up/recovery-codes");
  await page.check("#kept");
  await send(page);
  await expectAt(page, "/sign-up/access");
  await send(page);
  await expectAt(page, "/review");
});

journey("without script a forgotten password is replaced by code and by link", async ({ program, visit }) => {
  const page = await visit({ javaScriptEnabled: false });
  const mails = (await program.mails()).length;
  await page.goto("/forgot-password");
  assert.match(await page.locator("noscript").first().innerText(), /takes the place of the check/);
  await page.fill("#identifier", program.data.identifier);
  await send(page);
  await expectAt(page, "/forgot-password/code");
  await page.fill("#code", await mailedCode(program, mails));
  await send(page);
  await finishReset(page, program.data.recovery_codes[0], "nineteen kites above the dunes");

  const again = await visit({ javaScriptEnabled: false });
  const before = (await program.mails()).length;
  await again.goto("/forgot-password");
  await again.fill("#identifier", program.data.identifier);
  await send(again);
  await expectAt(again, "/forgot-password/code");
  const [link] = await program.mail(/http:\/\/localhost:\d+\/forgot-password\/link\?[^\s"<>]+/, before);
  await again.goto(link);
  await send(again);
  await finishReset(again, program.data.recovery_codes[1], "eleven ferries under the bridge");
}, { set: ["throttle.anonymous_codes_minute=10 in 1m"] });
