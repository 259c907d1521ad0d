// Ports are chosen free at first use and kept, so that addresses survive a restart. Only 127.0.0.1 is ever listened on.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { LocalPaths } from "./paths.ts";
import { writeFileAtomically } from "./store.ts";

export class Ports {
  private readonly file: string;
  private last: Promise<unknown> = Promise.resolve();

  constructor(paths: LocalPaths) {
    this.file = paths.at("ports.json");
  }

  /** The recorded port of `name`, if one was chosen. */
  recorded(name: string): number | undefined {
    return this.taken()[name];
  }

  /** The port of `name`: the recorded one, else `preferred` when it is free, else any free one; recorded from then on. */
  async choose(name: string, preferred: number): Promise<number> {
    const chosen = this.last.then(async () => {
      const taken = this.taken();
      const recorded = taken[name];
      if (recorded !== undefined) return recorded;
      const others = new Set(Object.values(taken));
      let port = !others.has(preferred) && (await isFree(preferred)) ? preferred : await freePort();
      while (others.has(port)) port = await freePort();
      writeFileAtomically(this.file, JSON.stringify({ ...this.taken(), [name]: port }, null, 2));
      return port;
    });
    this.last = chosen.catch(() => undefined);
    return await chosen;
  }

  /** Read each time: commands and the local cloud choose from the same file. */
  private taken(): Record<string, number> {
    return existsSync(this.file) ? (JSON.parse(readFileSync(this.file, "utf8")) as Record<string, number>) : {};
  }
}

/** Whether a server can listen on 127.0.0.1:port now. */
export async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== undefined;
}

async function freePort(): Promise<number> {
  const port = await listen(0);
  if (port === undefined) throw new Error("ports: none free on 127.0.0.1; close some servers and try again.");
  return port;
}

function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(address !== null && typeof address === "object" ? address.port : undefined);
      });
    });
  });
}
