// The mail address changes and is taken back; an owner without a factor opens a case, shows who they are, and stops it.

import assert from "node:assert/strict";

import { expectAccessible } from "../lib/accessibility.js";
import { give, noteOf, openCase, picture, sendCase, writeIdentity } from "../lib/case.js";
import { journey } from "../lib/house.js";
import { send, sendWithSlider, turnPage } from "../lib/human_check.js";
import { at, tabTo } from "../lib/page.js";
import { addPasskey, authenticator, freshCode, pressPasskey } from "../lib/passkey.js";
import { nextStep, totp } from "../lib/totp.js";
import { confirmReview, expectAt, mailedCode, signIn } from "../lib/ways.js";

journey("a changed address is taken back by the old one", async ({ program, visit }) => {
  const page = await visit({});
  await signIn(page, program);
  await confirmReview(page);
  await page.goto("/security/identifiers");
  await expectAccessible(page, "identifiers");
  await turnPage(page, () => page.locator("a", { hasText: "Change" }).first().click());
  await page.waitForTimeout(Math.max(0, nextStep() - Date.now()));
  await page.fill("#identifier", "new@example.org");
  await page.fill("#code", totp(program.data.totp_secret));
  let mails = (await program.mails()).length;
  await send(page);
  await expectAt(page, "/security/identifiers/confirm");
  await page.fill("#code", await mailedCode(program, mails));
  mails = (await program.mails()).length;
  await send(page);
  await expectAt(page, "/security/identifiers/confirm");
  await page.fill("#code", await mailedCode(program, mails));
  mails = (await program.mails()).length;
  await send(page);
  await expectAt(page, "/security/identifiers");
  assert.match(await page.locator("main").innerText(), /n•••@example\.org/);

  const [, link] = await program.mail(/(http:\/\/\S+\/stop\?token=\S+)/, mails);
  const owner = await visit({});
  await owner.goto(link);
  await expectAccessible(owner, "undo");
  await owner.locator("button.danger").click();
  await owner.waitForURL("**/stop/done*");
  await owner.goto(link);
  assert.equal(await owner.locator("button.danger").count(), 0, "the link works once");
  await page.goto("/dashboard");
  await expectAt(page, "/sign-in");
});

journey("an owner without a factor opens a case, shows who they are, sees its status, and stops it", async ({ program, visit }) => {
  await writeIdentity(program);
  const page = await visit({});
  await openCase(program, page, (name) => expectAccessible(page, name));

  const note = await noteOf(page);
  assert.match(note, /^[A-Z0-9]{3} [A-Z0-9]{3}$/);
  const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypheic0000mif1heic")]);
  assert.equal(await give(page, "document-front", "front.jpg", "image/jpeg", heic), 422);
  assert.match(await page.locator(".error").innerText(), /HEIC/);
  await expectAccessible(page, "case documents refused");
  assert.equal(await give(page, "document-front", "front.png", "image/png", await picture(page, "image/png", "front")), 303);
  assert.equal(await give(page, "document-back", "back.jpg", "image/jpeg", await picture(page, "image/jpeg", "back")), 303);
  await turnPage(page, () => page.locator("form[action='/case/send'] button").click());
  assert.match(await page.locator(".problems").innerText(), /note/);
  assert.equal(await give(page, "holder-with-note", "me.jpg", "image/jpeg", await picture(page, "image/jpeg", note)), 303);
  const mails = (await program.mails()).length;
  await sendCase(page);
  await expectAccessible(page, "case status");
  assert.match(await page.locator("main").innerText(), /0 of 2/);

  const [, link] = await program.mail(/(http:\/\/\S+\/stop\?token=\S+)/, mails);
  const stranger = await visit({});
  await stranger.goto("/case");
  await expectAt(stranger, "/sign-in");
  await stranger.goto("/stop");
  await expectAccessible(stranger, "stop code");
  await stranger.goto(link);
  await stranger.locator("button.danger").click();
  await stranger.waitForURL("**/stop/done*");
  await page.reload();
  assert.equal(at(page), "/case");
  assert.match(await page.locator("main").innerText(), /stopped/i);
});

journey("an owner inside the account sees a case that somebody opened, and stops it by one button", async ({ program, visit }) => {
  await writeIdentity(program);
  const page = await visit({});
  await signIn(page, program);
  await confirmReview(page);
  const stranger = await visit({});
  await openCase(program, stranger);
  await page.goto("/dashboard");
  await expectAccessible(page, "overview with a case");
  const running = page.locator("section.hold", { hasText: "A request to replace your second factor is running" });
  assert.match(await running.innerText(), /They can send it to our staff until/);
  await page.goto("/review");
  await expectAccessible(page, "review with a case");
  assert.equal(await running.count(), 1);
  await page.goto("/security");
  await expectAccessible(page, "security with a case");
  const mails = (await program.mails()).length;
  await tabTo(page, running.locator("button.danger"));
  await turnPage(page, () => page.keyboard.press("Enter"));
  await expectAt(page, "/security");
  assert.match(await page.locator("[role=status]").first().innerText(), /The request was stopped/);
  assert.equal(await running.count(), 0);
  await program.mail(/The request to replace your authenticator was stopped/, mails);
  await stranger.goto("/case");
  assert.match(await stranger.locator("main").innerText(), /It was stopped/);
  assert.deepEqual(page.problems.filter((problem) => !problem.includes("422")), []);
});

journey("who enters by passkeys only takes a copy of the data with one, and without any is led to a case", async ({ program, visit }) => {
  const page = await visit({});
  await signIn(page, program);
  await confirmReview(page);
  const blue = await authenticator(page);
  await addPasskey(page, "Blue key", await freshCode(program));
  await page.goto("/security/passkeys/add");
  await page.fill("#name", "Phone");
  await pressPasskey(page);
  // A key that the account has already would answer first, and the browser would make no second one.
  await blue.remove();
  await authenticator(page, { synced: true });
  await pressPasskey(page);
  await expectAt(page, "/security/passkeys");
  await page.goto("/security/passkeys/only");
  await expectAccessible(page, "passkeys only without an identity record");
  assert.match(await page.locator(".notice").first().innerText(), /Your identity was never checked here/);
  await writeIdentity(program);
  await page.reload();
  assert.match(await page.locator(".notice").first().innerText(), /Our staff can, because your identity was checked here/);
  await pressPasskey(page);
  await expectAt(page, "/security/passkeys");

  await page.goto("/account/data/take");
  const button = page.locator(".passkey:not([hidden]) button");
  await button.waitFor();
  await expectAccessible(page, "a copy by passkey");
  await tabTo(page, button);
  const [copy] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(copy.suggestedFilename(), "my-data.json");
  // A file leaves the page where it is: the button works again.
  await page.locator(".passkey button:enabled").waitFor();

  const lost = await visit({});
  const mails = (await program.mails()).length;
  await lost.goto("/forgot-password");
  await sendWithSlider(lost, () => lost.fill("#identifier", program.data.identifier));
  await expectAt(lost, "/forgot-password/code");
  await lost.fill("#code", await mailedCode(program, mails));
  await send(lost);
  await expectAt(lost, "/forgot-password/factor");
  await expectAccessible(lost, "passkeys only at the forgotten password");
  assert.equal(await lost.locator("#code").count(), 0, "no factor is asked");
  await turnPage(lost, () => lost.locator("button", { hasText: "I have lost all my passkeys" }).click());
  await expectAt(lost, "/case/authenticator");
});
