import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { projectRoot } from "../../local/paths.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { prepareDatabase, testDatabase, testPassword } from "../support/schema.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await prepareDatabase(cluster);
});
afterAll(() => cluster.remove());

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs the command against the test's database, by URL. */
function migrate(...args: string[]): Promise<Ended> {
  const url = `postgresql://music_library_migrator:${testPassword}@127.0.0.1:${String(cluster.port)}/${testDatabase}`;
  const env = { ...process.env, NODE_OPTIONS: "", TEST_URL: url };
  return new Promise((resolve) => {
    const all = ["commands/migrate.ts", ...args, "--database-url-env", "TEST_URL"];
    execFile(process.execPath, all, { cwd: projectRoot, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

const parsed = ({ out }: Ended): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

describe("npm run migrate", () => {
  it("plans with exit code 2 while something is pending, and changes nothing", async () => {
    const { code, out } = await migrate("plan");
    expect(code).toBe(2);
    expect(out).toMatch(/^\+ V0001__\w+\.up\.sql \(\d+ statements, one transaction\)$/m);
    expect((await migrate("verify")).code).toBe(1);
  });

  it("goes up, has nothing left to do, goes down to nothing and up again", async () => {
    const up = await migrate("up", "--json");
    expect([up.code, up.err.split("\n")[0]]).toEqual([
      0,
      expect.stringMatching(/^V0001__\w+\.up\.sql: done in \d+ ms$/),
    ]);
    const { schema, command, total, applied } = parsed(up);
    expect({ schema, command }).toEqual({ schema: 1, command: "up" });
    expect(applied).toHaveLength(Number(total));
    expect(await migrate("plan")).toMatchObject({ code: 0, out: "Nothing is pending.\n" });
    expect((await migrate("verify")).code).toBe(0);
    const status = await migrate("status");
    expect(status.out).toMatch(/^applied {6}\d{4}-\d\d-\d\dT[\d:.]+Z V0001/);

    const dryRun = await migrate("down", "--to", "0", "--dry-run");
    expect([dryRun.code, dryRun.out.trim().split("\n").at(-1)]).toEqual([
      2,
      expect.stringMatching(/^V0001\w+\.down\.sql$/),
    ]);
    expect(await migrate("down", "--to", "0")).toMatchObject({ code: 0, out: expect.stringContaining("at nothing") });
    expect(parsed(await migrate("up", "--json"))["applied"]).toHaveLength(Number(total));
  });

  it("answers a wrong call with one sentence and exit code 1", async () => {
    expect(await migrate("down")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^down: no version is given.*\n$/),
    });
    expect((await migrate("sideways")).err).toMatch(/^migrate: what to do is not understood \(sideways\)/);
    expect((await migrate("up", "--verbose")).code).toBe(1);
  });
});
