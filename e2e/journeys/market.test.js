import assert from "node:assert/strict";

import { test } from "node:test";

import { expectAccessible } from "../lib/accessibility.js";
import { launch, visitor } from "../lib/browser.js";
import { journey } from "../lib/house.js";
import { tabTo, turnPage } from "../lib/human_check.js";
import { at, until } from "../lib/page.js";
import { Program } from "../lib/program.js";
import { confirmReview, expectAt, signIn } from "../lib/ways.js";

const MARKET = "/markets/BTC-EUR";

/** The texts of a part of the market's page. */
const textOf = (page, part) => page.locator(`[data-part="${part}"]`).innerText();
const ownOrders = (page) => page.locator("form[action='/orders/cancel']");

/** The trade wallet's line of an asset on the page of balances. */
const held = (page, symbol, label) => page.locator(`tr:has(b:text-is("${symbol}")) td[data-label="${label}"]`).innerText();

async function place(page, { side = "buy", kind = "limit", price, size }) {
  await page.check(`#side-${side}`);
  await page.check(`#kind-${kind}`);
  if (price) await page.fill("#price", price);
  await page.fill("#size", size);
  await turnPage(page, () => page.locator("form[action='/orders/place'] button[type=submit]").click());
}

journey("balances are moved, a market moves by itself, and an order is placed, seen, filled and cancelled", async ({ program, visit }) => {
  const page = await visit();
  await signIn(page, program);
  await confirmReview(page);
  await page.goto("/dashboard");
  assert.match(await page.locator("main").innerText(), /Demo/);
  await turnPage(page, () => page.locator("main a[href='/balances']").first().click());
  await expectAt(page, "/balances");
  assert.equal(await held(page, "EUR", "Trade"), "10000");
  await page.selectOption("#asset", "EUR");
  await page.fill("#amount", "5000.5");
  await turnPage(page, () => page.locator("form[action='/balances/move'] button").click());
  await expectAt(page, "/balances");
  assert.equal(await held(page, "EUR", "Trade"), "15000.5");
  assert.match(await page.locator("[role=status]").innerText(), /Moved/);

  await page.goto("/markets");
  await until("a first trade", async () => {
    await page.reload();
    return (await page.locator(".change").count()) === 2;
  });
  await expectAccessible(page, "markets");
  await turnPage(page, () => page.locator(`a[href='${MARKET}']`).click());
  await expectAt(page, MARKET);
  await until("the stream", async () => (await textOf(page, "state")).startsWith("Live"));
  const [bids, trades] = [await textOf(page, "bids"), await textOf(page, "trades")];
  await until("the book to move", async () => (await textOf(page, "bids")) !== bids);
  await until("a trade to come", async () => (await textOf(page, "trades")) !== trades);
  await expectAccessible(page, "a market that moves");

  // A price far below waits; one at the market's is filled.
  await place(page, { price: "58000.005", size: "0.05" });
  assert.match(await page.locator("#price-error").innerText(), /steps of 0\.01/);
  await place(page, { price: "58000.00", size: "0.05" });
  await expectAt(page, MARKET);
  assert.match(await page.locator(".notice[role=status]").first().innerText(), /stands in the book/);
  assert.equal(await ownOrders(page).count(), 1);
  await until("the stream", async () => (await textOf(page, "state")).startsWith("Live"));
  await page.reload();
  assert.equal(await page.locator(".notice[role=status]").count(), 0, "what was done is told once");
  await place(page, { kind: "market", size: "0.01" });
  assert.match(await page.locator(".notice[role=status]").first().innerText(), /was filled/);
  assert.equal(await ownOrders(page).count(), 1);
  const fills = page.locator("section:has(#fills-title) tbody tr");
  assert.match(await fills.first().innerText(), /Buy[^]*0\.0100/);

  // By the keyboard alone.
  await tabTo(page, "#price");
  await page.keyboard.type("57500");
  await tabTo(page, "#size");
  await page.keyboard.type("0.02");
  await turnPage(page, () => page.keyboard.press("Enter"));
  assert.equal(await ownOrders(page).count(), 2);
  await tabTo(page, "form[action='/orders/cancel'] button");
  await turnPage(page, () => page.keyboard.press("Enter"));
  assert.equal(await ownOrders(page).count(), 1);

  // In a second window the list follows without being touched.
  const other = await page.context().newPage();
  await other.goto(MARKET);
  await until("the order in the other window", async () => (await ownOrders(other).count()) === 1);
  await until("the other stream", async () => (await textOf(other, "state")).startsWith("Live"));
  await ownOrders(other).first().locator("button").focus();
  await turnPage(page, () => ownOrders(page).first().locator("button").click());
  assert.equal(await ownOrders(page).count(), 0);
  await until("the list in the other window", async () => (await ownOrders(other).count()) === 0);
  assert.equal(await other.evaluate(() => document.activeElement.id), "own-title", "whoever stood on the button stands at the list");
  await other.close();
  assert.deepEqual(page.problems.filter((problem) => !/status of 422/.test(problem)), []);
});

journey("the operator halts a market, and a frozen account's open page places nothing", async ({ program, visit }) => {
  const page = await visit();
  await signIn(page, program);
  await confirmReview(page);
  assert.match(await program.command("market", "list"), /0\tBTC-EUR\topen/);
  assert.match(await program.command("asset", "list"), /2\tEUR\t6 digits/);
  await page.goto(MARKET);
  await until("the stream", async () => (await textOf(page, "state")).startsWith("Live"));
  await program.command("market", "halt", "BTC-EUR");
  // What was typed stays: the page is not read anew.
  await page.fill("#size", "0.07");
  await until("the page to say so", async () => /Halted/.test(await page.locator("main").innerText()));
  assert.equal(await page.inputValue("#size"), "0.07");
  await place(page, { price: "58000", size: "0.01" });
  assert.match(await page.locator(".problems").innerText(), /takes no new orders/);
  // A page that the browser had put aside while the market was resumed hears it when it is brought back.
  await until("the stream", async () => (await textOf(page, "state")).startsWith("Live"));
  const turns = (name) => page.evaluate((name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })), name);
  await turns("pagehide");
  await program.command("market", "resume", "BTC-EUR");
  assert.match(await page.locator("main").innerText(), /Halted/);
  await turns("pageshow");
  await until("the page to take orders again", async () => !/Halted/.test(await page.locator("main").innerText()));
  await program.command("account", "freeze", program.data.identifier);
  await until("the stream to end", async () => (await textOf(page, "state")).includes("ended"));
  await place(page, { price: "58000", size: "0.01" });
  assert.match(await page.locator("main").innerText(), /session/i);
  assert.match(await program.command("account", "show", program.data.identifier), /status\s+frozen/);
});

/** The prices of the open orders on the page, lowest first. */
const pricesOf = async (page) => (await page.locator("section.own td[data-label=Price]").allInnerTexts()).sort();

test("a kill in the middle of a moving market loses nothing that was answered", { timeout: 240_000 }, async () => {
  const program = await Program.demo();
  const browser = await launch();
  let again;
  try {
    const page = await visitor(browser, program.url);
    await signIn(page, program);
    await confirmReview(page);
    await page.goto(MARKET);
    await until("the makers' book", async () => {
      await page.reload();
      return (await page.locator("[data-part=asks] tr").count()) > 0;
    });
    await place(page, { kind: "market", size: "0.01" });
    await page.goto("/balances");
    const bought = await held(page, "BTC", "Trade");
    assert.equal(bought, "0.26");

    const watching = await page.context().newPage();
    await watching.goto(MARKET);
    await until("the stream", async () => (await textOf(watching, "state")).startsWith("Live"));

    // Orders go in one after the other, while the makers send theirs, until the power goes.
    await page.goto(MARKET);
    const answered = [];
    const sent = [];
    const placing = (async () => {
      for (let number = 10; number < 90; number++) {
        const price = `570${number}.00`;
        sent.push(price);
        await place(page, { price, size: "0.001" });
        if (at(page) !== MARKET) return;
        assert.match(await page.locator(".notice[role=status]").first().innerText(), /stands in the book/);
        answered.push(price);
      }
    })().catch((error) => error);
    await until("some answers", async () => answered.length >= 8);
    assert.equal(await program.end("SIGKILL"), "SIGKILL");
    await placing;
    assert.ok(answered.length >= 8 && sent.length < 80, `${answered.length} of ${sent.length} answered`);
    await until("the open page to say so", async () => (await textOf(watching, "state")).includes("lost"));

    again = await Program.serve(program.folder, [`listen.address=localhost:${new URL(program.url).port}`]);
    await until("the house to be ready", async () => (await page.goto("/readyz").catch(() => null))?.status() === 200);
    await page.goto(MARKET);
    const open = await pricesOf(page);
    for (const price of answered) assert.equal(open.filter((one) => one === price).length, 1, `${price} was answered`);
    // Nobody trades any more: what is shown was traded before the end.
    await until("the trades of before", async () => {
      await page.reload();
      return (await page.locator("[data-part=trades] tr").count()) > 0;
    });
    assert.ok(Number(await textOf(page, "volume")) >= 0.01, "what was bought counts within its day");
    const unknown = open.filter((price) => !answered.includes(price));
    assert.ok(unknown.length <= 1 && unknown.every((price) => price === sent.at(-1)), `nobody sent ${unknown}`);
    await page.goto("/balances");
    assert.equal(await held(page, "BTC", "Trade"), bought);
    assert.match(await held(page, "EUR", "Trade"), /in open orders: [1-9]/);
    await until("the open page to be live again", async () => (await textOf(watching, "state")).startsWith("Live"));

    // What was held comes back to the unit.
    await page.goto(MARKET);
    await turnPage(page, () => page.locator("form[action='/orders/cancel-all'] button").click());
    assert.equal(await ownOrders(page).count(), 0);
    await page.goto("/balances");
    assert.doesNotMatch(await held(page, "EUR", "Trade"), /in open orders/);
  } catch (error) {
    error.message += `\nlogs of the program:\n${program.log}\n${again?.log}`;
    throw error;
  } finally {
    await browser.close();
    await again?.end();
    await program.remove();
  }
});
