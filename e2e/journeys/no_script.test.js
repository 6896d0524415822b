import assert from "node:assert/strict";

import { journey } from "../lib/house.js";
import { at } from "../lib/page.js";
import { totp } from "../lib/totp.js";
import { expectAt, mailedCode } from "../lib/ways.js";

/** Presses the form's button; without script the next page is there when the click is done. */
const send = (page) => Promise.all([page.waitForEvent("load"), page.locator("form button[type=submit].primary").first().click()]);

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
