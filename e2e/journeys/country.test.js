// The rules of a place change while the server runs: what is refused says why and what remains, and it opens again.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { expectAccessible } from "../lib/accessibility.js";
import { journey } from "../lib/house.js";
import { until } from "../lib/page.js";
import { confirmReview, expectAt, signIn } from "../lib/ways.js";

const folder = await mkdtemp(join(tmpdir(), "doorward-policy-"));
after(() => rm(folder, { recursive: true, force: true }));
const policy = join(folder, "policy.toml");
const ruleHere = (mode) => writeFile(policy, `default = "open"\n[networks]\nlocal = "${mode}"\n`);
await ruleHere("open");

journey(
  "a place is restricted to withdrawals without a restart, says so wherever it matters, and opens again",
  async ({ program, visit }) => {
    const [owner, newcomer] = [await visit(), await visit()];
    await signIn(owner, program);
    await confirmReview(owner);
    const banner = owner.locator(".restriction");
    assert.equal(await banner.count(), 0);
    assert.equal((await newcomer.goto("/sign-up")).status(), 200);

    await ruleHere("withdraw-only");
    await until("the banner", async () => {
      await owner.goto("/dashboard");
      return banner.count();
    });
    assert.match(await banner.innerText(), /Withdrawals only: you can withdraw and cancel orders[^]*private networks/);
    await expectAccessible(owner, "dashboard with a restriction");
    for (const path of ["/activity", "/security", "/security/identifiers"]) {
      assert.equal((await owner.goto(path)).status(), 200, `${path} can be looked at`);
      await expectAt(owner, path);
      assert.equal(await banner.count(), 1, `${path} says what is in force`);
    }

    assert.equal((await newcomer.goto("/sign-up")).status(), 451);
    await expectAccessible(newcomer, "sign-up refused");
    const told = await newcomer.locator("main").innerText();
    assert.match(told, /do not let you open an account\. In force: Withdrawals only\./);
    assert.match(told, /rules for private networks apply, because your IP address is one of them/);
    assert.doesNotMatch(told, /In force since/, "a rule without a date has no beginning");
    const remains = await newcomer.locator("main ul.bullets li").allInnerTexts();
    assert.ok(remains.includes("withdraw") && remains.includes("look at the account"), `remains: ${remains}`);
    assert.ok(!remains.some((action) => ["open an account", "buy", "deposit"].includes(action)), `remains: ${remains}`);
    // Who has an account comes in all the same.
    assert.equal((await newcomer.goto("/sign-in")).status(), 200);

    await writeFile(policy, "default = \"shut\"\n");
    await until("the line with the error", () => program.log.includes("policy.toml:1"));
    await owner.goto("/dashboard");
    assert.equal(await banner.count(), 1, "a file with an error changes nothing");

    await ruleHere("open");
    await until("the end of the banner", async () => {
      await owner.goto("/dashboard");
      return (await banner.count()) === 0;
    });
    assert.equal((await newcomer.goto("/sign-up")).status(), 200);
    assert.deepEqual(owner.problems, []);
    assert.deepEqual(newcomer.problems.filter((problem) => !/451/.test(problem)), []);
  },
  { set: [`jurisdiction.policy=${policy}`] },
);
