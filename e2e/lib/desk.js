// The ways of staff: added at the machine, enrolled with two keys, at the desk by one of them.

import { turnPage } from "./human_check.js";
import { connectKey } from "./staff_keys.js";
import { expectAt } from "./ways.js";

const press = (page) => turnPage(page, () => page.locator("form[data-behaviour=staff-key] button").click());

/** Adds somebody at the machine and gives the path of the link that is printed. */
export async function addStaff(program, name, role) {
  const said = await program.command("staff", "add", name, "--mail", `${name.toLowerCase().replace(/\W+/g, ".")}@staff.example`, "--role", role);
  const link = new URL(said.split("\n")[0]);
  return link.pathname + link.search;
}

/** Enrols two keys through a link; the second one stays connected. */
export async function enrol(page, path) {
  await page.goto(path);
  const carried = await connectKey(page);
  await press(page);
  const [credential] = await carried.take();
  await connectKey(page);
  await press(page);
  return credential;
}

/** From nothing to the desk. */
export async function comeToTheDesk(program, page, name, role) {
  await enrol(page, await addStaff(program, name, role));
  await page.goto("/support");
  await expectAt(page, "/support/sign-in");
  await press(page);
  await expectAt(page, "/support");
}

/** Looks up an account by its whole identifier. */
export async function lookUp(page, identifier) {
  await page.goto("/support/accounts");
  await page.fill("#identifier", identifier);
  await turnPage(page, () => page.locator("main button[type=submit]").click());
}

/** Presses a button of the account's page, with a reason. */
export async function actWith(page, reason, label) {
  await page.fill("#reason", reason);
  await turnPage(page, () => page.getByRole("button", { name: label, exact: true }).click());
}
