import assert from "node:assert/strict";

import { journey } from "../lib/house.js";
import { send, sendWithoutPuzzle, tabTo, turnPage } from "../lib/human_check.js";
import { at } from "../lib/page.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, giveDeviceCode, giveIdentifier, givePassword, mailedCode, signIn } from "../lib/ways.js";

journey("a customer signs in, the slider solved by pointer, and comes back as a known device", async ({ program, visit }) => {
  const page = await visit();
  let code;
  await signIn(page, program, { code: () => (code = totp(program.data.totp_secret)) });
  await confirmReview(page);
  await turnPage(page, () => page.locator("form[action='/sign-out'] button").click());
  assert.equal((await page.context().cookies()).some((cookie) => cookie.name === "__Host-session" && cookie.value), false);

  // The device is known: no code by mail. The code of the app is spent, a recovery code is not. The deep link is kept.
  await page.goto("/security");
  await expectAt(page, "/sign-in");
  await page.fill("#identifier", program.data.identifier);
  await send(page);
  await givePassword(page, program.data.password);
  await expectAt(page, "/sign-in/code");
  await page.fill("#code", code);
  await send(page);
  await expectAt(page, "/sign-in/code");
  await page.fill("#code", program.data.recovery_codes[0].toLowerCase());
  await send(page);
  await expectAt(page, "/sign-in/access");
  await send(page);
  if (at(page) === "/review") await turnPage(page, () => page.locator("form.confirm button.primary").click());
  await expectAt(page, "/security");
  assert.deepEqual(page.problems.filter((problem) => !problem.includes("422")), []);
});

journey("a customer signs in by keyboard alone, without a puzzle", async ({ program, visit }) => {
  const page = await visit();
  const mails = (await program.mails()).length;
  await page.goto("/");
  await tabTo(page, "a[href='/sign-in']");
  await turnPage(page, () => page.keyboard.press("Enter"));
  await tabTo(page, "#identifier");
  await page.keyboard.type(program.data.identifier);
  await turnPage(page, () => page.keyboard.press("Enter"));
  await expectAt(page, "/sign-in/password");
  await tabTo(page, "#password");
  await page.keyboard.type(program.data.password);
  await sendWithoutPuzzle(page);
  await expectAt(page, "/sign-in/code");
  await tabTo(page, "#code");
  await page.keyboard.type(totp(program.data.totp_secret));
  await turnPage(page, () => page.keyboard.press("Enter"));
  await expectAt(page, "/sign-in/device");
  await tabTo(page, "#code");
  await page.keyboard.type(await mailedCode(program, mails));
  await turnPage(page, () => page.keyboard.press("Enter"));
  await expectAt(page, "/sign-in/access");
  await tabTo(page, "form button[type=submit].primary");
  await turnPage(page, () => page.keyboard.press("Enter"));
  await expectAt(page, "/review");
});

journey("a code of a phone whose clock is wrong is refused with the reason, and the right one is taken", async ({ program, visit }) => {
  const page = await visit();
  const mails = (await program.mails()).length;
  await giveIdentifier(page, program.data.identifier);
  await givePassword(page, program.data.password);
  await expectAt(page, "/sign-in/code");
  await page.fill("#code", totp(program.data.totp_secret, 6));
  await send(page);
  await expectAt(page, "/sign-in/code");
  assert.match(await page.locator("#code-error").innerText(), /3 minutes ahead/);
  assert.ok(await page.locator(".notice.amber details").isVisible());
  await page.fill("#code", totp(program.data.totp_secret));
  await send(page);
  await giveDeviceCode(page, program, mails);
  await expectAt(page, "/sign-in/access");
});

journey("a wrong password and an unknown identifier look alike to a new device", async ({ program, visit }) => {
  const texts = [];
  for (const identifier of [program.data.identifier, "nobody@demo.example"]) {
    const page = await visit();
    await giveIdentifier(page, identifier);
    await givePassword(page, "not the password at all");
    await expectAt(page, "/sign-in/code");
    await page.fill("#code", "000000");
    await send(page);
    // A button for passkeys shows only when the browser has been asked whether it knows any.
    await page.waitForLoadState("networkidle");
    texts.push([at(page), await page.locator("main").innerText()]);
  }
  assert.deepEqual(texts[0], texts[1]);
});
