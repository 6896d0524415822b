import assert from "node:assert/strict";

import { expectAccessible } from "../lib/accessibility.js";
import { journey } from "../lib/house.js";
import { send, turnPage } from "../lib/human_check.js";
import { at, until } from "../lib/page.js";
import { addPasskey, authenticator, freshCode, pressPasskey } from "../lib/passkey.js";
import { confirmReview, expectAt, signIn } from "../lib/ways.js";

const signOut = (page) => turnPage(page, () => page.locator("form[action='/sign-out'] button").click());

async function inside(page, program) {
  await signIn(page, program);
  await confirmReview(page);
}

journey("a passkey is added, enters by button, steps up, and opens nothing once it is removed", async ({ program, visit }) => {
  const page = await visit();
  const key = await authenticator(page);
  await inside(page, program);
  await addPasskey(page, "Blue key", await freshCode(program));
  await expectAt(page, "/security/passkeys");
  assert.match(await page.locator("main").innerText(), /Blue key\s+On one device/);
  assert.equal((await key.keys()).length, 1);
  assert.equal((await key.keys())[0].isResidentCredential, true);
  await program.mail(/A new passkey opens your account/);
  for (const path of ["/security/passkeys", "/security/passkeys/add", "/security/passkeys/only"]) {
    await page.goto(path);
    await expectAccessible(page, path);
  }

  // Without password, human check and code, straight to the last page.
  await page.goto("/security");
  await signOut(page);
  // Untouched, so that the browser's own offer does not enter before the button is pressed.
  await key.present(false);
  await page.goto("/sign-in?return_to=/security/passkeys");
  await page.locator(".passkey:not([hidden]) button").waitFor();
  await expectAccessible(page, "/sign-in with a passkey");
  await key.present(true);
  await pressPasskey(page);
  await expectAt(page, "/sign-in/access");
  await send(page);
  if (at(page) === "/review") await turnPage(page, () => page.locator("form.confirm button.primary").click());
  await expectAt(page, "/security/passkeys");

  // Who entered by passkey proves by passkey: by its button, or by Enter in another field.
  await page.goto("/security/recovery-codes");
  await page.locator(".passkey:not([hidden]) button").waitFor();
  await expectAccessible(page, "a passkey alone");
  assert.equal(await page.locator("input[name=code]:not([type=hidden])").count(), 0);
  assert.equal(await page.locator("main form > [type=submit]").isVisible(), false);
  await pressPasskey(page);
  await page.locator("#kept").waitFor();
  await page.goto("/security/password");
  await page.locator(".passkey:not([hidden]) button").waitFor();
  await page.fill("input[name=current_password]", program.data.password);
  await page.fill("input[name=password]", "nine kites over the estuary");
  await turnPage(page, () => page.press("input[name=password]", "Enter"));
  await expectAt(page, "/security");

  // A browser that cannot offer it sends the form without, and is told.
  await page.route("**/security/passkeys/options", (route) => route.abort());
  await page.goto("/security/recovery-codes");
  await send(page);
  assert.match(await page.locator("#code-error").innerText(), /we need a passkey/);
  await page.unroute("**/security/passkeys/options");

  await page.goto("/security/passkeys");
  await turnPage(page, () => page.locator("a[href^='/security/passkeys/remove']").click());
  await pressPasskey(page);
  await expectAt(page, "/security/passkeys");
  assert.match(await page.locator("main").innerText(), /No passkey yet/);
  await signOut(page);
  await key.present(false);
  await page.goto("/sign-in");
  await key.present(true);
  await pressPasskey(page);
  assert.match(await page.locator(".problems").innerText(), /No passkey opened anything/);
});

journey("a synced passkey is told apart, and one that is asked without its user verified opens nothing", async ({ program, visit }) => {
  const page = await visit();
  const key = await authenticator(page, { synced: true });
  await inside(page, program);
  await addPasskey(page, "Phone", await freshCode(program));
  await expectAt(page, "/security/passkeys");
  assert.match(await page.locator("main").innerText(), /Phone\s+Synced/);
  await signOut(page);
  await key.verified(false);
  await page.goto("/sign-in");
  const button = page.locator(".passkey:not([hidden]) button");
  await button.click();
  await until("the refusal of the browser", async () => (await page.locator(".passkey .says").innerText()).includes("Nothing came"));
  await expectAt(page, "/sign-in");
});

journey("the identifier field offers the passkey without a button being pressed", async ({ program, visit }) => {
  const page = await visit();
  await authenticator(page, { synced: true });
  await inside(page, program);
  await addPasskey(page, "Phone", await freshCode(program));
  await signOut(page);
  const keyless = await visit();
  await keyless.goto("/sign-in");
  assert.equal(await keyless.getAttribute("#identifier", "autocomplete"), "username webauthn");
  // The virtual key chooses itself from the list of suggestions as soon as the page asks for one.
  await page.goto("/sign-in", { waitUntil: "commit" });
  await page.waitForURL("**/sign-in/access", { timeout: 20_000 });
});
