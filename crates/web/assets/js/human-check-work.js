// The proof of work, in a worker of its own so that typing stays smooth. See the crate doorward-captcha, module `work`.

const K = new Int32Array(64);
const FIRST = new Int32Array(8);
/** Square and cube roots of the first primes, as the standard defines its constants. */
for (let number = 2, count = 0; count < 64; number++) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= number; divisor++) prime &&= number % divisor !== 0;
  if (!prime) continue;
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  if (count < 8) FIRST[count] = fraction(Math.sqrt(number));
  K[count++] = fraction(Math.cbrt(number));
}

/** One block: `words` has 16 words filled; the digest's eight words come back in `out`. */
function compress(words, out) {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = FIRST;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  out[0] = (FIRST[0] + a) | 0;
  out[1] = (FIRST[1] + b) | 0;
  out[2] = (FIRST[2] + c) | 0;
  out[3] = (FIRST[3] + d) | 0;
  out[4] = (FIRST[4] + e) | 0;
  out[5] = (FIRST[5] + f) | 0;
  out[6] = (FIRST[6] + g) | 0;
  out[7] = (FIRST[7] + h) | 0;
}

/** SHA-256 of a text of ASCII. */
function digest(text) {
  const length = text.length;
  const padded = new Uint8Array(((length + 8) >> 6 << 6) + 64);
  for (let i = 0; i < length; i++) padded[i] = text.charCodeAt(i);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, length * 8);
  const state = FIRST.slice();
  const words = new Int32Array(64);
  const out = new Int32Array(8);
  const start = FIRST.slice();
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + i * 4);
    FIRST.set(state);
    compress(words, out);
    state.set(out);
  }
  FIRST.set(start);
  return state;
}

function solve({ token, puzzles, bits }) {
  const seed = digest(token);
  const words = new Int32Array(64);
  const out = new Int32Array(8);
  const counters = new DataView(new ArrayBuffer(puzzles * 4));
  words.set(seed);
  words[10] = 0x80000000 | 0;
  words[15] = 320;
  for (let puzzle = 0; puzzle < puzzles; puzzle++) {
    words[8] = puzzle;
    for (let counter = 0; ; counter++) {
      words[9] = counter | 0;
      compress(words, out);
      if (out[0] >>> (32 - bits) === 0) {
        counters.setUint32(puzzle * 4, counter);
        break;
      }
    }
  }
  return btoa(String.fromCharCode(...new Uint8Array(counters.buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

onmessage = ({ data }) => {
  postMessage({ counters: solve(data) });
};
