// What was acknowledged is still there: after a kill in the middle of everything, and after an orderly stop.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";

import { launch, visitor } from "../lib/browser.js";
import { sendWithSlider } from "../lib/human_check.js";
import { until } from "../lib/page.js";
import { Program } from "../lib/program.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, giveIdentifier, givePassword, mailedCode, signIn } from "../lib/ways.js";

/** A port that the restarted program must have again, so that browsers find it where it was. */
const portOf = (url) => new URL(url).port;

test("kill -9 during sign-ins, then a restart: nothing acknowledged is lost", { timeout: 240_000 }, async () => {
  const program = await Program.demo();
  const browser = await launch();
  let again;
  try {
    const inside = await visitor(browser, program.url);
    let code;
    await signIn(inside, program, { code: () => (code = totp(program.data.totp_secret)) });
    await confirmReview(inside);
    const signedUp = await visitor(browser, program.url);
    const mails = (await program.mails()).length;
    await signedUp.goto("/sign-up");
    await sendWithSlider(signedUp, () => signedUp.fill("#identifier", "kept@example.org"));
    const mailed = await mailedCode(program, mails);

    // Three others are at their passwords in the moment in which the program dies.
    const others = await Promise.all(
      [0, 1, 2].map(async () => {
        const page = await visitor(browser, program.url);
        await giveIdentifier(page, program.data.identifier);
        return page;
      }),
    );
    const underWay = others.map((page) => givePassword(page, program.data.password).catch(() => null));
    await until("a request under way", () => others[0].evaluate(() => Boolean(document.querySelector("[data-part=field-answer]")?.value)).catch(() => true));
    assert.equal(await program.end("SIGKILL"), "SIGKILL");
    await Promise.all(others.map((page) => page.close()));
    await Promise.all(underWay);

    again = await Program.serve(program.folder, [`listen.address=localhost:${portOf(program.url)}`]);
    // The session and the review that were answered.
    await inside.goto("/dashboard");
    await expectAt(inside, "/dashboard");
    // The sign-up with the code that was mailed.
    await signedUp.fill("#code", mailed);
    await signedUp.locator("form button[type=submit].primary").first().click();
    await signedUp.waitForURL("**/sign-up/password");
    // The code of the app that was spent stays spent.
    const page = await visitor(browser, program.url);
    await giveIdentifier(page, program.data.identifier);
    await givePassword(page, program.data.password);
    await expectAt(page, "/sign-in/code");
    await page.fill("#code", code);
    await page.locator("form button[type=submit].primary").first().click();
    await page.locator("#code-error").waitFor();
  } finally {
    await browser.close();
    await again?.end();
    await program.remove();
  }
});

test("SIGTERM ends the program in order, and a session outlives it", { timeout: 120_000 }, async () => {
  const program = await Program.demo();
  const browser = await launch();
  let again;
  try {
    const page = await visitor(browser, program.url);
    await signIn(page, program);
    assert.equal(await program.end("SIGTERM"), 0);
    again = await Program.serve(program.folder, [`listen.address=localhost:${portOf(program.url)}`]);
    await page.goto("/dashboard");
    await expectAt(page, "/review");
    await confirmReview(page);
    assert.equal(await again.end("SIGTERM"), 0);
  } finally {
    await browser.close();
    await again?.end();
    await program.remove();
    await rm(program.folder, { recursive: true, force: true });
  }
});
