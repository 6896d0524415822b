// The mail address changes and is taken back; an owner without a factor opens a case, shows who they are, and stops it.

import assert from "node:assert/strict";

import { expectAccessible } from "../lib/accessibility.js";
import { give, noteOf, openCase, picture, sendCase, writeIdentity } from "../lib/case.js";
import { journey } from "../lib/house.js";
import { send } from "../lib/human_check.js";
import { at } from "../lib/page.js";
import { nextStep, totp } from "../lib/totp.js";
import { confirmReview, expectAt, mailedCode, signIn } from "../lib/ways.js";

journey("a changed address is taken back by the old one", async ({ program, visit }) => {
  const page = await visit({});
  await signIn(page, program);
  await confirmReview(page);
  await page.goto("/security/identifiers");
  await expectAccessible(page, "identifiers");
  await page.locator("a", { hasText: "Change" }).first().click();
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
  await page.locator("form[action='/case/send'] button").click();
  await page.waitForLoadState("load");
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
