// Takes the pictures of docs/worst-day.md from the running program: DOORWARD=<program> node e2e/pictures_worst_day.js <folder>

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launch, visitor } from "./lib/browser.js";
import { openCase, writeIdentity } from "./lib/case.js";
import { send } from "./lib/human_check.js";
import { until } from "./lib/page.js";
import { Program } from "./lib/program.js";
import { nextStep, totp } from "./lib/totp.js";
import { confirmReview, mailedCode, signIn } from "./lib/ways.js";

const folder = process.argv[2] ?? "../docs/pictures";
await mkdir(folder, { recursive: true });
const rules = await mkdtemp(join(tmpdir(), "doorward-policy-"));
const policy = join(rules, "policy.toml");
const ruleHere = (mode) => writeFile(policy, `default = "open"\n[networks]\nlocal = "${mode}"\n`);
await ruleHere("open");
const program = await Program.demo([`jurisdiction.policy=${policy}`]);
const browser = await launch();
try {
  const visit = () => visitor(browser, program.url, { viewport: { width: 1120, height: 840 } });
  const take = (page, name) => page.screenshot({ path: `${folder}/worst-day-${name}.png` });
  const owner = await visit();
  await signIn(owner, program);
  await confirmReview(owner);

  // The password is stolen: the link in the mail of an entry opens a page that freezes.
  const [, freeze] = await program.mail(/(http:\/\/\S+\/freeze\?token=\S+)/);
  const reader = await visit();
  await reader.goto(freeze);
  await take(reader, "freeze");

  // The mailbox is taken over: the old address takes a change back.
  await owner.goto("/security/identifiers");
  await owner.locator("a", { hasText: "Change" }).first().click();
  await owner.waitForTimeout(Math.max(0, nextStep() - Date.now()));
  await owner.fill("#identifier", "new@example.org");
  await owner.fill("#code", totp(program.data.totp_secret));
  for (const _ of ["old", "new"]) {
    const mails = (await program.mails()).length;
    await send(owner);
    await owner.waitForURL("**/security/identifiers/confirm");
    await owner.fill("#code", await mailedCode(program, mails));
  }
  const mails = (await program.mails()).length;
  await send(owner);
  const [, undo] = await program.mail(/(http:\/\/\S+\/stop\?token=\S+)/, mails);
  await reader.goto(undo);
  await take(reader, "undo");

  // The country is restricted: what remains is said on every page.
  await ruleHere("withdraw-only");
  await until("the banner", async () => {
    await owner.goto("/dashboard");
    return owner.locator(".restriction").count();
  });
  await take(owner, "country");
} finally {
  await browser.close();
  await program.remove();
}

// The phone is lost: a case, up to the pictures with the code of the day.
const house = await Program.demo([]);
const second = await launch();
try {
  await writeIdentity(house);
  const page = await visitor(second, house.url, { viewport: { width: 1120, height: 840 } });
  await openCase(house, page, () => null);
  await page.screenshot({ path: `${folder}/worst-day-case.png` });

  // The owner, in another browser, sees it running before it is sent.
  const inside = await visitor(second, house.url, { viewport: { width: 1120, height: 840 } });
  await signIn(inside, house);
  await inside.waitForURL("**/review");
  await confirmReview(inside);
  await inside.goto("/dashboard");
  await inside.screenshot({ path: `${folder}/worst-day-running.png` });
} finally {
  await second.close();
  await house.remove();
  await rm(rules, { recursive: true, force: true });
}
