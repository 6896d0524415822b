// A button beside a form by which a passkey fills in what the form asks for and sends it. The options are asked from the
// server, which writes nothing for them; without passkeys, or where the account has none, the button stays hidden.
//
// data-url    where the options are asked        data-for          what they are for
// data-field  the field that takes the answer    data-ceremony     "create" for a new passkey, else one is used
// data-conditional   the field in whose list of suggestions the browser offers passkeys

const FRESH_MS = 9 * 60 * 1000;
const STILL_HERE_MS = 5 * 1000;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer) => {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

const toBrowser = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.allowCredentials && { allowCredentials: keys(options.allowCredentials) }),
  ...(options.excludeCredentials && { excludeCredentials: keys(options.excludeCredentials) }),
});

const toServer = (state, { rawId, response }) =>
  JSON.stringify({
    state,
    id: text(rawId),
    client_data: text(response.clientDataJSON),
    ...(response.attestationObject && { attestation: text(response.attestationObject) }),
    ...(response.signature && {
      authenticator_data: text(response.authenticatorData),
      signature: text(response.signature),
      user_handle: response.userHandle ? text(response.userHandle) : null,
    }),
  });

export default function passkey(place) {
  const form = place.closest("form");
  const button = place.querySelector("button");
  const says = place.querySelector("[role=status]");
  if (!form || !button || !globalThis.PublicKeyCredential || !navigator.credentials) return;
  const { url, csrf, field, ceremony, conditional } = place.dataset;
  let asked;
  let running;

  const ask = async () => {
    if (asked && Date.now() - asked.at < FRESH_MS) return asked;
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: new URLSearchParams({ csrf, for: place.dataset.for ?? "" }),
    });
    const sent = answer.ok && !answer.redirected ? await answer.json() : {};
    asked = sent.options ? { ...sent, at: Date.now() } : undefined;
    return asked;
  };

  const send = (state, credential) => {
    // The typed field is left out, so that what the passkey signed is all that the form says in its place.
    const typed = form.elements[field];
    if (typed) typed.disabled = true;
    const filled = Object.assign(document.createElement("input"), { type: "hidden", name: field });
    filled.value = toServer(state, credential);
    form.append(filled);
    form.submit();
    // An answer that is a file leaves this page where it is.
    setTimeout(() => {
      filled.remove();
      if (typed) typed.disabled = false;
      button.disabled = false;
      says.textContent = "";
    }, STILL_HERE_MS);
  };

  const run = async (mediation) => {
    const fresh = await ask();
    if (!fresh) return;
    running?.abort();
    running = new AbortController();
    const request = { publicKey: toBrowser(fresh.options), signal: running.signal, ...(mediation && { mediation }) };
    asked = undefined;
    const credential = await (ceremony === "create"
      ? navigator.credentials.create(request)
      : navigator.credentials.get(request));
    if (credential) send(fresh.state, credential);
  };

  const offer = async () => {
    if (!conditional || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    const renew = setTimeout(() => offer().catch(() => {}), FRESH_MS);
    try {
      await run("conditional");
    } catch {
      // Aborted by the button or by the next round; or nothing was chosen.
      clearTimeout(renew);
    }
  };

  button.addEventListener("click", async () => {
    says.textContent = says.dataset.working;
    button.disabled = true;
    try {
      await run();
    } catch (error) {
      if (error.name !== "AbortError") says.textContent = says.dataset.failed;
      button.disabled = false;
      ask().catch(() => {});
    }
  });

  ask()
    .then((fresh) => {
      place.hidden = !fresh;
      return fresh && offer();
    })
    .catch((error) => console.warn("passkeys could not be offered", error));
}
