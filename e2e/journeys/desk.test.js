import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { expectAccessible } from "../lib/accessibility.js";
import { DOCUMENT_NUMBER, give, noteOf, openCase, picture, sendCase, writeIdentity } from "../lib/case.js";
import { actWith, addStaff, comeToTheDesk, enrol, lookUp } from "../lib/desk.js";
import { journey } from "../lib/house.js";
import { turnPage } from "../lib/human_check.js";
import { at, until } from "../lib/page.js";
import { connectKey, staffSettings } from "../lib/staff_keys.js";
import { expectAt, signIn } from "../lib/ways.js";

const set = await staffSettings();
const folder = await mkdtemp(join(tmpdir(), "doorward-policy-"));
after(() => rm(folder, { recursive: true, force: true }));
const policy = join(folder, "policy.toml");
await writeFile(policy, 'default = "open"\n');

/** A page of the desk is accessible, and fits a phone and a desk. */
async function fits(page, name) {
  const before = page.viewportSize();
  for (const width of [320, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectAccessible(page, `${name} at ${width}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
  }
  await page.setViewportSize(before);
}

/** Walks to something with the tab key, from the beginning of the page. */
async function reach(page, target) {
  await page.evaluate(() => document.activeElement?.blur());
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error("the keyboard does not come there");
}

journey(
  "two of the staff enrol, freeze an account and lift the freeze together, and its owner reads who looked",
  async ({ program, visit }) => {
    const [mia, jo] = [await visit(), await visit()];
    await comeToTheDesk(program, mia, "Mia Lindqvist", "approver");
    await comeToTheDesk(program, jo, "Jo Ferreira", "compliance");
    assert.match(await mia.locator(".notice.amber").innerText(), /only one is enrolled/);
    await program.mail(/A colleague has enrolled/);

    const owner = await visit();
    await signIn(owner, program);

    await mia.keyboard.press("/");
    await mia.waitForURL("**/support/accounts");
    await lookUp(mia, "nobody@demo.example");
    assert.match(await mia.locator(".problems").innerText(), /no account for exactly this/);
    await lookUp(mia, program.data.identifier);
    assert.match(at(mia), /^\/support\/accounts\/[0-9a-f-]{36}$/);
    assert.ok(!(await mia.locator("main").innerText()).includes(program.data.identifier), "identifiers are masked");
    await owner.goto("/review");
    assert.match(await owner.locator("main").innerText(), /Our staff looked at the account \(Mia Lindqvist\)/);

    await actWith(mia, "Says on the phone that it was not her.", "Freeze the account");
    assert.match(await mia.locator("main").innerText(), /Frozen by staff/);
    await owner.goto("/dashboard");
    await expectAt(owner, "/sign-in");

    await actWith(mia, "Called back on the known number.", "Ask to lift the freeze");
    await mia.goto("/support/requests");
    assert.equal(await mia.getByRole("button", { name: "Agree" }).count(), 0, "nobody agrees with themselves");
    await jo.goto("/support/requests");
    await turnPage(jo, () => jo.getByRole("button", { name: "Agree" }).click());
    assert.match(await jo.locator(".notice").innerText(), /a hold has begun/);
    assert.match(await program.command("account", "show", program.data.identifier), /status\s+open/);
    assert.deepEqual([...mia.problems, ...jo.problems].filter((problem) => !/4\d\d/.test(problem)), []);
  },
  { set },
);

journey(
  "two of the staff let an account out of a blocked country and lift the block, with the keyboard alone",
  async ({ program, visit }) => {
    await writeIdentity(program);
    const [mia, jo] = [await visit(), await visit()];
    await comeToTheDesk(program, mia, "Mia Lindqvist", "approver");
    await comeToTheDesk(program, jo, "Jo Ferreira", "compliance");
    const blocks = async (page) => {
      await page.goto("/support/blocks");
      return page.locator("main").innerText();
    };
    assert.match(await blocks(mia), /Nothing is blocked/);
    await writeFile(policy, '[countries]\nDE = "blocked"\n');
    await until("the block", async () => /The policy in force blocks it/.test(await blocks(mia)));
    assert.equal(await mia.locator("textarea").count(), 0, "first the file");
    await fits(mia, "blocks");

    await lookUp(mia, program.data.identifier);
    await actWith(mia, "A court said so.", "Ask to let it out of the block");
    await fits(mia, "account whose block waits");
    const agree = async () => {
      await jo.goto("/support/requests");
      await reach(jo, jo.getByRole("button", { name: "Agree" }));
      await turnPage(jo, () => jo.keyboard.press("Enter"));
      assert.match(await jo.locator(".notice").first().innerText(), /The block is lifted/);
    };
    await agree();
    await program.mail(/let your account out of the block/);
    await mia.reload();
    assert.match(await mia.locator("main").innerText(), /let out of the block by two colleagues since/);
    await actWith(mia, "The court changed its mind.", "Call back into the block");
    await program.mail(/called your account back into the block/);
    await fits(mia, "account called back");

    await writeFile(policy, 'default = "open"\n');
    await until("the file", async () => /no longer blocks it/.test(await blocks(mia)));
    const reason = mia.locator("textarea");
    await reach(mia, reason);
    await mia.keyboard.press("Tab");
    await turnPage(mia, () => mia.keyboard.press("Enter"));
    assert.equal(await reason.getAttribute("aria-invalid"), "true");
    await fits(mia, "blocks with a problem");
    await reach(mia, reason);
    await mia.keyboard.type("Off the list.");
    await mia.keyboard.press("Tab");
    await turnPage(mia, () => mia.keyboard.press("Enter"));
    assert.match(await mia.locator("main").innerText(), /Mia Lindqvist has asked to lift it/);
    await fits(mia, "blocks with a request");
    await agree();
    assert.match(await blocks(mia), /Nothing is blocked/);
    assert.deepEqual([...mia.problems, ...jo.problems].filter((problem) => !/4\d\d/.test(problem)), []);
  },
  { set: [...set, `jurisdiction.policy=${policy}`] },
);

journey(
  "a key that is not on the list or that syncs is refused, a link opens once, and whoever is removed is out",
  async ({ program, visit }) => {
    const page = await visit();
    const path = await addStaff(program, "Mia Lindqvist", "agent");
    await page.goto(path);
    const synced = await connectKey(page, { defaultBackupEligibility: true, defaultBackupState: true });
    await turnPage(page, () => page.locator("form[data-behaviour=staff-key] button").click());
    assert.match(await page.locator(".problems").innerText(), /syncs between devices/);
    await synced.take();
    await enrol(page, path);
    assert.match(await page.locator("h1").innerText(), /Both passkeys are enrolled/);
    await page.goto(path);
    assert.match(await page.locator("h1").innerText(), /opens nothing/);

    await page.goto("/support/sign-in");
    await turnPage(page, () => page.locator("form[data-behaviour=staff-key] button").click());
    await expectAt(page, "/support");
    await program.command("staff", "role", "Mia Lindqvist", "auditor");
    await page.goto("/support");
    await expectAt(page, "/support/sign-in");
    await turnPage(page, () => page.locator("form[data-behaviour=staff-key] button").click());
    await lookUp(page, program.data.identifier);
    assert.match(await page.locator("main").innerText(), /Your role reads only/);
    await program.command("staff", "remove", "Mia Lindqvist");
    await page.goto("/support");
    await expectAt(page, "/support/sign-in");
    await turnPage(page, () => page.locator("form[data-behaviour=staff-key] button").click());
    assert.match(await page.locator(".problems").innerText(), /does not open the desk/);
  },
  { set },
);

journey(
  "two approvers look at a case, decide it apart from each other, and until its time nothing changes",
  async ({ program, visit }) => {
    await writeIdentity(program);
    const [mia, jo, owner] = [await visit(), await visit(), await visit()];
    await comeToTheDesk(program, mia, "Mia Lindqvist", "approver");
    assert.match(await mia.locator(".notice.amber").innerText(), /only one is enrolled/);
    await comeToTheDesk(program, jo, "Jo Ferreira", "approver");
    assert.equal(await jo.locator(".notice.amber").count(), 0);

    await openCase(program, owner);
    const note = await noteOf(owner);
    for (const [kind, words] of [["document-front", "front"], ["document-back", "back"], ["holder-with-note", note]]) {
      assert.equal(await give(owner, kind, `${kind}.jpg`, "image/jpeg", await picture(owner, "image/jpeg", words)), 303);
    }
    await sendCase(owner);

    await mia.goto("/support");
    await fits(mia, "queue");
    await turnPage(mia, () => mia.locator("a[href^='/support/cases/']").click());
    assert.equal(await mia.locator(".code-of-day").innerText(), note);
    const captions = await mia.locator(".evidence figcaption > b").allInnerTexts();
    assert.deepEqual(captions, ["Document, front", "Document, back", "Holder with the note"]);
    const widths = await mia.locator(".evidence img").evaluateAll((pictures) => pictures.map((picture) => picture.naturalWidth));
    assert.equal(widths.length, 3);
    assert.ok(widths.every((width) => width > 0), `the pictures are there: ${widths}`);
    assert.ok(!(await mia.locator("main").innerText()).includes(program.data.identifier), "identifiers are masked");
    await fits(mia, "case");
    await mia.fill("#number", "L01X00T48");
    await turnPage(mia, () => mia.getByRole("button", { name: "Compare" }).click());
    assert.match(await mia.locator("main").innerText(), /The number is not the one of the record/);
    await mia.fill("#number", DOCUMENT_NUMBER);
    await turnPage(mia, () => mia.getByRole("button", { name: "Compare" }).click());
    assert.match(await mia.locator("main").innerText(), /The number is the one of the record/);
    await actWith(mia, "", "Approve");
    assert.match(await mia.locator(".problems").innerText(), /reason/i);
    await fits(mia, "case refused");
    await actWith(mia, "Face, note and number agree.", "Approve");
    assert.equal(await mia.getByRole("button", { name: "Approve" }).count(), 0, "nobody decides twice");
    await owner.reload();
    assert.match(await owner.locator("main").innerText(), /1 of 2/);

    const mails = (await program.mails()).length;
    await jo.goto(at(mia));
    assert.match(await jo.locator("main").innerText(), /Mia Lindqvist/);
    await actWith(jo, "The same, seen by myself.", "Approve");
    assert.match(await jo.locator("main").innerText(), /Approved, waits for its time/);
    await fits(jo, "case approved");
    await owner.reload();
    await expectAccessible(owner, "case waiting");
    assert.match(await owner.locator("main").innerText(), /Agreed: now the wait/);
    await program.mail(/\/stop\?token=\S+/, mails);

    // Nothing has changed before its time: the old app still opens the door, and whoever has it is told.
    const present = await visit();
    await signIn(present, program);
    assert.match(await present.locator("main").innerText(), /Our staff looked at your case \d+ times: Jo Ferreira, Mia Lindqvist/);
    assert.doesNotMatch(await present.locator("main").innerText(), /does not say what it is/, "what staff sit at is not told");
    assert.deepEqual([...mia.problems, ...jo.problems, ...owner.problems].filter((problem) => !/4\d\d/.test(problem)), []);
  },
  { set },
);
