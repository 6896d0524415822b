import assert from "node:assert/strict";

import { journey } from "../lib/house.js";
import { turnPage } from "../lib/human_check.js";
import { until } from "../lib/page.js";
import { confirmReview, expectAt, signIn } from "../lib/ways.js";

journey("a session that is ended from a second browser is over at its next request", async ({ program, visit }) => {
  const first = await visit();
  await signIn(first, program);
  await confirmReview(first);
  const second = await visit();
  await signIn(second, program, { code: program.data.recovery_codes[0] });
  await confirmReview(second);
  await second.goto("/security");
  const ends = second.locator("form[action='/security/sessions/end']");
  await until("the other session", async () => (await ends.count()) > 0);
  await turnPage(second, () => ends.first().locator("button").click());
  await expectAt(second, "/security");

  await first.goto("/dashboard");
  await expectAt(first, "/sign-in");
  await second.goto("/dashboard");
  await expectAt(second, "/dashboard");
});

journey("the operator ends every session, and freezes an account", async ({ program, visit }) => {
  const page = await visit();
  await signIn(page, program);
  assert.match(await program.command("account", "end-sessions", "--all"), /1 sessions ended/);
  await page.goto("/dashboard");
  await expectAt(page, "/sign-in");
  assert.match(await program.command("account", "freeze", program.data.identifier), /frozen/);
  assert.match(await program.command("account", "show", program.data.identifier), /status\s+frozen/);
});
