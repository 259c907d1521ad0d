import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalPaths } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";

let paths: LocalPaths;
beforeEach(() => {
  paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "ports-")));
});
afterEach(() => {
  rmSync(paths.root, { recursive: true, force: true });
});

describe("ports", () => {
  it("are kept, and never two names' at the same time", async () => {
    const chosen = [await new Ports(paths).choose("a", 6432), await new Ports(paths).choose("b", 6432)];
    expect(new Set(chosen).size).toBe(2);
    expect([await new Ports(paths).choose("a", 1), await new Ports(paths).choose("b", 1)]).toEqual(chosen);
  });

  it("are never taken from those that outgoing connections get, when the preferred one is busy", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    await once(busy, "listening");
    try {
      const ports = new Ports(paths);
      for (const name of ["a", "b", "c", "d", "e"]) {
        const port = await ports.choose(name, (busy.address() as AddressInfo).port);
        expect(port).toBeGreaterThanOrEqual(20_000);
        expect(port).toBeLessThan(32_768);
      }
    } finally {
      busy.close();
    }
  });
});
