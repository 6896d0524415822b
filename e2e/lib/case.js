// The ways of a lost-factor case: opened by its owner, with pictures that the browser itself draws.

import { send, turnPage } from "./human_check.js";
import { totp } from "./totp.js";
import { expectAt, giveIdentifier, givePassword, mailedCode } from "./ways.js";

/** The number of the document in the record. */
export const DOCUMENT_NUMBER = "L01X00T47";

/** What an operator's own checks found out about the demo's customer. */
export const writeIdentity = (program) =>
  program.command("account", "identity", "set", program.data.identifier, ...["--name", "Ada King", "--birth-date", "1990-02-28"], ...["--document-number", DOCUMENT_NUMBER, "--residence", "DE", "--level", "document", "--source", "KYC desk"]);

/** A picture as a phone would take it. */
export async function picture(page, type, words, side = 900) {
  const url = await page.evaluate(
    ([type, words, side]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: side, height: Math.round(side * 0.6) });
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#d8e4e8";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = "#123";
      pen.font = "40px sans-serif";
      pen.fillText(words, 40, 120);
      return canvas.toDataURL(type);
    },
    [type, words, side],
  );
  return Buffer.from(url.split(",")[1], "base64");
}

/** Adds a file on the page of the pictures; gives the status of the answer. */
export async function give(page, kind, name, mimeType, buffer) {
  const form = page.locator(`form.picture:has(#file-${kind})`);
  await form.locator("input[type=file]").setInputFiles({ name, mimeType, buffer });
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  // The page that follows is the same one with another picture: the next file must not be given to this one.
  await turnPage(page, () => form.locator("button").click());
  return (await answered).status();
}

/** From the sign-in to the page of the pictures; gives the secret of the new app. `see` looks at each page. */
export async function openCase(program, page, see = async () => {}) {
  await giveIdentifier(page, program.data.identifier);
  await givePassword(page, program.data.password);
  await expectAt(page, "/sign-in/code");
  const mails = (await program.mails()).length;
  await page.locator("button", { hasText: "I have lost my authenticator" }).click();
  await page.waitForURL("**/case/code");
  await see("case code");
  await page.fill("#code", await mailedCode(program, mails));
  await send(page);
  await expectAt(page, "/case/authenticator");
  await see("case authenticator");
  await page.locator("details summary").first().click();
  const secret = await page.locator("#totp-secret").innerText();
  await page.fill("#code", totp(secret));
  await send(page);
  await expectAt(page, "/case/documents");
  await see("case documents");
  return secret;
}

/** The code of the day that the note must bear. */
export const noteOf = (page) => page.locator(".secret code").innerText();

/** Sends the case to staff. */
export async function sendCase(page) {
  await page.locator("form[action='/case/send'] button").click();
  await page.waitForURL("**/case");
}
