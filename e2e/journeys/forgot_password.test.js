import assert from "node:assert/strict";

import { journey } from "../lib/house.js";
import { send, sendWithSlider } from "../lib/human_check.js";
import { totp } from "../lib/totp.js";
import { expectAt, mailedCode, signIn } from "../lib/ways.js";

const NEW = "nineteen kites above the dunes";

/** Second factor and new password, after the channel is proved. */
async function finish(page, factor) {
  await expectAt(page, "/forgot-password/factor");
  await page.fill("#code", factor);
  await send(page);
  await expectAt(page, "/forgot-password/password");
  await page.fill("#password", NEW);
  await send(page);
  await expectAt(page, "/forgot-password/done");
}

journey("a forgotten password is replaced by the code in the mail, every session ends, and the new one opens", async ({ program, visit }) => {
  const inside = await visit();
  await signIn(inside, program);
  const page = await visit();
  const mails = (await program.mails()).length;
  await page.goto("/forgot-password");
  await sendWithSlider(page, () => page.fill("#identifier", program.data.identifier));
  await expectAt(page, "/forgot-password/code");
  await page.fill("#code", await mailedCode(program, mails));
  await send(page);
  await finish(page, program.data.recovery_codes[0]);

  await inside.goto("/dashboard");
  await expectAt(inside, "/sign-in");
  await page.goto("/dashboard");
  await expectAt(page, "/sign-in");
  await signIn(await visit(), program, { password: NEW, code: program.data.recovery_codes[1] });
});

journey("the link of the mail opens a page with a button, and does nothing by being opened", async ({ program, visit }) => {
  const page = await visit();
  const mails = (await program.mails()).length;
  await page.goto("/forgot-password");
  await sendWithSlider(page, () => page.fill("#identifier", program.data.identifier));
  await expectAt(page, "/forgot-password/code");
  const [link] = await program.mail(/http:\/\/localhost:\d+\/forgot-password\/link\?[^\s"<>]+/, mails);
  // Another browser opens it, twice: only the button goes on.
  const other = await visit();
  await other.goto(link);
  await other.goto(link);
  await send(other);
  await finish(other, totp(program.data.totp_secret));
  // Used once, it offers nothing any more.
  const again = await visit();
  await again.goto(link);
  assert.equal(await again.locator("form[action='/forgot-password/link']").count(), 0);
});
