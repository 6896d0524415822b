// An authenticator app: RFC 6238 with SHA-1, six digits, thirty seconds.

import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function decode(secret) {
  let bits = "";
  for (const letter of secret.replace(/[\s=]/g, "").toUpperCase()) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The code that an app shows whose clock is off by so many steps. */
export function totp(secret, offsetSteps = 0) {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + offsetSteps));
  const digest = createHmac("sha1", decode(secret)).update(step).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** When the code after the present one begins: a code is good once, so a second proof waits for the next. */
export const nextStep = () => (Math.floor(Date.now() / 30_000) + 1) * 30_000;
