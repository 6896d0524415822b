// Starts the real program in a folder of its own on a free port of this machine, and stops it by its id.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { until } from "./page.js";

const binary = process.env.DOORWARD;
if (!binary) throw new Error("DOORWARD must name the program to walk through: `make test` does");

/** A program that runs; `data` is what `doorward demo --json` printed, `url` where the door is. */
export class Program {
  constructor(child, folder, keep) {
    this.child = child;
    this.folder = folder;
    this.keep = keep;
    this.log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    this.ended = once(child, "exit");
  }

  /** A throw-away house with one customer. `set` are settings such as "sign_in.valid_for=2m". */
  static async demo(set = []) {
    const folder = await mkdtemp(join(tmpdir(), "doorward-e2e-"));
    const program = Program.#run(["demo", "--json", "--port", "0", "--folder", join(folder, "data"), ...settings(set)], folder);
    program.data = JSON.parse(await program.#line());
    program.url = program.data.url;
    return program;
  }

  /** The real door over the folder of a program that has ended. With `fileKib` no file of it may grow beyond that. */
  static async serve(folder, set = [], { fileKib } = {}) {
    const usual = [`data.folder=${join(folder, "data")}`, "listen.address=localhost:0", "metrics.address=off"];
    const program = Program.#run(["serve", ...settings([...usual, ...set])], folder, fileKib);
    program.url = (await program.#line()).split(" is open at ")[1];
    return program;
  }

  static #run(args, folder, fileKib) {
    // Without the signal a write beyond the limit fails like one on a full disk.
    const limited = ["bash", "-c", `trap '' XFSZ; ulimit -f ${fileKib}; exec "$@"`, "limited", binary, ...args];
    const [command, ...rest] = fileKib ? limited : [binary, ...args];
    return new Program(spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] }), folder);
  }

  async #line() {
    const lines = createInterface({ input: this.child.stdout });
    const first = await Promise.race([once(lines, "line").then(([line]) => line), this.ended.then(() => null)]);
    if (first === null) throw new Error(`the program ended at once:\n${this.log}`);
    return first;
  }

  /** Tells the process what a signal says, and waits for its end. */
  async end(signal = "SIGTERM") {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    const [code, by] = await this.ended;
    return by ?? code;
  }

  /** Ends the program and removes its folder. */
  async remove() {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** An operator's command, as text. */
  async command(...args) {
    const child = spawn(binary, [...args, "--set", `data.folder=${join(this.folder, "data")}`], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`doorward ${args.join(" ")} ended with ${code}: ${said}`);
    return said;
  }

  /** The bodies of all mails so far, oldest first. */
  async mails() {
    const folder = join(this.folder, "data", "mailbox");
    const names = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
    return Promise.all(names.map((name) => readFile(join(folder, name), "utf8").then(readable)));
  }

  /** Waits for a mail that matches, among those after the first `from`, and gives the match. */
  async mail(pattern, from = 0) {
    return until(`a mail with ${pattern}`, async () => {
      for (const mail of (await this.mails()).slice(from)) {
        const found = mail.match(pattern);
        if (found) return found;
      }
      return null;
    });
  }
}

const settings = (set) => set.flatMap((one) => ["--set", one]);

/** Undoes quoted-printable and base64 parts, so that a mail can be searched. */
function readable(mail) {
  const decoded = mail.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const parts = [...mail.matchAll(/base64\r?\n\r?\n([A-Za-z0-9+/=\r\n]+)/g)].map(([, text]) => Buffer.from(text, "base64").toString("utf8"));
  return [decoded, ...parts].join("\n");
}
