// Runs in the browser what only the browser can know before a sign-in: address, clock, cookies, passkeys.

/** A code from an app still works with a clock that is off by one step of 30 seconds, hardly by more. */
const CLOCK_LIMIT_S = 20;

export default function liveChecks(list) {
  const check = (name) => list.querySelector(`[data-check="${name}"]`);
  const say = (item, good, text) => {
    item.classList.remove("good", "bad", "open", "plain");
    item.classList.add(good === null ? "plain" : good ? "good" : "bad");
    item.querySelector(".result").textContent = text;
  };

  const address = check("address");
  if (location.origin !== list.dataset.origin) say(address, false, address.dataset.bad);

  const cookies = check("cookies");
  if (!navigator.cookieEnabled) say(cookies, false, cookies.dataset.bad);
  else if (!cookies.classList.contains("good")) say(cookies, true, cookies.dataset.good);

  passkeys(check("passkeys"), say);
  clock(check("clock"), say).catch(() => {});
}

function passkeys(item, say) {
  const able = isSecureContext && "PublicKeyCredential" in window;
  // Not having them is no fault of the visitor: the other way is open.
  say(item, able ? true : null, able ? item.dataset.good : item.dataset.bad);
}

/** Compares clocks by the Date header of a small answer, halving its way there and back. The header has whole seconds. */
async function clock(item, say) {
  const sent = Date.now();
  const answer = await fetch("/healthz", { method: "HEAD", cache: "no-store" });
  const received = Date.now();
  const server = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isNaN(server)) return;
  const off = Math.round(((sent + received) / 2 - (server + 500)) / 1000);
  const amount = Math.abs(off);
  const length = amount < 120 ? `${amount} ${item.dataset.seconds}` : `${Math.round(amount / 60)} ${item.dataset.minutes}`;
  const direction = amount === 0 ? "" : ` ${off > 0 ? item.dataset.ahead : item.dataset.behind}`;
  const good = amount <= CLOCK_LIMIT_S;
  say(item, good, `${good ? item.dataset.good : item.dataset.bad} ${length}${direction}.`);
}
