import assert from "node:assert/strict";

import { journey } from "../lib/house.js";
import { send, sendWithSlider } from "../lib/human_check.js";
import { at } from "../lib/page.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, mailedCode } from "../lib/ways.js";

journey("a new customer signs up and lands in the account", async ({ program, visit }) => {
  const page = await visit();
  await page.goto("/");
  await page.locator("a[href='/sign-up']").first().click();
  await page.waitForURL("**/sign-up");
  const before = (await program.mails()).length;
  await sendWithSlider(page, () => page.fill("#identifier", "Ada+New@Example.org"));
  await expectAt(page, "/sign-up/code");
  await page.fill("#code", await mailedCode(program, before));
  await send(page);
  await expectAt(page, "/sign-up/password");

  // A password by the rules, and the meter says so.
  await page.fill("#password", "password12");
  await send(page);
  await expectAt(page, "/sign-up/password");
  assert.ok((await page.locator("#password-error").count()) > 0);
  await page.fill("#password", "seven lanterns over the harbour");
  await page.locator(".strength .says").filter({ hasText: /\S/ }).waitFor();
  await send(page);
  await expectAt(page, "/sign-up/authenticator");

  await page.locator("details summary").first().click();
  const secret = await page.locator("#totp-secret").innerText();
  assert.ok(await page.locator(".qr svg").isVisible());
  await page.fill("#code", totp(secret));
  await send(page);
  await expectAt(page, "/sign-up/recovery-codes");
  assert.equal(await page.locator("#recovery-codes li").count(), 10);
  await page.check("#kept");
  await send(page);
  await expectAt(page, "/sign-up/access");
  await send(page);
  if (at(page) === "/review") await confirmReview(page);
  await expectAt(page, "/dashboard");
  assert.deepEqual(page.problems.filter((problem) => !problem.includes("422")), []);

  // The taken address looks the same to the next visitor, and its owner is told.
  const stranger = await visit();
  await stranger.goto("/sign-up");
  const mails = (await program.mails()).length;
  await sendWithSlider(stranger, () => stranger.fill("#identifier", "ada+new@example.org"));
  await expectAt(stranger, "/sign-up/code");
  const [told] = await program.mail(/To:.*ada\+new@example\.org[\s\S]*/i, mails);
  assert.doesNotMatch(told, /^\s*\d{6}\s*$/m);
}, { set: ["throttle.anonymous_codes_minute=10 in 1m"] });
