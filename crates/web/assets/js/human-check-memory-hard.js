// crates/captcha/src/memory.rs
importScripts("../vendor/hash-wasm-argon2.umd.min.js");

async function solve({ token, kib, passes, proofs, tries }) {
  const text = new TextEncoder().encode(`memory:${token}`);
  const salt = new Uint8Array(await crypto.subtle.digest("SHA-256", text), 0, 16);
  const password = new Uint8Array(8);
  const view = new DataView(password.buffer);
  let counters = "";
  for (let proof = 0; proof < proofs; proof++) {
    view.setUint32(0, proof);
    for (let counter = 0; ; counter++) {
      view.setUint32(4, counter);
      const hash = await hashwasm.argon2id({
        password,
        salt,
        iterations: passes,
        memorySize: kib,
        parallelism: 1,
        hashLength: 32,
        outputType: "binary",
      });
      if (new DataView(hash.buffer).getUint32(0) < Math.floor(2 ** 32 / tries)) break;
      postMessage({ progress: (proof + 1 - Math.exp(-counter / tries)) / proofs });
    }
    counters += String.fromCharCode(...password.slice(4));
  }
  return btoa(counters).replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] ?? "");
}

onmessage = ({ data }) =>
  solve(data).then(
    (counters) => postMessage({ counters }),
    (error) => postMessage({ error: `${error}` }),
  );
