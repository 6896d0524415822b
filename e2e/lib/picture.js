// Pictures of pages for a person to look at: taken when asked for by PICTURES=1, since no test reads them.

import { mkdir } from "node:fs/promises";

const wanted = process.env.PICTURES === "1";

/** Keeps the whole page as it looks now in out/, under a name of letters and digits. */
export async function picture(page, name) {
  if (!wanted) return;
  await mkdir("out", { recursive: true });
  await page.screenshot({ path: `out/${name.replace(/\W+/g, "-")}.png`, fullPage: true });
}
