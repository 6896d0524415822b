import assert from "node:assert/strict";

import { expectAccessible } from "../lib/accessibility.js";
import { openCase, writeIdentity } from "../lib/case.js";
import { actWith, addStaff, comeToTheDesk, lookUp } from "../lib/desk.js";
import { journey } from "../lib/house.js";
import { send, sendWithSlider, turnPage } from "../lib/human_check.js";
import { authenticator, freshCode, pressPasskey } from "../lib/passkey.js";
import { picture } from "../lib/picture.js";
import { staffSettings } from "../lib/staff_keys.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, giveDeviceCode, giveIdentifier, givePassword, mailedCode } from "../lib/ways.js";

const OPEN = ["/", "/before-you-sign-in", "/sign-in", "/sign-up", "/forgot-password", "/help", "/help/code-rejected", "/help/passkeys", "/help/lost-phone", "/mailbox", "/stop", "/stop/done", "/unfrozen", "/freeze/done", "/cancel/done", "/erasure/cancelled", "/signed-out", "/no-such-page"];
const INSIDE = ["/review", "/dashboard", "/balances", "/markets", "/markets/BTC-EUR", "/security", "/security/password", "/security/authenticator", "/security/recovery-codes", "/security/trading-password", "/security/trading-password/forgotten", "/security/phrases", "/security/choices", "/security/lock", "/security/freeze", "/security/passkeys", "/security/passkeys/add", "/security/passkeys/only", "/security/identifiers", "/security/identifiers/change?kind=add", "/activity", "/activity?about=failed&days=7", "/activity?from=2026-01-01&to=2026-12-31", "/activity?from=2026-02-30", "/account/data", "/account/data/take", "/account/data/erase"];

const LOOKS = [
  ["light", { colorScheme: "light", viewport: { width: 1440, height: 900 } }],
  ["dark", { colorScheme: "dark", viewport: { width: 1440, height: 900 } }],
  ["phone", { colorScheme: "light", viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }],
  // 1280 px at 400 %: what a person sees who magnifies.
  ["magnified", { colorScheme: "light", viewport: { width: 320, height: 256 }, reducedMotion: "reduce" }],
];

for (const [look, options] of LOOKS) {
  journey(`every page is accessible and fits, ${look}`, async ({ program, visit }) => {
    const page = await visit(options);
    let number = 0;
    const see = async (name, at = page) => {
      await at.evaluate(() => document.fonts.ready);
      const overflow = await at.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await picture(at, `${look}-${String(number++).padStart(2, "0")}-${name}`);
      await expectAccessible(at, `${look} ${name}`);
      assert.ok(overflow <= 0, `${look} ${name} is ${overflow} px too wide`);
    };
    for (const path of OPEN) {
      await page.goto(path);
      await see(path);
    }

    const mails = (await program.mails()).length;
    await giveIdentifier(page, program.data.identifier);
    await see("sign-in-password");
    await givePassword(page, program.data.password);
    await see("sign-in-code");
    await page.fill("#code", "000000");
    await send(page);
    await see("sign-in-code-refused");
    await page.fill("#code", totp(program.data.totp_secret));
    await send(page);
    await see("sign-in-device");
    await giveDeviceCode(page, program, mails);
    await see("sign-in-access");
    await send(page);
    await expectAt(page, "/review");
    await confirmReview(page);
    for (const path of INSIDE) {
      await page.goto(path);
      await see(path);
    }

    await writeIdentity(program);
    const other = await visit(options);
    await openCase(program, other);
    for (const path of ["/review", "/dashboard", "/security"]) {
      await page.goto(path);
      await see(`case-${path}`);
    }
    await turnPage(page, () => page.locator("form[action='/security/case/stop'] button").click());
    await see("case-stopped");

    const key = await authenticator(page);
    await page.goto("/security/passkeys/add");
    await page.fill("#name", "Blue key");
    await page.fill("#code", await freshCode(program));
    await send(page);
    await page.locator(".passkey:not([hidden]) button").waitFor();
    await see("passkeys-new");
    await pressPasskey(page);
    await expectAt(page, "/security/passkeys");
    await see("passkeys-one");
    await page.goto("/security/passkeys/only");
    await see("passkeys-only");
    await page.goto("/security/passkeys");
    await turnPage(page, () => page.locator("a[href^='/security/passkeys/remove']").click());
    await page.locator(".passkey:not([hidden]) button").waitFor();
    await see("passkeys-remove");
    await page.goto("/account/data/take");
    await page.locator(".passkey:not([hidden]) button").waitFor();
    await see("take-by-passkey");
    await page.goto("/security");
    await see("security-with-passkey");
    await page.goto("/security/identifiers/change?kind=add");
    await page.fill("#identifier", "second@example.org");
    await pressPasskey(page);
    await expectAt(page, "/security/identifiers/confirm");
    await see("identifiers-confirm");
    await page.goto("/security/lock");
    await page.fill("#days", "3");
    await pressPasskey(page);
    await expectAt(page, "/security");
    await page.goto("/security/lock/open");
    await expectAt(page, "/security/lock/open");
    await see("lock-open");
    await page.goto("/security/phrases");
    await page.fill("#mail", "blue teapot");
    await pressPasskey(page);
    await see("phrases-under-the-lock");
    await key.present(false);

    const newcomer = await visit(options);
    const before = (await program.mails()).length;
    await newcomer.goto("/sign-up");
    await sendWithSlider(newcomer, () => newcomer.fill("#identifier", "looks@example.org"));
    await see("sign-up-code", newcomer);
    await newcomer.fill("#code", await mailedCode(program, before));
    await send(newcomer);
    await see("sign-up-password", newcomer);
    await newcomer.fill("#password", "seven lanterns over the harbour");
    await send(newcomer);
    await see("sign-up-authenticator", newcomer);
    await newcomer.locator("details summary").first().click();
    await newcomer.fill("#code", totp(await newcomer.locator("#totp-secret").innerText()));
    await send(newcomer);
    await see("sign-up-recovery-codes", newcomer);
    await newcomer.check("#kept");
    await send(newcomer);
    await see("sign-up-access", newcomer);
  });
}

const AT_THE_DESK = ["/support", "/support/accounts", "/support/requests", "/support/staff"];
const set = await staffSettings();

for (const [look, options] of LOOKS) {
  journey(
    `every page of the desk is accessible and fits, ${look}`,
    async ({ program, visit }) => {
        const page = await visit(options);
      const see = async (name) => {
        await page.evaluate(() => document.fonts.ready);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        await picture(page, `${look}-desk-${name}`);
        await expectAccessible(page, `${look} ${name}`);
        assert.ok(overflow <= 0, `${look} ${name} is ${overflow} px too wide`);
      };
      await page.goto("/support/sign-in");
      await see("sign-in");
      await page.goto(await addStaff(program, "Ola Berg", "auditor"));
      await see("enrol");
      await comeToTheDesk(program, page, "Mia Lindqvist", "approver");
      for (const path of AT_THE_DESK) {
        await page.goto(path);
        await see(path);
      }
      await lookUp(page, "nobody@demo.example");
      await see("look-up-refused");
      await lookUp(page, program.data.identifier);
      await see("account");
      await actWith(page, "Says on the phone that it was not her.", "Freeze the account");
      await actWith(page, "Called back on the known number.", "Ask to lift the freeze");
      await see("account-frozen");
      await page.goto("/support/requests");
      await see("requests");
      await program.command("staff", "role", "Mia Lindqvist", "agent");
      await page.goto("/support/left");
      await see("left");
    },
    { set },
  );
}
