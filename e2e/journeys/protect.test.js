// What protects an account beside its factors, as its owner meets it.

import assert from "node:assert/strict";

import { expectAccessible } from "../lib/accessibility.js";
import { journey } from "../lib/house.js";
import { send } from "../lib/human_check.js";
import { until } from "../lib/page.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, giveIdentifier, givePassword, mailedCode, signIn } from "../lib/ways.js";

/** A code of the app that was not typed before: the next one, when the last is the present one. */
async function freshCode(program, used) {
  const code = await until("the app's next code", () => {
    const now = totp(program.data.totp_secret);
    return used.has(now) ? null : now;
  }, 60_000);
  used.add(code);
  return code;
}

/** Opens a page of the account, fills its form and a fresh code, and sends it. */
async function change(page, program, used, path, fill) {
  await page.goto(path);
  await fill();
  await page.fill("#code", await freshCode(program, used));
  await send(page);
}

/** Signs in and confirms the review. */
async function inside(page, program, used) {
  await signIn(page, program, { code: () => freshCode(program, used) });
  await confirmReview(page);
}

journey("a trading password is refused when it is easy, and set", async ({ program, visit }) => {
  const [page, used] = [await visit(), new Set()];
  await inside(page, program, used);
  const type = (digits) => async () => {
    await page.fill("#new", digits);
    await page.fill("#again", digits);
  };
  await change(page, program, used, "/security/trading-password", type("123456"));
  assert.match(await page.locator("#new-error").innerText(), /Digits in a row/);
  await expectAccessible(page, "trading password refused");
  // The refusal spent no code: the same one is still good.
  await type("482917")();
  await page.fill("#code", [...used].at(-1));
  await send(page);
  await expectAt(page, "/security");
  assert.match(await page.locator("[role=status]").first().innerText(), /trading password is in force/);
});

journey("a mail bears the mail phrase, and a known device shows the sign-in phrase", async ({ program, visit }) => {
  const [page, used] = [await visit(), new Set()];
  await inside(page, program, used);
  const mails = (await program.mails()).length;
  await change(page, program, used, "/security/phrases", async () => {
    await page.fill("#mail", "blue teapot");
    await page.fill("#sign_in", "quiet river");
  });
  await expectAt(page, "/security");
  await program.mail(/blue teapot/, mails);
  await page.locator("form[action='/sign-out'] button").click();
  await page.waitForURL("**/signed-out");
  await giveIdentifier(page, program.data.identifier);
  assert.match(await page.locator("main").innerText(), /quiet river/);
  await expectAccessible(page, "the page with the sign-in phrase");
  const stranger = await visit();
  await giveIdentifier(stranger, program.data.identifier);
  const told = await stranger.locator("main").innerText();
  assert.doesNotMatch(told, /quiet river/);
  assert.match(told, /your sign-in phrase is not shown/);
});

journey("under the settings lock nothing is changed, and a mailed link takes back its opening", async ({ program, visit }) => {
  const [page, used] = [await visit(), new Set()];
  await inside(page, program, used);
  await change(page, program, used, "/security/lock", () => page.fill("#days", "3"));
  await expectAt(page, "/security");
  await change(page, program, used, "/security/phrases", () => page.fill("#mail", "blue teapot"));
  assert.match(await page.locator(".problems").innerText(), /settings lock is on/);
  const mails = (await program.mails()).length;
  await page.goto("/security/lock/open");
  // The refused change spent no code.
  await page.fill("#code", [...used].at(-1));
  await send(page);
  await expectAt(page, "/security");
  assert.match(await page.locator("main").innerText(), /The settings lock opens/);
  await expectAccessible(page, "security with a change that waits");
  const [link] = await program.mail(/http:\/\/localhost:\d+\/cancel\?[^\s"<>]+/, mails);
  const anywhere = await visit();
  await anywhere.goto(link);
  await expectAccessible(anywhere, "cancel");
  await send(anywhere);
  await expectAt(anywhere, "/cancel/done");
  await page.goto("/security");
  assert.doesNotMatch(await page.locator("main").innerText(), /The settings lock opens/);
});

journey("a freeze by the link of a mail is lifted by its owner with a mailed code, without a session", async ({ program, visit }) => {
  const [page, used] = [await visit(), new Set()];
  await inside(page, program, used);
  const [link] = await program.mail(/http:\/\/localhost:\d+\/freeze\?[^\s"<>]+/);
  const anywhere = await visit();
  await anywhere.goto(link);
  await expectAccessible(anywhere, "freeze");
  await anywhere.locator("form[action='/freeze'] button").click();
  await anywhere.waitForURL("**/freeze/done");
  await page.goto("/dashboard");
  await expectAt(page, "/sign-in");

  const mails = (await program.mails()).length;
  await giveIdentifier(anywhere, program.data.identifier);
  await givePassword(anywhere, program.data.password);
  await anywhere.fill("#code", await freshCode(program, used));
  await send(anywhere);
  await expectAt(anywhere, "/sign-in/unfreeze");
  await expectAccessible(anywhere, "unfreeze");
  await anywhere.fill("#code", await mailedCode(program, mails));
  await send(anywhere);
  await expectAt(anywhere, "/unfrozen");
  await expectAccessible(anywhere, "unfrozen");
  await anywhere.goto("/dashboard");
  await expectAt(anywhere, "/sign-in");
  await inside(anywhere, program, used);
  assert.match(await anywhere.locator(".hold").first().innerText(), /opened again after a freeze/);
});
