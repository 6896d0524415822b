// One house and one browser for each test, both gone at its end whatever happened.

import { mkdir } from "node:fs/promises";
import { test } from "node:test";

import { launch, visitor } from "./browser.js";
import { Program } from "./program.js";

/**
 * A test with a house of its own. `walk` gets the program and a maker of visitors.
 * @param {{set?: string[]}} options settings of this house
 */
export function journey(name, walk, { set = [] } = {}) {
  test(name, { timeout: 240_000 }, async () => {
    const program = await Program.demo(set);
    const browser = await launch();
    const pages = [];
    try {
      const visit = async (options, url = program.url) => {
        const page = await visitor(browser, url, options);
        pages.push(page);
        return page;
      };
      await walk({ program, visit });
    } catch (error) {
      await mkdir("out", { recursive: true });
      const shots = pages.map((page, at) => page.screenshot({ path: `out/failed-${name.replace(/\W+/g, "-")}-${at}.png`, fullPage: true }).catch(() => null));
      await Promise.all(shots);
      error.message += `\nlog of the program:\n${program.log}`;
      throw error;
    } finally {
      await browser.close();
      await program.remove();
    }
  });
}
