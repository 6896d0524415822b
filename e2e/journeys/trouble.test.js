// The database goes away, the disk is full: 503, a readable line in the log, and afterwards everything that was answered is there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { launch, visitor } from "../lib/browser.js";
import { slide } from "../lib/human_check.js";
import { until } from "../lib/page.js";
import { Postgres } from "../lib/postgres.js";
import { Program } from "../lib/program.js";
import { confirmReview, expectAt, giveIdentifier, signIn } from "../lib/ways.js";

const portOf = (url) => new URL(url).port;

test("a stopped PostgreSQL gives 503 and a readable line, and what was answered is there when it is back", { timeout: 240_000 }, async () => {
  const postgres = await Postgres.start();
  const program = await Program.demo([`database.url=${postgres.url}`]).catch(async (error) => {
    await postgres.remove();
    throw error;
  });
  const browser = await launch();
  try {
    const page = await visitor(browser, program.url);
    await signIn(page, program);
    await confirmReview(page);
    const status = async (path) => (await page.goto(path)).status();
    assert.equal(await status("/readyz"), 200);

    await postgres.stop();
    await until("a 503", async () => (await status("/dashboard")) === 503);
    assert.ok((await page.locator("main").innerText()).length > 0);
    assert.equal(await status("/readyz"), 503);
    assert.equal(await status("/healthz"), 200);
    assert.match(program.log, /database|connection/i);
    assert.doesNotMatch(program.log, /postgres:\/\//);

    await postgres.startAgain();
    await until("the house to be ready", async () => (await status("/readyz")) === 200);
    await until("the page to be back", async () => (await status("/dashboard")) === 200);
    await expectAt(page, "/dashboard");
  } catch (error) {
    error.message += `\nlog of the program:\n${program.log}`;
    throw error;
  } finally {
    await browser.close();
    await program.remove();
    await postgres.remove();
  }
});

test("a disk that takes nothing more gives 503 and a readable line, and what was answered is there afterwards", { timeout: 240_000 }, async () => {
  const program = await Program.demo();
  const browser = await launch();
  let full;
  let again;
  try {
    const page = await visitor(browser, program.url);
    await signIn(page, program);
    await confirmReview(page);
    assert.equal(await program.end(), 0);

    // No file may grow beyond 96 KiB: the write-ahead log is full after a few writes, as on a full disk.
    const port = `listen.address=localhost:${portOf(program.url)}`;
    full = await Program.serve(program.folder, [port], { fileKib: 96 });
    const stranger = await visitor(browser, program.url);
    await until("a 503", async () => {
      await giveIdentifier(stranger, program.data.identifier);
      await stranger.fill("#password", "not the password at all");
      await slide(stranger);
      const answered = stranger.waitForResponse((response) => response.request().method() === "POST");
      await stranger.locator("form button[type=submit].primary").first().click();
      return (await answered).status() === 503;
    }, 120_000);
    assert.match(full.log, /disk|full|database/i);
    assert.equal(await full.end(), 0);

    again = await Program.serve(program.folder, [port]);
    await page.goto("/dashboard");
    await expectAt(page, "/dashboard");
  } catch (error) {
    error.message += `\nlog of the program:\n${full?.log}`;
    throw error;
  } finally {
    await browser.close();
    await full?.end();
    await again?.end();
    await program.remove();
  }
});
