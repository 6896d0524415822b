// The memory-hard proof (crate doorward-captcha, module `memory`), loaded only where it is asked. This file alone is sent with 'wasm-unsafe-eval'.

importScripts("../vendor/hash-wasm-argon2.umd.min.js");

async function solve({ token, kib, passes, proofs, tries }) {
  const text = new TextEncoder().encode(`memory:${token}`);
  const salt = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).slice(0, 16);
  const limit = Math.floor(2 ** 32 / tries);
  const password = new DataView(new ArrayBuffer(8));
  const counters = new DataView(new ArrayBuffer(proofs * 4));
  for (let proof = 0; proof < proofs; proof++) {
    password.setUint32(0, proof);
    for (let counter = 0; ; counter++) {
      password.setUint32(4, counter);
      const hash = await hashwasm.argon2id({
        password: new Uint8Array(password.buffer),
        salt,
        iterations: passes,
        memorySize: kib,
        parallelism: 1,
        hashLength: 32,
        outputType: "binary",
      });
      if (new DataView(hash.buffer, hash.byteOffset).getUint32(0) < limit) {
        counters.setUint32(proof * 4, counter);
        break;
      }
      // A search has no known end; this nears the end of its part as fast as luck on average allows.
      postMessage({ progress: (proof + 1 - Math.exp(-(counter + 1) / tries)) / proofs });
    }
    postMessage({ progress: (proof + 1) / proofs });
  }
  return btoa(String.fromCharCode(...new Uint8Array(counters.buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

onmessage = async ({ data }) => {
  try {
    postMessage({ counters: await solve(data) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
