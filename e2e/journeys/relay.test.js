import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";

import { journey } from "../lib/house.js";
import { send } from "../lib/human_check.js";
import { at, until } from "../lib/page.js";
import { addPasskey, authenticator, freshCode } from "../lib/passkey.js";
import { totp } from "../lib/totp.js";
import { confirmReview, expectAt, signIn } from "../lib/ways.js";

/** A page in somebody else's control: another address that passes everything on, cookies and forms, as the true one. */
async function relay(target) {
  const truth = new URL(target);
  const server = createServer((asked, answer) => {
    const own = `http://${asked.headers.host}`;
    const headers = { ...asked.headers, host: truth.host };
    for (const name of ["origin", "referer"]) if (headers[name]) headers[name] = headers[name].replace(own, truth.origin);
    const passed = request({ host: truth.hostname, port: truth.port, method: asked.method, path: asked.url, headers }, (told) => {
      const back = { ...told.headers };
      if (back.location) back.location = back.location.replace(truth.origin, own);
      answer.writeHead(told.statusCode, back);
      told.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return { url: `http://localhost:${server.address().port}`, end: () => server.close() };
}

journey("a relayed passkey gives no session", async ({ program, visit }) => {
  const owner = await visit();
  const key = await authenticator(owner, { synced: true });
  await signIn(owner, program);
  await confirmReview(owner);
  await addPasskey(owner, "Phone", await freshCode(program));
  const [credential] = await key.keys();
  assert.ok(credential, "the key is there");

  const evil = await relay(program.url);
  try {
    // The victim's own browser with the victim's own key, at an address that looks the same.
    const victim = await visit({}, evil.url);
    const theirs = await authenticator(victim, { synced: true });
    await theirs.add(credential);
    // Untouched but for one press: a key that always answers would try again on each refusal, until it is told to wait.
    await theirs.present(false);
    await victim.goto("/sign-in");
    const button = victim.locator(".passkey:not([hidden]) button");
    await button.waitFor();
    await theirs.present(true);
    await button.click();
    await until("an answer", async () => (await victim.locator(".problems").count()) > 0);
    await theirs.present(false);
    await expectAt(victim, "/sign-in/passkey");
    assert.match(await victim.locator(".problems").innerText(), /No passkey opened anything/);
    const cookies = await victim.context().cookies();
    assert.equal(cookies.some((cookie) => cookie.name === "__Host-session" && cookie.value), false);
  } finally {
    evil.end();
  }
});

journey("a relayed password and code give a session that can add no key and starts a hold with whatever it changes", async ({ program, visit }) => {
  const evil = await relay(program.url);
  try {
    const victim = await visit({}, evil.url);
    let spent;
    await signIn(victim, program, { code: () => (spent = totp(program.data.totp_secret)) });
    await confirmReview(victim);
    // The thief holds a session now. The code that was passed on is spent; a new factor asks for another.
    await victim.goto("/security/passkeys/add");
    await victim.fill("#name", "Thief's key");
    await victim.fill("#code", spent);
    await send(victim);
    await expectAt(victim, "/security/passkeys/add");
    assert.ok((await victim.locator("#code-error").count()) > 0, "a spent code adds no key");
    await victim.goto("/security/authenticator");
    await victim.fill("#code", "000000");
    await send(victim);
    await expectAt(victim, "/security/authenticator");
    // Even with a second code talked out of the victim, nothing leaves for a day, and the owner is told at once.
    await victim.goto("/security/password");
    await victim.fill("#current_password", program.data.password);
    await victim.fill("#password", "seven lanterns over the harbour");
    await victim.fill("#code", await freshCode(program));
    await send(victim);
    assert.equal(at(victim), "/security");
    assert.match(await victim.locator("section.hold").first().innerText(), /Password changed/);
    await program.mail(/password of your account was changed/);
  } finally {
    evil.end();
  }
});
