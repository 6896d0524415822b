// Asks the browser for a passkey of staff: makes one at enrolment, uses one to come to the desk, and sends the form.

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const textOf = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const withBytes = (list) => list.map((key) => ({ ...key, id: bytesOf(key.id) }));

async function make(options, state) {
  const user = { ...options.user, id: bytesOf(options.user.id) };
  const excludeCredentials = withBytes(options.excludeCredentials ?? []);
  const publicKey = { ...options, user, excludeCredentials, challenge: bytesOf(options.challenge) };
  const key = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = key.response;
  return { state, id: key.id, client_data: textOf(clientDataJSON), attestation: textOf(attestationObject) };
}

async function use(options, state) {
  const allowCredentials = withBytes(options.allowCredentials ?? []);
  const key = await navigator.credentials.get({ publicKey: { ...options, allowCredentials, challenge: bytesOf(options.challenge) } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return {
    state,
    id: key.id,
    client_data: textOf(clientDataJSON),
    authenticator_data: textOf(authenticatorData),
    signature: textOf(signature),
    user_handle: userHandle ? textOf(userHandle) : null,
  };
}

export default function staffKey(form) {
  const { options, state, kind, waiting, failed, missing } = form.dataset;
  const [button, says, answer] = [form.querySelector("button"), form.querySelector("[role=status]"), form.elements.answer];
  if (!window.PublicKeyCredential) {
    says.textContent = missing;
    return;
  }
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    if (answer.value) return;
    event.preventDefault();
    button.disabled = true;
    says.textContent = waiting;
    try {
      const asked = JSON.parse(options);
      answer.value = JSON.stringify(kind === "make" ? await make(asked, state) : await use(asked, state));
      form.submit();
    } catch {
      says.textContent = failed;
      button.disabled = false;
    }
  });
}
