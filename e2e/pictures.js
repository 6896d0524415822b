// Takes the README's pictures from the running program: DOORWARD=<program> node e2e/pictures.js <folder>

import { mkdir } from "node:fs/promises";

import { launch, visitor } from "./lib/browser.js";
import { confirmReview, expectAt, giveDeviceCode, giveIdentifier, givePassword } from "./lib/ways.js";
import { send } from "./lib/human_check.js";
import { until } from "./lib/page.js";
import { Program } from "./lib/program.js";
import { totp } from "./lib/totp.js";

const folder = process.argv[2] ?? "../docs/pictures";
await mkdir(folder, { recursive: true });
const program = await Program.demo([]);
const browser = await launch();
try {
  const page = await visitor(browser, program.url, { viewport: { width: 1120, height: 840 } });
  const take = (name, fullPage = false) => page.screenshot({ path: `${folder}/${name}.png`, fullPage });
  const mailsBefore = (await program.mails()).length;
  await page.goto("/");
  await take("home");
  await page.goto("/sign-in");
  await giveIdentifier(page, program.data.identifier);
  await until("a picture", () => page.locator("[data-part=picture]").isVisible());
  await take("password");
  await givePassword(page, program.data.password);
  await page.fill("#code", totp(program.data.totp_secret));
  await send(page);
  await giveDeviceCode(page, program, mailsBefore);
  await expectAt(page, "/sign-in/access");
  await take("access");
  await send(page);
  await expectAt(page, "/review");
  await take("review");
  await confirmReview(page);
  await take("dashboard");
  await page.goto("/markets/BTC-EUR");
  await until("trades", async () => (await page.locator("main").innerText()).split(":").length > 20);
  await take("market");
} finally {
  await browser.close();
  await program.remove();
}
