// Ports are chosen free at first use and kept, so that addresses survive a restart. Only 127.0.0.1 is ever listened on.
import { randomInt } from "node:crypto";
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

/**
 * Ports that nobody is given without asking: above the well-known ones and below those that the kernel hands to outgoing
 * connections (from 32768, ip_local_port_range). One of those would be somebody's by the time it is listened on.
 */
const range = { first: 20_000, last: 32_767 };

async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // Any of them, so that two checkouts that start at the same time hardly choose the same.
    const port = randomInt(range.first, range.last + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `ports: none free on 127.0.0.1 from ${range.first} to ${range.last}; close some servers and try again.`,
  );
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
