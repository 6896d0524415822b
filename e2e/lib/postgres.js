// A PostgreSQL cluster of one's own, which a test may stop and start again.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { until } from "./page.js";

const script = fileURLToPath(new URL("../../scripts/with-postgres", import.meta.url));

export class Postgres {
  static async start() {
    const server = new Postgres();
    // The cluster lives as long as this command, which ends with its input.
    server.child = spawn(script, ["sh", "-c", 'echo "$DOORWARD_TEST_POSTGRES $DOORWARD_POSTGRES_BIN"; cat'], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: server.child.stdout }), "line");
    [server.url, server.programs] = line.split(" ");
    server.cluster = new URL(server.url).searchParams.get("host");
    return server;
  }

  #id = async () => Number((await readFile(`${this.cluster}/data/postmaster.pid`, "utf8")).split("\n")[0]);

  /** Stops the server at once, as a failing machine would, by its id. */
  async stop() {
    process.kill(await this.#id(), "SIGINT");
    await until("the end of the database server", () => stat(`${this.cluster}/data/postmaster.pid`).then(() => false, () => true));
  }

  async startAgain() {
    const { uid, gid } = await stat(`${this.cluster}/data`);
    const options = `-k ${this.cluster} -c listen_addresses='' -c unix_socket_permissions=0777`;
    const start = [`${this.programs}/pg_ctl`, "-D", `${this.cluster}/data`, "-l", `${this.cluster}/server.log`, "-w", "-s", "-o", options, "start"];
    const as = process.getuid() === uid ? {} : { uid, gid };
    const [code] = await once(spawn(start[0], start.slice(1), { stdio: "ignore", cwd: "/", ...as }), "exit");
    if (code !== 0) throw new Error(`the database server did not start again: ${await readFile(`${this.cluster}/server.log`, "utf8")}`);
  }

  /** Ends the server and removes its cluster. */
  async remove() {
    await this.stop().catch(() => null);
    this.child.stdin.end();
    await once(this.child, "exit");
  }
}
