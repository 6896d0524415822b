// Keeps a market's page at the market's pace: book, trades, ticker and the reader's own orders, by server-sent events.
// Every number comes written out; nothing here computes with money.

import localTime from "./local-time.js";

/** Trades that stay on the page. */
const TRADES = 16;
/** Own orders are read anew at most this often, in milliseconds. */
const OWN_EVERY = 400;

export default function market(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const words = root.dataset;
  const address = `/markets/${encodeURIComponent(words.market)}`;
  const state = part("state");
  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  sayOnce();
  const clock = readersClock(document.documentElement.lang);
  for (const time of root.querySelectorAll(".trades time")) time.textContent = clock.time(new Date(time.dateTime));
  part("zone").textContent = clock.zone();
  orderForm(document.querySelector("form[action='/orders/place']"));

  const own = readAnew(root, address);
  const told = {
    depth: ({ bids, asks }) => {
      showLevels(part("bids"), bids);
      showLevels(part("asks"), asks);
      part("bids-empty").hidden = bids.length > 0;
      part("asks-empty").hidden = asks.length > 0;
    },
    trades: (trades) => {
      showTrades(part("trades"), trades, words, clock);
      part("trades-empty").hidden = part("trades").rows.length > 0;
    },
    // The whole list, once the house knows trades that it had not told before.
    tape: (trades) => {
      part("trades").replaceChildren();
      delete part("trades").dataset.newest;
      told.trades(trades);
    },
    ticker: (ticker) => {
      part("facts").hidden = false;
      part("quote").hidden = false;
      for (const name of ["last", "high", "low", "volume"]) write(part(name), ticker[name]);
      part("change").replaceChildren(changeOf(ticker, words));
    },
    own,
    state: ({ halted }) => (part("halted").hidden = !halted),
  };
  const follow = () =>
    listen(`${address}/stream`, told, (state) => {
      say(words[state]);
      part("reload").hidden = state === "live";
      // What changed before the stream began, or while it was away, is told by nobody else.
      if (state === "live") own();
    });
  let end = follow();
  addEventListener("pagehide", () => end());
  // Some browsers bring a page back as it was left.
  addEventListener("pageshow", (event) => {
    if (event.persisted) end = follow();
  });
}

/** Refusals by a ready house after which a stream has ended. */
const REFUSALS = 3;

/**
 * Follows a stream and says how it is: live, paused, ended. A browser tries again by itself when a stream breaks, but never
 * when one is refused; and a house that starts refuses, as one does where the streams of closed windows are still counted.
 * So whoever was refused waits until the house is ready, and only some refusals by a ready house are the end.
 */
function listen(address, told, is) {
  let source;
  let refusals = 0;
  let waiting;
  const begin = () => {
    source = new EventSource(address);
    for (const [name, act] of Object.entries(told)) {
      source.addEventListener(name, (event) => act(event.data ? JSON.parse(event.data) : undefined));
    }
    source.addEventListener("open", () => {
      refusals = 0;
      is("live");
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return is("paused");
      refusals += 1;
      if (refusals >= REFUSALS) return is("ended");
      is("paused");
      waiting = setTimeout(waitForHouse, 1_000);
    });
  };
  const waitForHouse = async () => {
    const answer = await fetch("/readyz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok) {
      begin();
    } else {
      waiting = setTimeout(waitForHouse, 2_000);
    }
  };
  begin();
  return () => {
    clearTimeout(waiting);
    source.close();
  };
}

/** Writes a text where it is another one, and lets it flash once. */
function write(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  element.classList.remove("flash");
  // Reading the layout lets the animation begin anew.
  void element.offsetWidth;
  element.classList.add("flash");
  return true;
}

function showLevels(body, levels) {
  while (body.rows.length > levels.length) body.deleteRow(-1);
  levels.forEach(([price, size, total, share], at) => {
    const row = body.rows[at] ?? newRow(body, 3);
    row.className = `share-${share}`;
    const isSame = row.cells[0].textContent === price;
    row.cells[0].textContent = price;
    // Another price at this place is no change of the number that stood there.
    if (isSame) write(row.cells[1], size);
    else row.cells[1].textContent = size;
    row.cells[2].textContent = total;
  });
}

function newRow(body, cells) {
  const row = body.insertRow();
  for (let cell = 0; cell < cells; cell++) row.insertCell();
  return row;
}

/** Newest on top; a stream that begins anew repeats what is there already. */
function showTrades(body, trades, words, clock) {
  const seen = Number(body.dataset.newest ?? -1);
  // The first stream of a page brings what the page shows without numbers.
  if (seen < 0) body.replaceChildren();
  for (const [number, price, size, side, at] of trades) {
    if (number <= seen) continue;
    body.dataset.newest = number;
    const row = body.insertRow(0);
    const moment = new Date(at);
    const time = Object.assign(document.createElement("time"), { dateTime: moment.toISOString(), textContent: clock.time(moment) });
    row.insertCell().append(time);
    row.insertCell().append(Object.assign(document.createElement("span"), { className: `side ${side}`, textContent: words[side] }));
    row.insertCell().textContent = price;
    row.insertCell().textContent = size;
    if (seen >= 0) row.classList.add("flash");
  }
  while (body.rows.length > TRADES) body.deleteRow(-1);
}

function changeOf({ change, direction }, words) {
  const element = Object.assign(document.createElement("span"), { className: `change ${direction}` });
  element.append(Object.assign(document.createElement("span"), { className: "unseen", textContent: words[direction] }), ` ${change}`);
  return element;
}

/** The part of the page that is the reader's own, as the server writes it. Asking for it counts as no use of the session. */
function readAnew(root, address) {
  let due = false;
  let running = false;
  let shown;
  const read = async () => {
    if (running) return;
    running = true;
    due = false;
    try {
      const answer = await fetch(`${address}/own`, { headers: { accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, fresh] = [root.querySelector("[data-part=own]"), page.querySelector("[data-part=own]")];
      if (!old || !fresh || fresh.outerHTML === shown) return;
      shown = fresh.outerHTML;
      const held = old.contains(document.activeElement) ? document.activeElement.closest("form")?.querySelector("[name=order]")?.value : undefined;
      const had = old.contains(document.activeElement);
      old.replaceWith(document.adoptNode(fresh));
      for (const time of fresh.querySelectorAll("[data-behaviour=local-time]")) localTime(time);
      // Whoever stood on a button stands on the same one, or at the heading of the list when it is gone.
      if (!had) return;
      const same = held && fresh.querySelector(`[name=order][value="${CSS.escape(held)}"]`)?.closest("form").querySelector("button");
      const heading = fresh.querySelector("h2");
      heading.tabIndex = -1;
      (same ?? heading).focus();
    } catch {
      // The next word of the stream asks again; a session that has ended shows at the next page.
    } finally {
      running = false;
      if (due) setTimeout(read, OWN_EVERY);
    }
  };
  return () => {
    if (due) return;
    due = true;
    if (!running) setTimeout(read, OWN_EVERY / 2);
  };
}

/** What was just done is told once: by the time the page is read anew the order may be over. */
function sayOnce() {
  const here = new URL(location);
  if (!here.searchParams.has("done")) return;
  here.searchParams.delete("done");
  history.replaceState(null, "", here);
}

/** A market order has no price and no length: the fields that would say one are closed. */
function orderForm(form) {
  if (!form) return;
  const follow = () => {
    const atMarket = form.elements.kind.value === "market";
    form.elements.price.disabled = atMarket;
    form.elements.lasts.disabled = atMarket;
  };
  form.addEventListener("change", follow);
  addEventListener("pageshow", follow);
  follow();
}

/** Times of day in the reader's zone, and its name. */
function readersClock(lang) {
  const language = lang === "en" ? "en-GB" : lang;
  const format = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const zoned = new Intl.DateTimeFormat(language, { hour: "2-digit", timeZoneName: "short" });
  const zone = () => zoned.formatToParts(new Date()).find((one) => one.type === "timeZoneName")?.value ?? "";
  return { time: (moment) => format.format(moment), zone };
}
