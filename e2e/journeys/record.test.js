// What a customer reads and takes of the record, denying a line, and an erasure that is called off.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { journey } from "../lib/house.js";
import { send, turnPage } from "../lib/human_check.js";
import { until } from "../lib/page.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, signIn } from "../lib/ways.js";

const run = promisify(execFile);

/** Follows a link that downloads, and gives the file's text. */
async function taken(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

journey("a customer filters the activity, takes it as a table, and proves it against the audit log", async ({ program, visit }) => {
  const page = await visit();
  await signIn(page, program);
  await confirmReview(page);
  await program.command("account", "show", program.data.identifier);
  await page.goto("/activity");
  const lines = page.locator("li.fact");
  const all = await lines.count();
  assert.ok(all >= 2, `${all} lines`);
  await turnPage(page, () => page.locator("nav.choices a", { hasText: "Our staff" }).click());
  await expectAt(page, "/activity");
  assert.equal(await lines.count(), 1);
  assert.match(await lines.first().innerText(), /Our staff looked at the account/);

  const table = await taken(page, () => page.locator("a[href^='/activity/table']").click());
  assert.equal(table.name, "activity.csv");
  assert.match(table.text, /^\ufeffNumber,Time \(UTC\),What happened,IP address,Browser\n/);
  assert.equal(table.text.trim().split("\n").length, 2, "the filter holds for the table too");
  assert.match(table.text, /Our staff looked at the account/);

  // The server gives every entry its place within a second; then the copy proves all of them.
  const copy = await until("a copy with every proof", async () => {
    const { text } = await taken(page, () => page.locator("a[href='/activity/record']").click());
    return JSON.parse(text).entries.every((entry) => entry.path !== null) ? text : null;
  });
  const file = join(program.folder, "audit-log.json");
  await writeFile(file, copy);
  const key = (await program.command("audit", "key")).trim();
  const verifier = new URL("../verify_audit.py", import.meta.url).pathname;
  const { stdout } = await run("python3", [verifier, "copy", key, file]);
  assert.match(stdout, /verified: copy/);
  await writeFile(file, copy.replace("staff-looked", "signed-out"));
  await assert.rejects(run("python3", [verifier, "copy", key, file]));
  assert.deepEqual(page.problems, []);
});

journey("this wasn't me, on a line of the activity, freezes after one question", async ({ program, visit }) => {
  const page = await visit();
  await signIn(page, program);
  await confirmReview(page);
  await page.goto("/activity");
  await turnPage(page, () => page.locator("li.fact button.danger").first().click());
  await turnPage(page, () => page.locator("button[value=freeze]").click());
  await expectAt(page, "/freeze/done");
  assert.match(await program.command("account", "show", program.data.identifier), /status\s+frozen/);
});

journey("a copy of one's data, and an erasure that is called off by its link and behind the door", async ({ program, visit }) => {
  const page = await visit();
  await signIn(page, program, { code: program.data.recovery_codes[0] });
  await confirmReview(page);
  await page.goto("/account/data");
  await turnPage(page, () => page.locator("a[href='/account/data/take']").click());
  const used = totp(program.data.totp_secret);
  await page.fill("#code", used);
  const copy = await taken(page, () => page.locator("form[action='/account/data/take'] button[type=submit]").click());
  assert.equal(copy.name, "my-data.json");
  const held = JSON.parse(copy.text);
  assert.equal(held.identifiers[0].value, program.data.identifier);
  assert.ok(!copy.text.includes(program.data.totp_secret));

  const mails = (await program.mails()).length;
  await page.goto("/account/data/erase");
  // A code is good once: the next one comes within half a minute.
  await until("the next code", async () => totp(program.data.totp_secret) !== used, 40_000);
  await page.fill("#code", totp(program.data.totp_secret));
  await send(page);
  await expectAt(page, "/account/data");
  assert.match(await page.locator("main").innerText(), /going to be erased/);
  const [, token] = await program.mail(/\/erasure\/cancel\?token=([A-Za-z0-9_-]+)/, mails);
  const reader = await visit();
  await reader.goto(`/erasure/cancel?token=${token}`);
  await send(reader);
  await expectAt(reader, "/erasure/cancelled");
  await page.goto("/account/data");
  assert.doesNotMatch(await page.locator("main").innerText(), /going to be erased/);

  assert.match(await program.command("account", "erase", program.data.identifier), /will be erased on/);
  await page.goto("/account/data");
  await turnPage(page, () => page.locator("form[action='/account/data/keep'] button").click());
  assert.match(await page.locator("[role=status]").first().innerText(), /called off/);
});
