// Security keys of staff: Chromium's virtual authenticators, and the maker's certificate that an operator would name.

import { X509Certificate, generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launch } from "./browser.js";

/** The model of every virtual authenticator. */
export const MODEL = "01020304-0506-0708-0102-030405060708";

const OPTIONS = { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "usb", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };

/** Connects a security key to the browser of a page; `take` takes it away again, with what it holds. */
export async function connectKey(page, options = {}) {
  page.cdp ??= await page.context().newCDPSession(page);
  await page.cdp.send("WebAuthn.enable");
  const { authenticatorId } = await page.cdp.send("WebAuthn.addVirtualAuthenticator", { options: { ...OPTIONS, ...options } });
  return {
    take: async () => {
      const { credentials } = await page.cdp.send("WebAuthn.getCredentials", { authenticatorId });
      await page.cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
      return credentials;
    },
    give: (credential) => page.cdp.send("WebAuthn.addCredential", { authenticatorId, credential }),
  };
}

/** The settings under which a program takes these keys: the maker's root in a file, and the model. */
export async function staffSettings() {
  const file = join(await mkdtemp(join(tmpdir(), "doorward-maker-")), "maker.pem");
  await writeFile(file, rootOf(await attestationCertificate()));
  return [`staff.authenticators=${file}`, `staff.models=["${MODEL}"]`];
}

/** The certificate that a virtual authenticator attests with. */
async function attestationCertificate() {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>key</p>")).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${server.address().port}/`);
    await connectKey(page);
    const attested = await page.evaluate(async () => {
      const publicKey = {
        rp: { id: "localhost", name: "maker" },
        user: { id: new Uint8Array(8), name: "a", displayName: "a" },
        challenge: new Uint8Array(32),
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        attestation: "direct",
      };
      const key = await navigator.credentials.create({ publicKey });
      return Array.from(new Uint8Array(key.response.attestationObject));
    });
    // {…, "x5c": [bytes]}: an array of one byte string with a length of two bytes.
    const object = Buffer.from(attested);
    const at = object.indexOf("x5c") + 4;
    return object.subarray(at + 3, at + 3 + object.readUInt16BE(at + 1));
  } finally {
    await browser.close();
    server.close();
  }
}

/**
 * The root above such a certificate. The virtual authenticators' maker signs leaves with one fixed key and keeps no
 * root; a root with the same name and key is what their operator would be given.
 */
function rootOf(leaf) {
  const [whole] = parts(leaf);
  const [signed] = parts(whole.content);
  const fields = parts(signed.content);
  const [name, ecdsaWithSha256] = [fields[5].whole, fields[2].whole];
  const spki = new X509Certificate(leaf).publicKey.export({ type: "spki", format: "der" });
  const oid = (last) => der(0x06, Buffer.from([0x55, 0x1d, last]));
  const truth = der(0x01, Buffer.from([0xff]));
  const mayIssue = der(0x30, oid(0x13), truth, der(0x04, der(0x30, truth)));
  const signsCertificates = der(0x30, oid(0x0f), truth, der(0x04, Buffer.from([0x03, 0x02, 0x02, 0x04])));
  const time = (year) => der(0x17, Buffer.from(`${year}0101000000Z`));
  const number = (value) => der(0x02, Buffer.from([value]));
  const body = der(
    0x30,
    der(0xa0, number(2)),
    number(1),
    ecdsaWithSha256,
    name,
    der(0x30, time("17"), time("45")),
    name,
    spki,
    der(0xa3, der(0x30, mayIssue, signsCertificates)),
  );
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const root = der(0x30, body, ecdsaWithSha256, signature).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${root.match(/.{1,64}/g).join("\n")}\n-----END CERTIFICATE-----\n`;
}

function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  const length = content.length < 128 ? [content.length] : content.length < 256 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** What stands one after the other inside a DER value, whole and without its head. */
function parts(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] < 128;
    const head = short ? 2 : 2 + (bytes[at + 1] & 127);
    const length = short ? bytes[at + 1] : bytes.readUIntBE(at + 2, head - 2);
    found.push({ whole: bytes.subarray(at, at + head + length), content: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return found;
}
