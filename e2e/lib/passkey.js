// Chromium's virtual authenticator (CDP WebAuthn): a security key, or a key store of a device that copies its keys.

import { until } from "./page.js";
import { nextStep, totp } from "./totp.js";

/** Puts an authenticator into the page's browser and gives its handle. */
export async function authenticator(page, { synced = false } = {}) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: synced ? "internal" : "usb",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    },
  });
  return {
    keys: async () => (await client.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    add: (credential) => client.send("WebAuthn.addCredential", { authenticatorId, credential }),
    present: (enabled) => client.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
    verified: (isUserVerified) => client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    remove: () => client.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

/** A code of the demo's app that was not used yet: the one after the present one, when it has begun. */
export async function freshCode(program) {
  const begins = nextStep();
  await until("the next code", () => Date.now() >= begins, 40_000);
  return totp(program.data.totp_secret);
}

/** Presses the button of a passkey and waits for the page that follows. */
export async function pressPasskey(page, within = "") {
  const button = page.locator(`${within} .passkey:not([hidden]) button`).first();
  await button.waitFor();
  const before = page.url();
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState("load");
  return before;
}

/** Adds a passkey from within a session; `prove` fills in or sends the factor. */
export async function addPasskey(page, name, code) {
  await page.goto("/security/passkeys/add");
  await page.fill("#name", name);
  if (code) {
    await page.fill("#code", code);
    await Promise.all([page.waitForURL("**/security/passkeys/new"), page.locator("form button.primary[type=submit]").click()]);
  } else {
    await pressPasskey(page);
  }
  await pressPasskey(page);
}
